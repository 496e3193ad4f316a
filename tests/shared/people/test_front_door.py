"""The same through pages and API, as browsers and programs come in."""

import re
from uuid import UUID

import httpx
import pytest

from salus.kernel.context import Context
from salus.shared.people import actions
from tests.browsing import Browser
from tests.cast import PASSWORD, actor_of, administrator, buyer, code, email_of, letters, seller, sign_up

WRONG = "not the password of anybody"


def seen(response: httpx.Response) -> tuple[int, str, list[str]]:
    """What a stranger can tell two answers apart by."""
    changing = {"x-correlation-id", "traceparent", "date", "set-cookie", "content-length"}
    text = re.sub(r'value="[^"]*"|name-[a-z]+', "", response.text)
    headers = sorted(f"{name}: {value}" for name, value in response.headers.items() if name not in changing)
    return response.status_code, text, headers


def sign_in(browser: Browser, name: str, *, after: str = "/account") -> httpx.Response:
    return browser.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD, next=after)


def sets_up_an_app(browser: Browser) -> None:
    """What must be done at the first sign-in of whoever must have a second factor."""
    browser.submit("/sign-in/set-up", on="/sign-in/code", next="/account")
    key = re.search(r'data-copy="([A-Z2-7]{32})"', browser.get("/sign-in/code").text)
    assert key is not None
    browser.submit("/sign-in/code", on="/sign-in/code", code=code(secret=key[1]), next="/account")


def test_a_seller_comes_in_from_signing_up_to_the_account(browser: Browser, tenant: UUID) -> None:
    fields = {"name": "Pia", "email": email_of("Pia"), "password": PASSWORD}
    assert browser.submit("/sign-up/seller", on="/sign-up/seller", **fields).headers["location"] == "/sign-up/sent"
    letters(tenant, "Pia")
    mail = re.search(r"/dev/mail/[\w-]+", browser.get("/dev/mail").text)
    assert mail is not None
    link = re.search(r"/verify\?token=([\w-]+)", browser.get(mail[0]).text)
    assert link is not None

    browser.submit("/verify", on=link[0], token=link[1])
    opened = sign_in(browser, "Pia")

    assert opened.headers["location"] == "/account"
    assert "waits for review" in browser.get("/account").text


def test_a_buyer_signs_up_with_an_organisation(browser: Browser, tenant: UUID) -> None:
    fields = {"name": "Bruno", "email": email_of("Bruno"), "password": PASSWORD, "organisation": "Helix Research"}
    founded = {"kind": "company", "country": "fi", "registration_number": "2345678-9", "documents": "A\r\n\r\nB"}
    answer = browser.submit("/sign-up/buyer", on="/sign-up/buyer", **fields, **founded)
    assert answer.status_code == 303
    browser.submit("/verify", on="/verify", token=letters(tenant, "Bruno")[0].token)
    assert sign_in(browser, "Bruno").headers["location"] == "/sign-in/code?next=%2Faccount"
    sets_up_an_app(browser)

    page = browser.get("/account").text
    assert "Helix Research" in page
    assert "waits for review" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/sign-up/seller", {"name": "Pia", "password": PASSWORD}),
        ("/sign-up/seller", {"name": "Pia", "password": "too short"}),
        ("/forgot", {}),
        ("/sign-in", {"password": WRONG, "next": "/"}),
    ],
)
def test_no_page_tells_who_has_an_account(browser: Browser, tenant: UUID, path: str, fields: dict[str, str]) -> None:
    sign_up(tenant, "Pia")

    known = browser.submit(path, on=path, email=email_of("Pia"), **fields)
    unknown = browser.submit(path, on=path, email=email_of("Nobody"), **fields)

    assert seen(known) == seen(unknown)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/sign-ups", {"name": "Pia", "password": PASSWORD}),
        ("/v1/password-resets", {}),
        ("/v1/sessions", {"password": WRONG}),
    ],
)
def test_nor_does_the_api(browser: Browser, tenant: UUID, path: str, fields: dict[str, str]) -> None:
    sign_up(tenant, "Pia")

    known = browser.request("POST", path, json={"email": email_of("Pia"), **fields})
    unknown = browser.request("POST", path, json={"email": email_of("Nobody"), **fields})

    assert _without_correlation(known) == _without_correlation(unknown)
    assert known.status_code in {204, 422}


def test_the_session_cookie_changes_with_every_step(browser: Browser, tenant: UUID) -> None:
    administrator(tenant)

    assert sign_in(browser, "Ada", after="/review").headers["location"] == "/sign-in/code?next=%2Freview"
    half_way = browser.cookies["sid"]
    assert browser.get("/review").headers["location"].startswith("/sign-in")
    answer = browser.submit("/sign-in/code", on="/sign-in/code", code=code(), next="/review")

    assert answer.headers["location"] == "/review"
    assert browser.cookies["sid"] != half_way
    assert browser.get("/review").status_code == 200
    assert "httponly" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(browser: Browser, tenant: UUID, elsewhere: str) -> None:
    sign_up(tenant, "Pia")

    assert sign_in(browser, "Pia", after=elsewhere).headers["location"] == "/"


