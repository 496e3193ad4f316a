"""What the endpoints answer to programs, and the pages to people."""

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.kernel.tenants import tenant_named
from salus.shared.oauth.models import ClientKind
from salus.shared.oauth.schemas.protocol import Tokens
from salus.shared.people.rules import page_after
from salus.web.security import session_cookie
from tests.browsing import Browser, application, caller
from tests.cast import PASSWORD, code, email_of, later, ticket
from tests.shared.oauth.scene import SITE, App, System, answer_in, app_of, fresh


@pytest.fixture
def host(tenant: UUID) -> str:
    return tenant_named(tenant).hosts[0]


@pytest.fixture
def program(host: str) -> Iterator[TestClient]:
    made = caller(application(), host)
    yield made
    made.close()


@pytest.fixture
def browser(host: str) -> Iterator[Browser]:
    made = Browser(application(), host)
    yield made
    made.close()


def as_pia(browser: Browser, tenant: UUID) -> Browser:
    browser.cookies.set(session_cookie(), ticket(tenant, "Pia").token)
    return browser


def bearer(given: Tokens) -> dict[str, str]:
    return {"authorization": f"Bearer {given.access_token}"}


def basic(app: App) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{app.client_id}:{app.secret}".encode()).decode()}


def test_a_person_signs_in_and_the_request_is_still_whole(app: App, browser: Browser, pia: Actor) -> None:
    address = app.request(state="a&b=c/?d#e").address
    to_sign_in = browser.get(address)
    assert to_sign_in.status_code == 303
    on = to_sign_in.headers["location"]

    next_page = re.search(r'name="next" value="([^"]*)"', browser.get(on).text)
    assert next_page is not None
    back = browser.submit(
        "/sign-in", on=on, email=email_of("Pia"), password=PASSWORD, next=next_page[1].replace("&amp;", "&")
    )
    assert back.headers["location"] == address


def test_a_page_with_a_question_in_its_address_survives_signing_in(browser: Browser) -> None:
    location = browser.get("/notices?before=1&more=a%26b").headers["location"]

    assert location == "/sign-in?next=%2Fnotices%3Fbefore%3D1%26more%3Da%2526b"


def test_the_page_says_who_asks_for_what_and_lets_its_form_lead_there(
    app: App, tenant: UUID, browser: Browser, pia: Actor
) -> None:
    page = as_pia(browser, tenant).get(app.request().address)

    assert page.status_code == 200
    assert "Pulse asks to act for you" in page.text
    assert "Do everything that you may do here yourself." in page.text
    policy = page.headers["content-security-policy"]
    assert re.search(r"form-action 'self' \S+ com\.example\.app:;", policy)
    assert "com.example.app" not in browser.get("/account/programs").headers["content-security-policy"]


def test_allowing_leads_back_with_a_code_and_denying_with_none(
    app: App, tenant: UUID, browser: Browser, pia: Actor
) -> None:
    asked = app.request()
    fields = {name: str(value) for name, value in asked.model_dump(exclude_defaults=True).items()}
    as_pia(browser, tenant)

    denied = browser.submit("/oauth/authorize", on=asked.address, decision="deny", **fields)
    assert answer_in(denied.headers["location"])["error"] == "access_denied"
    allowed = browser.submit("/oauth/authorize", on=asked.address, decision="allow", **fields)
    assert allowed.status_code == 303
    assert allowed.headers["location"].startswith(f"{app.redirect_uri}?code=")
    assert app.tokens_for(answer_in(allowed.headers["location"])["code"]).access_token


def test_another_site_cannot_press_the_button(app: App, tenant: UUID, browser: Browser, pia: Actor) -> None:
    fields = app.request().model_dump(exclude_defaults=True) | {"decision": "allow"}
    as_pia(browser, tenant)

    forged = browser.request("POST", "/oauth/authorize", data=fields, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
def test_a_wrong_program_or_address_is_shown_and_followed_nowhere(
    wrong: dict[str, str], app: App, tenant: UUID, browser: Browser, pia: Actor
) -> None:
    for visitor in (browser, as_pia(browser, tenant)):
        answer = visitor.get(app.request(**wrong).address)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "evil.example" not in answer.text


def test_whoever_comes_from_our_own_form_is_taken_on_by_a_page(
    tenant: UUID, browser: Browser, ada: Actor, pia: Actor
) -> None:
    """Chromium would not follow one more redirect after the form of the sign-in page."""
    site = app_of(tenant, ada, kind=ClientKind.CONFIDENTIAL, redirect_uri=SITE)
    site.let_in_by(pia, "openid")
    as_pia(browser, tenant)

    from_the_site = browser.get(site.request("openid").address, headers={"sec-fetch-site": "cross-site"})
    assert from_the_site.headers["location"].startswith(f"{SITE}?code=")
    from_our_form = browser.get(site.request("openid").address, headers={"sec-fetch-site": "same-origin"})
    assert from_our_form.status_code == 200
    assert f'http-equiv="refresh" content="0;url={SITE}?code=' in from_our_form.text


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"grant_type": "password", "username": "pia", "password": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unauthorized_client"),
        ({"grant_type": "x" * 300}, 400, "invalid_request"),
        ({}, 400, "unsupported_grant_type"),
    ],
)
def test_the_token_endpoint_says_what_is_wrong_as_oauth_does(
    sent: dict[str, str], status: int, error: str, app: App, program: TestClient
) -> None:
    answer = program.post("/oauth/token", data={"client_id": str(app.client_id)} | sent)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].isascii()
    assert answer.headers["cache-control"] == "no-store"
    assert ("Basic" in answer.headers.get("www-authenticate", "")) == (status == 401)


