"""A passkey in a real browser, with a virtual authenticator: registered, signing in alone, second factor, step-up."""

import re
from collections.abc import Callable

import pytest
from persons import Person
from playwright.sync_api import CDPSession, expect

pytestmark = pytest.mark.browser
Meet = Callable[..., Person]

AT_ACCOUNT = re.compile(r":\d+/account$")
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """What the person's device keeps, and whether they unlock it when asked."""

    def __init__(self, person: Person) -> None:
        self._cdp: CDPSession = person.context.new_cdp_session(person.page)
        self._cdp.send("WebAuthn.enable")
        self._id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]

    def passkeys(self) -> list[dict[str, object]]:
        kept: list[dict[str, object]] = self._tell("getCredentials")["credentials"]
        return kept

    def unlocks(self, willing: bool) -> None:
        self._tell("setUserVerified", isUserVerified=willing)

    def answers(self, willing: bool) -> None:
        self._tell("setAutomaticPresenceSimulation", enabled=willing)

    def _tell(self, what: str, **how: object) -> dict[str, list[dict[str, object]]]:
        told: dict[str, list[dict[str, object]]] = self._cdp.send(
            f"WebAuthn.{what}", {"authenticatorId": self._id, **how}
        )
        return told


@pytest.fixture(scope="module")
def nina(meet: Meet) -> Person:
    """Nina sells. Her browser knows Salus by a name, without which no browser has passkeys."""
    nina = meet("Nina Berg", by_name=True)
    nina.signs_up_to_sell()
    nina.follows_the_letter()
    nina.page.goto(nina.house.url_by_name)
    nina.signs_in()
    return nina


@pytest.fixture(scope="module")
def phone(nina: Person) -> Device:
    """Her phone, which she registered, and the ten codes she wrote down."""
    phone = Device(nina)
    nina.goes_to("/account/security")
    nina.fills(name="My phone")
    nina.presses("Add it")
    nina.keeps_recovery_codes()
    return phone


def signs_out(person: Person) -> None:
    person.page.locator("summary[aria-label^=Account]").click()
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Sign out", exact=True).click()


def test_nina_registers_her_phone(nina: Person, phone: Device) -> None:
    nina.goes_to("/account/security")

    nina.sees("My phone", "10 of your ten codes are left")
    assert [kept["isResidentCredential"] for kept in phone.passkeys()] == [True]


def test_she_signs_in_with_nothing_else(nina: Person, phone: Device) -> None:
    phone.answers(False)
    signs_out(nina)
    nina.goes_to("/sign-in?next=/account")
    nina.main.get_by_role("button", name="Sign in with a passkey", exact=True).click()
    phone.answers(True)

    expect(nina.page).to_have_url(AT_ACCOUNT)


def test_the_browser_offers_it_by_itself(nina: Person, phone: Device) -> None:
    """What a person picks under the address field; the virtual device picks at once."""
    signs_out(nina)
    nina.page.goto("/sign-in?next=/account")

    expect(nina.page).to_have_url(AT_ACCOUNT)


def test_it_is_the_second_factor_after_the_password(nina: Person, phone: Device) -> None:
    phone.answers(False)
    signs_out(nina)
    nina.signs_in()
    nina.sees("The password was right.")
    phone.answers(True)
    nina.presses("Use your security key or passkey")

    nina.sees("Good to see you, Nina")


def test_a_phone_that_is_not_unlocked_is_said_and_can_be_tried_again(nina: Person, phone: Device) -> None:
    nina.goes_to("/confirm?next=/account")
    phone.unlocks(False)
    button = nina.main.get_by_role("button", name="Use your security key or passkey")
    button.click()
    expect(nina.main.get_by_role("alert")).to_contain_text("That was cancelled, or took too long.")
    phone.unlocks(True)
    nina.presses("Use your security key or passkey")

    expect(nina.page).to_have_url(AT_ACCOUNT)


def test_it_is_asked_for_again_before_what_could_do_great_harm(nina: Person, phone: Device) -> None:
    """Five minutes pass for her session: its factor is as old as one that was never given."""
    nina.goes_to("/confirm?next=/earnings")
    nina.sees("Confirm that it is you", "must be sent again")
    nina.presses("Use your security key or passkey")
    expect(nina.page).to_have_url(re.compile("/earnings$"))
    nina.fills(holder="Nina Berg", iban="FI21 1234 5600 0007 85")
    nina.presses("Save account")

    nina.sees("0785")


def test_the_same_phone_is_not_registered_twice(nina: Person, phone: Device) -> None:
    nina.goes_to("/account/security")
    nina.main.get_by_label("What you call it").fill("My phone again")
    nina.main.get_by_role("button", name="Add it").click()

    expect(nina.main.get_by_role("alert").filter(has_text="registered already")).to_be_visible()


def test_where_there_are_no_keys_it_is_said_or_not_offered(meet: Meet) -> None:
    old = meet("Nina Berg", by_name=True)
    old.context.add_init_script("delete window.PublicKeyCredential")
    old.goes_to("/sign-in")
    expect(old.main.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    by_address = meet("Nina Berg")
    by_address.goes_to("/sign-in")

    expect(by_address.main.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


def test_a_recovery_code_lets_her_in_without_her_phone(meet: Meet, nina: Person, phone: Device) -> None:
    elsewhere = meet("Nina Berg", by_name=True)
    elsewhere.signs_in()
    elsewhere.main.get_by_text("I have none of these at hand").click()
    elsewhere.fills(recovery_code=nina.recovery_codes[0])
    elsewhere.presses("Use this code")
    elsewhere.goes_to("/account/security")

    elsewhere.sees("9 of your ten codes are left", "This one")


def test_she_gives_up_her_phone_and_the_password_alone_counts_again(nina: Person, phone: Device) -> None:
    nina.goes_to("/account/security")
    nina.main.get_by_role("row").filter(has_text="My phone").get_by_role("button", name="Remove").click()
    with nina.page.expect_navigation():
        nina.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    nina.is_told("The key is removed.")
    phone.answers(False)
    signs_out(nina)
    nina.signs_in()

    nina.sees("Good to see you, Nina")