def test_whoever_was_signed_out_meanwhile_signs_in_and_is_back_at_the_form(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    sign_in(browser, "Pia")
    token = re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)
    assert token is not None
    with Context(actor_of(tenant, browser.cookies["sid"]), tenant) as ctx:
        actions.sign_out_everywhere(ctx)

    form = {"csrf_token": token[1], "name": "Pia Maria"}
    answer = browser.request("POST", "/account/name", data=form, headers={"referer": "http://salus.test/account"})

    assert answer.headers["location"] == "/sign-in?next=%2Faccount"
    assert "Maria" not in str(answer.headers)
    assert "Nothing of what you sent was kept" in browser.get(answer.headers["location"]).text
    assert sign_in(browser, "Pia").headers["location"] == "/account"


def test_looking_at_a_link_does_not_use_it_up(browser: Browser, tenant: UUID) -> None:
    browser.request("POST", "/v1/sign-ups", json={"name": "Pia", "email": email_of("Pia"), "password": PASSWORD})
    token = letters(tenant, "Pia")[0].token

    for _ in range(2):
        assert browser.get(f"/verify?token={token}").status_code == 200
    assert browser.submit("/verify", on=f"/verify?token={token}", token=token).status_code == 303


def test_a_rejected_form_comes_back_with_what_was_typed_but_the_password(browser: Browser) -> None:
    fields = {"name": "Pia Maria", "email": email_of("Pia"), "password": "too short, alas"[:14]}

    answer = browser.submit("/sign-up/seller", on="/sign-up/seller", **fields)

    assert answer.status_code == 422
    assert 'value="Pia Maria"' in answer.text
    assert "at least 15 characters" in answer.text
    assert fields["password"] not in answer.text


def test_signing_out_leaves_a_browser_nobody_is_in(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    sign_in(browser, "Pia")

    browser.submit("/sign-out", on="/account")

    assert browser.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_a_person_sets_up_a_second_factor_by_code_or_key(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    sign_in(browser, "Pia")
    browser.submit("/account/security/app", on="/account/security")
    page = browser.get("/account/security/app").text
    assert 'src="data:image/svg+xml' in page
    key = re.search(r'data-copy="([A-Z2-7]{32})"', page)
    assert key is not None

    wrong = browser.submit("/account/security/app/confirm", on="/account/security/app", code="000000")
    assert "This code is not right" in wrong.text
    answer = browser.submit("/account/security/app/confirm", on="/account/security/app", code=code(secret=key[1]))

    assert answer.headers["location"] == "/account/security/recovery-codes?next=%2Faccount%2Fsecurity"
    assert key[1] not in browser.get("/account/security").text


def test_an_administrator_rejects_with_a_reason(browser: Browser, tenant: UUID) -> None:
    pia = seller(tenant, "Pia", approved=False)
    buyer(tenant, "Bruno", organisation="Helix Research", approved=False)
    administrator(tenant)
    sign_in(browser, "Ada")
    browser.submit("/sign-in/code", on="/sign-in/code", code=code(), next="/")
    queue = browser.get("/review").text
    assert "Pia" in queue
    assert "Helix Research" in queue

    page = f"/people/{pia.id}"
    assert browser.submit(f"{page}/review", on=page, review="rejected").status_code == 422
    decided = browser.submit(f"{page}/review", on=page, review="rejected", reason="<i>No</i>")

    assert decided.status_code == 303
    assert "&lt;i&gt;No&lt;/i&gt;" in browser.get(page).text


def test_nobody_decides_that_a_review_is_open_again(browser: Browser, tenant: UUID) -> None:
    pia = seller(tenant, "Pia")
    sign_in(browser, "Ada")
    browser.submit("/sign-in/code", on="/sign-in/code", code=code(), next="/")

    page = f"/people/{pia.id}"
    assert browser.submit(f"{page}/review", on=page, review="pending").status_code == 422


def test_a_seller_finds_no_page_of_administrators(browser: Browser, tenant: UUID) -> None:
    pia = seller(tenant, "Pia")
    sign_in(browser, "Pia")

    for page in ("/people", "/review", f"/people/{pia.id}"):
        assert browser.get(page).status_code == 403


def test_a_program_signs_in_asks_and_signs_out(browser: Browser, tenant: UUID) -> None:
    administrator(tenant)
    credentials = {"email": email_of("Ada"), "password": PASSWORD, "code": code()}
    opened = browser.request("POST", "/v1/sessions", json=credentials)
    assert (opened.status_code, opened.json()["awaits"]) == (201, "nothing")
    bearer = {"authorization": f"Bearer {opened.json()['token']}"}

    assert browser.get("/v1/me", headers=bearer).json()["roles"] == ["administrator"]
    assert browser.request("DELETE", "/v1/sessions/current", headers=bearer).status_code == 204
    assert browser.get("/v1/me", headers=bearer).status_code == 401


def test_a_cookie_is_no_bearer_token_nor_the_other_way_round(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    sign_in(browser, "Pia")
    bearer = {"authorization": f"Bearer {browser.cookies['sid']}"}

    assert browser.get("/v1/me").status_code == 401
    assert browser.get("/v1/me", headers=bearer).status_code == 401


def _without_correlation(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, re.sub(r"[0-9a-f]{32}", "", response.text)