def test_a_system_proves_itself_in_one_way_at_a_time(system: System, program: TestClient) -> None:
    asked = {"grant_type": "client_credentials"}
    in_the_form = {"client_id": str(system.client_id), "client_secret": system.secret or ""}

    assert program.post("/oauth/token", data=asked, headers=basic(system)).status_code == 200
    assert program.post("/oauth/token", data=asked | in_the_form).status_code == 200
    both = program.post("/oauth/token", data=asked | in_the_form, headers=basic(system))
    assert both.json()["error"] == "invalid_request"
    assert program.post("/oauth/token", data=asked, headers={"authorization": "Basic ???"}).status_code == 401


def test_tokens_are_told_as_oauth_writes_them(system: System, program: TestClient) -> None:
    answer = program.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=basic(system))

    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 300
    assert answer.headers["cache-control"] == "no-store"


def test_a_program_does_at_the_api_what_its_scopes_say_and_no_more(app: App, program: TestClient, pia: Actor) -> None:
    def status(scope: str, path: str) -> int:
        return program.get(path, headers=bearer(app.let_in_by(pia, scope))).status_code

    assert status("openid everything", "/v1/me") == 200
    assert status("openid", "/oauth/userinfo") == 200
    assert status("openid", "/v1/me") == 403
    assert status("email", "/oauth/userinfo") == 403
    assert status("openid", "/v1/oauth/permissions") == 403
    refused = program.get("/v1/me", headers=bearer(app.let_in_by(pia, "openid")))
    assert "insufficient_scope" in refused.headers["www-authenticate"]


def test_userinfo_tells_what_the_scopes_allow(app: App, program: TestClient, pia: Actor) -> None:
    def told(scope: str) -> dict[str, Any]:
        answer: dict[str, Any] = program.get("/oauth/userinfo", headers=bearer(app.let_in_by(pia, scope))).json()
        return answer

    assert told("openid") == {"sub": str(pia.id)}
    assert told("openid profile") == {"sub": str(pia.id), "name": "Pia"}
    assert told("openid email") == {"sub": str(pia.id), "email": email_of("Pia"), "email_verified": True}


def test_a_cookie_counts_at_no_endpoint_and_a_token_on_no_page(
    app: App, tenant: UUID, browser: Browser, pia: Actor
) -> None:
    as_pia(browser, tenant)
    assert browser.get("/account/programs").status_code == 200
    assert browser.get("/oauth/userinfo").json()["error"] == "invalid_token"
    assert browser.get("/v1/oauth/permissions").status_code == 401

    given = app.let_in_by(pia)
    browser.cookies.clear()
    assert browser.get("/account/programs", headers=bearer(given)).status_code == 303
    browser.cookies.set(session_cookie(), given.access_token)
    assert browser.get("/account/programs").status_code == 303


def test_a_program_steps_up_by_sending_the_person_once_more(app: App, program: TestClient, ada: Actor) -> None:
    """RFC 9470: the answer says how fresh the second factor must be, which `max_age` then asks for."""
    given = app.let_in_by(fresh(ada))
    with later(minutes=6):
        given = app.refreshed(given.refresh_token)
        refused = program.post("/v1/oauth/keys", headers=bearer(given))
        assert refused.status_code == 401
        assert 'error="insufficient_user_authentication", max_age=300' in refused.headers["www-authenticate"]

        again = app.let_in_by(fresh(ada), max_age="300")
        assert program.post("/v1/oauth/keys", headers=bearer(again)).status_code == 201


