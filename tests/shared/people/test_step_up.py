"""Proving it again, before what could do great harm: on a page for people, by RFC 9470 for programs."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from holders import registered

from salus import modules
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import FreshFactorNeeded
from salus.kernel.operations import OPERATIONS
from salus.shared.people import actions, queries
from tests.authenticator import Authenticator, host_of
from tests.browsing import Browser
from tests.cast import (
    BROWSER,
    PASSWORD,
    actor_of,
    code,
    code_of,
    email_of,
    later,
    letters,
    seller,
    sign_up,
    ticket,
    with_factor,
)

NEW_PASSWORD = "seven lanterns drift past quiet mills"
PAGE = "/account/security"


@pytest.fixture
def program(app: FastAPI, tenant: UUID) -> Iterator[Browser]:
    opened = Browser(app, host_of(tenant))
    yield opened
    opened.close()


GREAT_HARM = {
    "people.grant_role",
    "people.end_role",
    "people.remove_totp",
    "people.remove_key",
    "people.make_recovery_codes",
    "money.set_payout_account",
    "health_data.open_health_data",
    "records.export",
}


def test_what_could_do_great_harm_is_known() -> None:
    modules.load_all()

    assert {operation.name for operation in OPERATIONS.values() if operation.step_up} >= GREAT_HARM


def comes_in(browser: Browser, tenant: UUID, name: str) -> None:
    """In the browser, with a session in which the factor was given long ago or never."""
    browser.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD, next="/account")


def is_asked(browser: Browser, path: str, **fields: str) -> str:
    """Where a form leads whose deed asks for a fresh factor."""
    answer = browser.submit(path, on=PAGE, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_whoever_has_no_factor_sets_one_up_and_goes_on(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    comes_in(browser, tenant, "Pia")
    asks = "/confirm?next=%2Faccount%2Fsecurity"

    page = browser.get(is_asked(browser, f"{PAGE}/recovery-codes", next=PAGE)).text
    assert "Set up a second factor first" in page
    assert "must be sent again" in page
    browser.submit("/sign-in/set-up", on=asks, next=PAGE)
    key = re.search(r'data-copy="([A-Z2-7]{32})"', browser.get(asks).text)
    assert key is not None
    answer = browser.submit("/sign-in/code", on=asks, code=code(secret=key[1]), next=PAGE)

    assert answer.headers["location"] == "/account/security/recovery-codes?next=%2Faccount%2Fsecurity"
    shown = browser.submit(f"{PAGE}/recovery-codes", on=f"{PAGE}/recovery-codes", next=PAGE)
    assert len(set(re.findall(r"<li><code>([A-Z2-9-]{29})</code>", shown.text))) == 10
    assert "<code>" not in browser.get(f"{PAGE}/recovery-codes").text


def test_whoever_has_one_gives_it_and_goes_on(browser: Browser, tenant: UUID) -> None:
    with_factor(tenant, "Pia", seller(tenant, "Pia"))
    comes_in(browser, tenant, "Pia")
    browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, "Pia"), next=PAGE)
    before = browser.cookies["sid"]
    with later(minutes=6):
        assert is_asked(browser, f"{PAGE}/app/remove").startswith("/confirm")
        assert "Confirm that it is you" in browser.get("/confirm?next=/account/security").text
        wrong = browser.submit("/sign-in/code", on="/confirm", code="000000", next=PAGE)
        assert "This code is not right" in wrong.text
        answer = browser.submit("/sign-in/code", on="/confirm", code=code_of(tenant, "Pia"), next=PAGE)
        assert answer.headers["location"] == PAGE

        assert is_asked(browser, f"{PAGE}/app/remove") == PAGE
    assert browser.cookies["sid"] != before


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
def test_confirming_leads_nowhere_else(browser: Browser, tenant: UUID, elsewhere: str) -> None:
    with_factor(tenant, "Pia", seller(tenant, "Pia"))
    comes_in(browser, tenant, "Pia")

    answer = browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, "Pia"), next=elsewhere)

    assert answer.headers["location"] == "/"
    assert "evil" not in browser.get(f"/confirm?next={elsewhere}").text


def test_a_program_is_told_how_and_does_it_with_a_key(program: Browser, tenant: UUID) -> None:
    """RFC 9470: the answer names what is missing, and the new token is as fresh as was asked for."""
    blue = Authenticator.at(tenant)
    registered(tenant, seller(tenant, "Pia"), blue)
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        token = actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD).token
    headers = {"authorization": f"Bearer {token}"}

    def ask(path: str, **body: str) -> dict[str, str]:
        answer = program.request("POST", path, headers=headers, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    headers["authorization"] = f"Bearer {_answered(ask, blue)['token']}"
    with later(minutes=6):
        refused = program.request("POST", "/v1/me/recovery-codes", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_user_authentication", max_age=300'
        headers["authorization"] = f"Bearer {_answered(ask, blue)['token']}"

        codes = ask("/v1/me/recovery-codes")["codes"]
        assert ask("/v1/sessions/current/recovery-code", recovery_code=codes[0])["awaits"] == "nothing"


def test_a_password_is_changed_by_whoever_has_the_factor_too(tenant: UUID) -> None:
    pia = with_factor(tenant, "Pia", seller(tenant, "Pia"))

    with later(minutes=6), pytest.raises(FreshFactorNeeded), Context(pia, tenant) as ctx:
        actions.change_password(ctx, current_password=PASSWORD, password=NEW_PASSWORD)
    with Context(pia, tenant, origin=BROWSER) as ctx:
        assert actions.change_password(ctx, current_password=PASSWORD, password=NEW_PASSWORD)


def test_a_session_that_stepped_up_leaves_no_old_token_alive(tenant: UUID) -> None:
    with_factor(tenant, "Pia", seller(tenant, "Pia"))
    half_way = ticket(tenant, "Pia").token
    with Context(actor_of(tenant, half_way), tenant, origin=BROWSER) as ctx:
        first = actions.confirm_totp(ctx, code_of(tenant, "Pia")).token
    with Context(actor_of(tenant, first), tenant, origin=BROWSER) as ctx:
        second = actions.confirm_totp(ctx, code_of(tenant, "Pia", steps=1)).token

    assert [actor_of(tenant, token).id is not None for token in (half_way, first, second)] == [False, False, True]


def test_a_new_device_is_told_and_a_known_one_is_not(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    for device, network in [("Firefox on Linux", "192.0.2.0/24")] * 2 + [("Safari on iPhone", "198.51.100.0/24")] * 2:
        with nobody(tenant, origin=Origin(network=network, channel="browser")) as ctx:
            actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD, device=device)

    told = [letter for letter in letters(tenant, "Pia") if letter.subject == "You signed in on a new device"]
    assert len(told) == 1
    assert "Safari on iPhone" in told[0].body


def test_a_thief_who_knows_the_password_alone_makes_no_device_a_known_one(tenant: UUID) -> None:
    with_factor(tenant, "Pia", seller(tenant, "Pia"))
    strange = Origin(network="203.0.113.0/24", channel="browser")
    for _ in range(2):
        with nobody(tenant, origin=strange) as ctx:
            opened = actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD, device="Edge on Windows")
    with Context(actor_of(tenant, opened.token), tenant, origin=strange) as ctx:
        actions.confirm_totp(ctx, code_of(tenant, "Pia"))

    assert letters(tenant, "Pia")[0].subject == "You signed in on a new device"


def test_stepping_up_on_the_way_is_no_new_device(tenant: UUID) -> None:
    pia = with_factor(tenant, "Pia", seller(tenant, "Pia"))
    with Context(pia, tenant, origin=Origin(network="203.0.113.0/24", channel="browser")) as ctx:
        actions.confirm_totp(ctx, code_of(tenant, "Pia"))

    assert "You signed in on a new device" not in {letter.subject for letter in letters(tenant, "Pia")}


def test_signing_out_everywhere_else_leaves_this_one(browser: Browser, tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    elsewhere = ticket(tenant, "Pia").token
    comes_in(browser, tenant, "Pia")
    page = browser.get(PAGE).text
    assert "This one" in page

    answer = browser.submit(f"{PAGE}/sessions/end-others", on=PAGE)

    assert answer.headers["location"] == PAGE
    assert actor_of(tenant, elsewhere).id is None
    assert browser.get(PAGE).status_code == 200


def test_the_page_lists_what_there_is(browser: Browser, tenant: UUID) -> None:
    pia = registered(tenant, with_factor(tenant, "Pia", seller(tenant, "Pia")), Authenticator.at(tenant), name="<Key>")
    comes_in(browser, tenant, "Pia")
    browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, "Pia"), next=PAGE)

    page = browser.get(PAGE).text

    assert "Authenticator app" in page
    assert "&lt;Key&gt;" in page
    assert "You have no recovery codes" in page
    with Context(pia, tenant) as ctx:
        assert queries.me(ctx).has_second_factor


def _answered(ask, key: Authenticator) -> dict[str, str]:
    return ask("/v1/sessions/current/key", answer=key.get(ask("/v1/sessions/current/key/challenge")))
