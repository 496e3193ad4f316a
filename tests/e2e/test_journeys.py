"""What people do besides: with the keyboard alone, without scripts, twice, wrongly, and back again."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from persons import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
Meet = Callable[..., Person]
NAME_OF_FOCUS = """(() => {
    const focused = document.activeElement;
    return focused.getAttribute("aria-label") || focused.labels?.[0]?.innerText || focused.innerText || "";
})()"""


@pytest.fixture(scope="module")
def paul(meet: Meet, ada: Person, export: Path) -> Person:
    """Paul sells: he is approved, his data is here, and a data set of his is on the market."""
    paul = meet("Paul Okafor")
    paul.signs_up_to_sell()
    paul.follows_the_letter()
    paul.signs_in()
    paul.brings_in(export)
    paul.sees("All of it is read")
    paul.goes_to("/data")
    paul.turns_on("Steps")
    ada.approves_everybody()
    paul.goes_to("/offers/new")
    paul.fills(title="Steps in spring", description="Phone and watch.", price="12.00")
    paul.presses("Save as a draft")
    paul.presses("Hand in for review")
    ada.goes_to("/review/offers")
    ada.follows("Steps in spring")
    ada.presses("Approve and publish")
    return paul


@pytest.fixture(scope="module")
def berta(meet: Meet, ada: Person) -> Person:
    """Berta buys for an approved hospital."""
    berta = meet("Berta Holm")
    berta.signs_up_to_buy("Northern Heart Hospital")
    berta.follows_the_letter()
    ada.approves_everybody()
    berta.signs_in_and_sets_up_an_app()
    return berta


@pytest.fixture(scope="module")
def asked(paul: Person, berta: Person) -> str:
    """The address of Berta's request for Paul's steps."""
    berta.goes_to("/market")
    berta.follows("Steps in spring")
    berta.follows("Ask to buy")
    berta.main.get_by_role("radio", name=re.compile("Statistics")).check()
    berta.fills(purpose_words="How far people walk in spring.")
    berta.presses("Ask")
    return berta.page.url


def tab_to(person: Person, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(80):
        person.page.keyboard.press("Tab")
        focused = person.page.evaluate(NAME_OF_FOCUS)
        if focused.strip().split("\n")[0] == name:
            return
    pytest.fail(f"the keyboard does not reach {name} on {person.page.url}")


def test_paul_signs_in_and_agrees_with_the_keyboard_alone(meet: Meet, paul: Person, asked: str) -> None:
    keyboard = meet("Paul Okafor")
    keys = keyboard.page.keyboard
    keyboard.goes_to("/sign-in")
    keys.press("Tab")
    keys.press("Enter")
    expect(keyboard.main).to_be_focused()
    tab_to(keyboard, "E-mail address")
    keys.type(keyboard.email)
    tab_to(keyboard, "Password")
    keys.type("quiet rivers carry seven lanterns")
    keys.press("Enter")
    keyboard.page.wait_for_url("**/overview")
    tab_to(keyboard, "Read and decide")
    keys.press("Enter")
    keyboard.page.wait_for_url("**/requests/*")
    tab_to(keyboard, "Read and decide")
    keys.press("Enter")
    keyboard.page.wait_for_url("**/consents/*")
    tab_to(keyboard, "Sign with your name")
    keys.type("Paul Okafor")
    tab_to(keyboard, "I have read the text above and allow this sale.")
    keys.press("Space")
    tab_to(keyboard, "Agree")
    keys.press("Enter")

    keyboard.sees("You agreed")


def test_a_double_click_on_pay_is_one_payment(berta: Person, asked: str) -> None:
    berta.goes_to(asked)
    pay = berta.main.get_by_role("button", name="Pay €12.00")
    berta.waits_for(pay)
    pay.dblclick()
    berta.page.wait_for_url("**/payments/*")
    berta.follows("Pay €12.00")
    berta.main.get_by_role("button", name="Pay €12.00").dblclick()
    berta.sees("The invoice is among your invoices.")
    berta.goes_to("/payments")

    expect(berta.main.get_by_role("row")).to_have_count(2)


def test_back_from_a_paid_request_offers_no_second_payment(berta: Person, asked: str) -> None:
    berta.goes_to(asked)
    berta.opens("Invoices")
    berta.page.go_back()

    assert not berta.main.get_by_role("button", name=re.compile("Pay")).count()


def test_a_wrong_password_is_said_and_the_address_kept(meet: Meet, paul: Person) -> None:
    somebody = meet("Paul Okafor")
    somebody.signs_in("not what he chose at all")

    somebody.sees("We could not sign you in")
    expect(somebody.page.locator(".error-summary")).to_be_focused()
    expect(somebody.page.get_by_label("E-mail address")).to_have_value(somebody.email)
    expect(somebody.page.get_by_label("Password")).to_have_value("")


def test_a_file_that_is_no_export_is_refused_in_words(paul: Person, tmp_path: Path) -> None:
    holiday = tmp_path / "export.zip"
    holiday.write_bytes(b"a picture from a holiday" * 400)
    paul.brings_in(holiday)

    paul.sees("This file cannot be read")
    paul.examine()
    paul.follows("Try another file")


def test_what_was_decided_in_one_tab_is_known_in_the_other(paul: Person) -> None:
    paul.goes_to("/data")
    other = paul.context.new_page()
    paul.watch(other)
    other.goto("/data")
    paul.turns_on("Sleep")
    other.get_by_role("switch", name="Share Sleep", exact=True).click()

    expect(other.get_by_role("switch", name="Share Sleep", exact=True)).to_have_attribute("aria-checked", "true")
    other.close()


def test_without_scripts_berta_searches(meet: Meet, berta: Person) -> None:
    plain = meet("Berta Holm", java_script_enabled=False)
    plain.page.goto("/sign-in")
    plain.fills(email=plain.email, password="quiet rivers carry seven lanterns")
    plain.main.get_by_role("button", name="Sign in").click()
    plain.main.get_by_text("I have none of these at hand").click()
    plain.fills(recovery_code=berta.recovery_codes[0])
    plain.main.get_by_role("button", name="Use this code").click()
    plain.page.get_by_role("navigation", name="Main").get_by_role("link", name="Market", exact=True).click()
    plain.main.get_by_role("searchbox").fill("steps")
    plain.main.get_by_role("button", name="Search").click()

    plain.sees("Steps in spring")
    plain.main.get_by_role("searchbox").fill("glucose")
    plain.main.get_by_role("button", name="Search").click()
    plain.sees("Nothing matches")


def test_without_scripts_paul_brings_in_data_and_turns_it_on(meet: Meet, paul: Person, export: Path) -> None:
    plain = meet("Paul Okafor", java_script_enabled=False)
    plain.page.goto("/sign-in?next=/data/bring")
    plain.fills(email=plain.email, password="quiet rivers carry seven lanterns")
    plain.main.get_by_role("button", name="Sign in").click()
    plain.main.get_by_label("Your export", exact=True).set_input_files(export)
    plain.main.get_by_role("button", name="Bring it in").click()
    plain.waits_for(plain.main.get_by_text("All of it is read"))
    plain.main.get_by_role("link", name="See what was found").click()
    plain.main.get_by_role("switch", name="Share Weight", exact=True).click()

    expect(plain.main.get_by_role("switch", name="Share Weight", exact=True)).to_have_attribute("aria-checked", "true")
