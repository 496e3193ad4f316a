"""The watch over the records and an incident, in the browser."""

import re
from collections.abc import Callable

import pytest
from persons import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
Meet = Callable[..., Person]


def test_a_stranger_reports_and_an_administrator_leads_it_to_the_people_affected(meet: Meet, ada: Person) -> None:
    finn = meet("Finn Stranger")
    finn.goes_to("/report")
    finn.fills(words="A list of people lies open.")
    finn.presses("Send the report")
    reference = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", finn.main.inner_text())
    assert reference is not None

    ada.opens("Security")
    ada.sees("Sign-ins per hour")
    expect(ada.main.locator("figure[data-drawn]").first).to_be_visible()
    ada.follows(f"Incident {reference[0]}")
    ada.sees("A list of people lies open.")
    ada.main.get_by_label("Why", exact=True).last.fill("The list was read.")
    ada.presses("Take this step")
    ada.sees("Contained: it does no further harm")
    ada.main.get_by_text("Ask the records").click()
    ada.fills(operations="people.sign_in")
    ada.main.get_by_text("Also what people did with their own data").click()
    ada.presses("Find and add them")
    ada.sees("Tell them")


def test_an_administrator_looks_at_every_page_of_security(ada: Person) -> None:
    ada.goes_to("/security")
    ada.follows("Rules")
    expect(ada.main.get_by_role("link", name="One network tries many accounts")).to_be_visible()
    ada.follows("Health data opened outside office hours")
    ada.sees("free days count as a whole")
    ada.goes_to("/security/events")
    expect(ada.main.get_by_role("heading", level=1)).to_have_text("Security events")
    ada.goes_to("/security/incidents")
    ada.sees("Open an incident")