def test_what_is_introspected_is_ones_own(
    system: System, app: App, tenant: UUID, program: TestClient, pia: Actor
) -> None:
    def introspected(token: str, **options: Any) -> Response:
        return program.post("/oauth/introspect", data={"token": token} | options.pop("data", {}), **options)

    own, foreign = system.token().access_token, app.let_in_by(pia)
    assert introspected(own, headers=basic(system)).json()["active"] is True
    for token in (foreign.access_token, foreign.refresh_token or "", "x" * 7000, ""):
        assert introspected(token, headers=basic(system)).json() == {"active": False}
    assert introspected(own).status_code == 401
    assert introspected(own, data={"client_id": str(app.client_id)}).status_code == 401


def test_giving_back_what_is_none_of_ours_is_no_error(app: App, program: TestClient) -> None:
    """RFC 7009, section 2.2."""
    answer = program.post("/oauth/revoke", data={"token": "nothing", "client_id": str(app.client_id)})

    assert (answer.status_code, answer.content) == (200, b"")


def test_everybody_may_read_where_everything_is(app: App, program: TestClient, host: str, pia: Actor) -> None:
    app.let_in_by(pia)
    one = program.get("/.well-known/openid-configuration")
    other = program.get("/.well-known/oauth-authorization-server")

    assert one.json() == other.json()
    assert one.json()["issuer"].startswith(f"http://{host}")
    assert one.json()["code_challenge_methods_supported"] == ["S256"]
    assert "max-age" in one.headers["cache-control"]
    assert len(program.get("/oauth/jwks").json()["keys"]) == 1
    for name, address in one.json().items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(one.json()["issuer"])
            assert program.options(path).status_code == 405, name


def test_a_person_takes_back_what_they_allowed_on_the_page(
    app: App, tenant: UUID, browser: Browser, pia: Actor
) -> None:
    given = app.let_in_by(pia)
    page = as_pia(browser, tenant).get("/account/programs").text
    door = re.search(r'action="(/account/programs/permissions/[^"]+/end)"', page)
    assert door is not None
    assert "Pulse" in page

    assert browser.submit(door[1], on="/account/programs").status_code == 303
    assert "No program acts for you" in browser.get("/account/programs").text
    assert browser.request("GET", "/v1/me", headers=bearer(given)).status_code == 401


def test_an_administrator_registers_a_program_on_the_page_and_sees_its_secret_once(
    browser: Browser, tenant: UUID, ada: Actor
) -> None:
    browser.cookies.set(session_cookie(), ticket(tenant, "Ada", code=code()).token)
    typed = {"name": "Pulse", "kind": "confidential", "grant_types": "authorization_code"}

    wrong = browser.submit("/account/programs/new", on="/account/programs/new", scopes="openid nothing", **typed)
    assert wrong.status_code == 422
    assert "needs at least one address" in wrong.text
    addresses = f"{SITE}\r\nhttp://127.0.0.1/callback"
    made = browser.submit(
        "/account/programs/new", on="/account/programs/new", scopes="openid email", redirect_uris=addresses, **typed
    )
    assert made.status_code == 200
    secret = re.search(r'data-copy="([\w-]{43})"', made.text)
    client = re.search(r'href="(/account/programs/[0-9a-f-]{36})"', made.text)
    assert secret is not None
    assert client is not None
    page = browser.get(client[1]).text
    assert "http://127.0.0.1/callback" in page
    assert secret[1] not in page

    replaced = browser.submit(f"{client[1]}/secret", on=client[1])
    assert secret[1] not in replaced.text
    assert browser.submit(f"{client[1]}/end", on=client[1]).status_code == 303
    assert browser.get(client[1]).status_code == 404
    for door in ("/account/programs/keys", "/account/programs/keys/withdraw"):
        assert browser.submit(door, on="/account/programs").status_code == 303


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        ("http://{host}/account/programs?a=b%26c", "%2Faccount%2Fprograms%3Fa%3Db%2526c"),
        ("http://{host}//evil.example/", "%2Fevil.example%2F"),
        ("http://evil.example/account/programs", "%2Faccount%2Fprograms"),
        ("http://{host}@evil.example/", "%2F"),
        ("", "%2F"),
    ],
)
def test_whoever_must_confirm_it_is_they_comes_back_to_where_they_were_and_nowhere_else(
    sent_from: str, back: str, browser: Browser, tenant: UUID, host: str, ada: Actor
) -> None:
    browser.cookies.set(session_cookie(), ticket(tenant, "Ada", code=code()).token)
    with later(minutes=6):
        token = re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account/programs").text)
        assert token is not None
        stale = browser.request(
            "POST",
            "/account/programs/keys",
            data={"csrf_token": token[1]},
            headers={"referer": sent_from.format(host=host)},
        )

    assert stale.headers["location"] == f"/confirm?next={back}"
    # Wherever it came from, it is a page of ours, and none that a browser takes for a host.
    assert page_after(unquote(back)) == unquote(back)
    assert not unquote(back).startswith("//")
