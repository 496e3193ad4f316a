"""What every request passes and every answer carries, at the real application over HTTP."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from salus.exchanges.health_data.queries import market as market_queries
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.kernel.records import Record
from salus.web import security
from salus.web.doors import go
from salus.worker import settle_everything
from tests.cast import PASSWORD, email_of, sign_up

FORM = {"title": "Steps", "description": "Recorded with a phone all day.", "codes": "x", "permission": "HMB"}


@query(roles={Role.ADMINISTRATOR})
def everything_recorded(ctx: Context) -> list[Record]:
    return list(ctx.db.scalars(select(Record).order_by(Record.id)))


@pytest.fixture
def host(tenant: UUID, owner_sql: Callable[..., list[tuple[Any, ...]]]) -> str:
    ((hosts,),) = owner_sql("SELECT hosts FROM tenants WHERE id = :id", tenant, id=tenant)
    return str(hosts[0])


@pytest.fixture
def browser(app: Any, host: str) -> Iterator[TestClient]:
    """Somebody's browser, at this tenant's address."""
    security._counts.clear()
    with TestClient(app, base_url=f"http://{host}", follow_redirects=False) as client:
        yield client


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert found is not None
    return found.group(1)


def sign_in(browser: TestClient, tenant: UUID, name: str = "Pia") -> None:
    sign_up(tenant, name)
    form = {"email": email_of(name), "password": PASSWORD, "csrf_token": token_in(browser.get("/sign-in").text)}
    assert browser.post("/sign-in", data=form).status_code == 303


def bearer(browser: TestClient, name: str = "Pia") -> dict[str, str]:
    answer = browser.post("/v1/sessions", json={"email": email_of(name), "password": PASSWORD})
    return {"authorization": f"Bearer {answer.json()['token']}"}


def test_a_stranger_learns_nothing_of_what_is_wrong_with_a_question(browser: TestClient) -> None:
    answer = browser.post("/v1/health-data/offers", json={"title": 7})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == []


def test_somebody_who_may_ask_learns_what_is_wrong_in_plain_words(browser: TestClient, tenant: UUID) -> None:
    sign_up(tenant, "Pia")

    answer = browser.post("/v1/health-data/offers", json=FORM | {"surprise": 1}, headers=bearer(browser))

    told = {one["field"]: one["message"] for one in answer.json()["errors"]}
    assert answer.status_code == 422
    assert (told["price"], told["surprise"]) == ("Enter this.", "This field is not known here.")


def test_a_cookie_opens_no_door_of_the_api_and_a_token_no_page(browser: TestClient, tenant: UUID) -> None:
    sign_in(browser, tenant)
    assert browser.get("/overview").status_code == 200
    assert browser.get("/v1/me").status_code == 401

    token = bearer(browser)
    browser.cookies.clear()
    assert browser.get("/v1/me", headers=token).status_code == 200
    assert browser.get("/overview", headers=token).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}], ids=["origin", "site"]
)
def test_a_form_sent_from_elsewhere_is_refused(browser: TestClient, tenant: UUID, headers: dict[str, str]) -> None:
    sign_in(browser, tenant)
    form = {"csrf_token": token_in(browser.get("/account").text)}

    assert browser.post("/sign-out", data=form, headers=headers).status_code == 403
    assert browser.get("/overview").status_code == 200


def test_a_form_without_this_sessions_token_is_refused(browser: TestClient, tenant: UUID) -> None:
    before = token_in(browser.get("/sign-in").text)
    sign_in(browser, tenant)

    assert browser.post("/sign-out", data={}).status_code == 403
    assert browser.post("/sign-out", data={"csrf_token": before}).status_code == 403
    assert browser.post("/sign-out", data={"csrf_token": token_in(browser.get("/account").text)}).status_code == 303


def test_a_refused_form_comes_back_with_what_was_typed_and_what_to_do(browser: TestClient, tenant: UUID) -> None:
    sign_in(browser, tenant)
    page = browser.get("/market").text

    answer = browser.post("/data/bring", data={"csrf_token": token_in(page)}, files={"export": ("", b"")})

    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_a_body_that_is_too_large_is_refused_while_it_arrives(browser: TestClient, tenant: UUID) -> None:
    sign_in(browser, tenant)
    token = token_in(browser.get("/account").text)

    answer = browser.post("/sign-out", data={"csrf_token": token, "more": "x" * (2 << 20)})

    assert answer.status_code == 413


def test_one_correlation_id_runs_from_the_request_to_the_record_and_the_reaction(
    browser: TestClient, tenant: UUID, ada: Actor
) -> None:
    answer = browser.post(
        "/v1/sign-ups",
        json={"name": "Pia", "email": email_of("Pia"), "password": PASSWORD},
        headers={"x-correlation-id": "from-a-phone-1"},
    )
    settle_everything()

    assert answer.headers["x-correlation-id"] == "from-a-phone-1"
    with Context(ada, tenant) as ctx:
        mine = [one.operation for one in everything_recorded(ctx) if one.correlation_id == "from-a-phone-1"]
    assert {"people.sign_up", "people.send_verification"} <= set(mine)


def test_every_answer_carries_the_id_and_a_refusal_shows_it(browser: TestClient) -> None:
    caller = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    for path in ("/", "/nowhere", "/v1/nowhere", "/v1/me", "/fhir/Nothing", "/healthz", "/static/salus.css"):
        answer = browser.get(path, headers=caller)

        assert answer.headers["x-correlation-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert answer.headers["traceparent"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        assert answer.status_code < 400 or "4bf92f3577b34da6a3ce929d0e0e4736" in answer.text


def test_a_correlation_id_that_is_no_plain_token_is_replaced(browser: TestClient) -> None:
    answer = browser.get("/", headers={"x-correlation-id": "<script>alert(1)</script>"})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-correlation-id"])


def test_every_answer_carries_the_headers_that_protect_it(browser: TestClient) -> None:
    for path in ("/", "/nowhere", "/v1/nowhere", "/healthz", "/static/salus.css"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_mistake_of_ours_tells_no_details(
    browser: TestClient, tenant: UUID, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(tenant, "Pia")

    def broken(*_: object) -> None:
        raise ValueError("Pia's resting heart rate is 51")

    monkeypatch.setattr(market_queries, "find", broken)
    answer = browser.get("/v1/health-data/market", headers=bearer(browser))

    assert answer.status_code == 500
    logged = capsys.readouterr()
    assert "heart" not in answer.text + logged.out + logged.err


def test_nobody_asks_without_end(browser: TestClient, tenant: UUID) -> None:
    answers = [
        browser.post("/v1/sessions", json={"email": "nobody@people.example", "password": "x" * 20}).status_code
        for _ in range(70)
    ]

    assert 429 in answers
    assert answers.index(429) <= 60


def test_an_unknown_address_is_answered_in_the_callers_language(browser: TestClient) -> None:
    page, problem = browser.get("/nowhere"), browser.get(f"/v1/consents/{uuid4()}/nowhere")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert "<h1>" in page.text
    assert problem.json()["type"] == "urn:salus:refusal:not-found"


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(address: str) -> None:
    with pytest.raises(ValueError, match="our own pages"):
        go(address)
