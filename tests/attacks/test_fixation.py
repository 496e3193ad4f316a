"""An attacker knows a session before its owner comes, or after they rose: it must then be worth nothing.

What a session is worth later, and that a planted one ends when somebody signs in, is tested in
`tests/shared/people/test_sessions.py`; here it goes through the pages, with the cookies of two real browsers.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import Response

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.tenants import tenant_named
from salus.shared.people import actions as people
from salus.shared.people import queries
from tests.browsing import Browser
from tests.cast import PASSWORD, administrator, code, email_of, seller, sign_up

NEW_PASSWORD = "seven lanterns drift past quiet mills"
SECURITY = "/account/security"


@pytest.fixture
def open_browser(app: FastAPI, tenant: UUID) -> Iterator[Callable[[], Browser]]:
    with ExitStack() as stack:

        def opened() -> Browser:
            browser = Browser(app, tenant_named(tenant).hosts[0])
            stack.callback(browser.close)
            return browser

        yield opened


def sign_in(browser: Browser, name: str) -> Response:
    return browser.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD, next="/account")


def sid(browser: Browser) -> str | None:
    return browser.cookies.get("sid")


def is_in(browser: Browser, session: str | None) -> bool:
    """Whether this cookie, in a browser of the attacker's, opens an account."""
    browser.cookies.clear()
    if session:
        browser.cookies.set("sid", session)
    return browser.get("/account").status_code == 200


@pytest.mark.parametrize("planted", ["chosen-by-the-attacker", "0" * 43, ""])
def test_a_cookie_that_was_planted_before_is_replaced_and_opens_nothing(
    open_browser: Callable[[], Browser], tenant: UUID, planted: str
) -> None:
    sign_up(tenant, "Pia")
    victim, attacker = open_browser(), open_browser()
    victim.cookies.set("sid", planted)

    sign_in(victim, "Pia")

    assert victim.get("/account").status_code == 200
    assert not is_in(attacker, planted)


def test_the_attackers_own_session_in_a_victims_browser_is_nobodys_once_they_sign_in(
    open_browser: Callable[[], Browser], tenant: UUID
) -> None:
    """Seen to fail with the end of the former session taken out of `sessions.begin`."""
    sign_up(tenant, "Pia")
    sign_up(tenant, "Mallory")
    victim, attacker = open_browser(), open_browser()
    sign_in(attacker, "Mallory")
    planted = sid(attacker)
    assert planted
    victim.cookies.set("sid", planted, domain=f"{tenant_named(tenant).hosts[0]}")

    sign_in(victim, "Pia")

    assert not is_in(attacker, planted)


def test_half_a_sign_in_is_worth_nothing_once_the_second_factor_was_given(
    open_browser: Callable[[], Browser], tenant: UUID
) -> None:
    """The cookie changes, and what it was before opens nothing: neither then nor now."""
    administrator(tenant)
    victim, attacker = open_browser(), open_browser()
    sign_in(victim, "Ada")
    half = sid(victim)
    victim.submit("/sign-in/code", on="/sign-in/code", code=code(), next="/review")

    assert victim.get("/review").status_code == 200
    assert sid(victim) != half
    assert not is_in(attacker, half)


def test_a_changed_password_changes_the_session(open_browser: Callable[[], Browser], tenant: UUID) -> None:
    """Seen to fail with the end of the former session taken out of `sessions.begin`."""
    sign_up(tenant, "Pia")
    victim, attacker = open_browser(), open_browser()
    sign_in(victim, "Pia")
    before = sid(victim)
    changed = {"current_password": PASSWORD, "password": NEW_PASSWORD}
    assert victim.submit(f"{SECURITY}/password", on=SECURITY, **changed).status_code == 303

    assert victim.get("/account").status_code == 200
    assert sid(victim) != before
    assert not is_in(attacker, before)


def test_a_new_second_factor_changes_the_session_and_ends_the_others(
    open_browser: Callable[[], Browser], tenant: UUID
) -> None:
    """Seen to fail with `sessions.end_all` taken out of `confirm_totp`."""
    sign_up(tenant, "Pia")
    victim, elsewhere, attacker = open_browser(), open_browser(), open_browser()
    sign_in(victim, "Pia")
    sign_in(elsewhere, "Pia")
    before, there = sid(victim), sid(elsewhere)
    victim.submit(f"{SECURITY}/app", on=SECURITY)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', victim.get(f"{SECURITY}/app").text)
    assert secret is not None
    confirmed = victim.submit(f"{SECURITY}/app/confirm", on=f"{SECURITY}/app", code=code(secret=secret[1]))
    assert confirmed.status_code == 303

    assert sid(victim) != before
    assert not is_in(attacker, before)
    assert not is_in(attacker, there)


@pytest.mark.parametrize("deed", ["grant", "end"])
def test_a_changed_role_ends_the_sessions_from_before(
    open_browser: Callable[[], Browser], tenant: UUID, deed: str
) -> None:
    """Seen to fail with `sessions.end_all` taken out of `grant_role` and `end_role`."""
    pia = seller(tenant, "Pia")
    ada = administrator(tenant)
    victim, attacker = open_browser(), open_browser()
    sign_in(victim, "Pia")
    before = sid(victim)
    with Context(ada, tenant) as ctx:
        person = queries.person(ctx, pia.person_id)
        if deed == "grant":
            people.grant_role(ctx, person, Role.ADMINISTRATOR)
        else:
            people.end_role(ctx, person, Role.SELLER)

    assert not is_in(attacker, before)


def test_signing_out_leaves_nothing_to_steal(open_browser: Callable[[], Browser], tenant: UUID) -> None:
    """The session ends at the server, and not only in the browser. Seen to fail with only the cookie cleared."""
    sign_up(tenant, "Pia")
    victim, attacker = open_browser(), open_browser()
    sign_in(victim, "Pia")
    before = sid(victim)
    victim.submit("/sign-out", on="/account")

    assert not is_in(attacker, before)


def test_no_cookie_can_be_read_by_a_script_or_sent_from_elsewhere(
    open_browser: Callable[[], Browser], tenant: UUID
) -> None:
    sign_up(tenant, "Pia")
    browser = open_browser()
    answers = [browser.get("/sign-in"), sign_in(browser, "Pia")]
    answers.append(browser.submit("/account/name", on="/account", name="Pia"))

    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) >= 3
    for cookie in cookies:
        assert "httponly" in cookie.lower()
        assert re.search("samesite=(lax|strict)", cookie.lower())
