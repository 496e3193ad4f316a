"""A doctor opens a practice, a patient books with insurance, moves and cancels; another gets the time that is free."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from house import INSURER_KEY
from persons import Person

from salus.program import PASSWORD

pytestmark = pytest.mark.browser
Meet = Callable[..., Person]
HELSINKI = ZoneInfo("Europe/Helsinki")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VISIT = "Long consultation"


@dataclass
class Practice:
    """Who meets at Dora's, who has one hour a day."""

    dora: Person
    petra: Person
    per: Person
    ada: Person
    day: str = ""
    """On which Petra has an appointment, as the practice's calendar has it."""

    def ada_names_an_insurer(self) -> None:
        ada = self.ada
        ada.goes_to("/insurers/new")
        self._describe_the_insurer()
        if "/confirm" in ada.page.url:
            ada.gives_code()
            ada.goes_to("/insurers/new")
            self._describe_the_insurer()
        ada.sees("Nordic Health")

    def _describe_the_insurer(self) -> None:
        ada = self.ada
        ada.fills(name="Nordic Health", payer_code="NORDIC-1", endpoint=ada.house.insurer_url, key=INSURER_KEY)
        ada.presses("Add it")

    def dora_is_approved(self) -> None:
        dora = self.dora
        dora.goes_to("/sign-up")
        dora.follows("Sign up as a doctor")
        dora.fills(name=dora.name, email=dora.email, password=PASSWORD, organisation="Harbour Clinic")
        dora.fills(country="FI", registration_number="3456789-0")
        dora.presses("Create my account")
        dora.follows_the_letter()
        self.ada.approves_everybody()
        dora.signs_in_and_sets_up_an_app()

    def dora_opens_her_practice(self) -> None:
        dora = self.dora
        dora.opens("My practice")
        dora.fills(public_name="Dr Dora Lind", about="I take my time.")
        for choice in "General practice", "English", "Nordic Health":
            dora.main.get_by_role("checkbox", name=choice, exact=True).check()
        dora.presses("Save")
        dora.opens("Hours and places")
        dora.follows("Add a location")
        dora.fills(name="Harbour Clinic", address="Satamakatu 1", city="Helsinki", country="FI", zone="Europe/Helsinki")
        dora.presses("Add the location")
        dora.opens("Hours and places")
        dora.follows("Your opening hours")
        for day in DAYS:
            dora.main.get_by_role("checkbox", name=day, exact=True).check()
        dora.fills(starts="09:00", ends="10:00")
        dora.presses("Add these hours")

    def dora_lets_patients_find_her(self) -> None:
        dora = self.dora
        dora.opens("My practice")
        dora.follows("Add a kind of visit")
        dora.fills(name=VISIT, price="80.00", minutes="60", every_minutes="60")
        dora.presses("Save")
        dora.presses("Let patients find me")
        dora.is_told("Patients find you now.")
        dora.opens("Calendar")

    def petra_finds_a_time(self) -> None:
        petra = self.petra
        _signs_up_to_see_doctors(petra)
        petra.opens("Insurance")
        petra.fills(member_number="NH 1234 0001", plan="Everything")
        petra.presses("Add it")
        petra.opens("Find a doctor")
        petra.follows("Dr Dora Lind")
        petra.follows("See free times")

    def petra_books_with_her_insurance(self) -> None:
        petra = self.petra
        # The second one: the first may begin so soon that it cannot be moved any more.
        free = petra.main.locator("a.time").nth(1)
        found = re.search(r"/(\d+)(\?|$)", free.get_attribute("href") or "")
        assert found is not None
        self.day = datetime.fromtimestamp(int(found[1]), UTC).astimezone(HELSINKI).date().isoformat()
        with petra.page.expect_navigation():
            free.click()
        petra.examine()
        petra.main.get_by_role("radio", name=re.compile("Nordic Health")).check()
        petra.fills(reason="A cough that does not end.")
        petra.presses("Book this time")
        petra.is_told("Booked.")
        petra.sees("Your insurer covers this visit", "A cough that does not end.")

    def per_waits_for_that_day(self) -> None:
        per = self.per
        _signs_up_to_see_doctors(per)
        per.opens("Find a doctor")
        per.follows("Dr Dora Lind")
        per.follows("Wait for a time")
        per.fills(from_day=self.day, until_day=self.day)
        per.presses("Wait for a time")
        per.sees(f"{VISIT} with Dr Dora Lind")

    def petra_moves_to_another_day(self) -> None:
        petra = self.petra
        petra.follows("Choose another time")
        with petra.page.expect_navigation():
            petra.main.locator("button.time").last.click()
        petra.examine()
        petra.is_told("Your appointment has its new time.")

    def per_is_asked_and_takes_the_time(self) -> None:
        per = self.per
        offer = per.main.get_by_role("link", name="Take it or decline it")
        per.goes_to("/waiting")
        per.waits_for(offer)
        per.examine()
        per.follows("Take it or decline it")
        per.presses("Take this time")
        per.sees("Booked")

    def petra_cancels(self) -> None:
        petra = self.petra
        petra.fills(because="I am well again.")
        petra.agrees_to("Cancel this appointment")
        petra.sees("This appointment is cancelled", "I am well again.")

    def dora_sees_who_comes(self) -> None:
        dora = self.dora
        dora.opens("Patients")
        dora.sees("Per Lund")
        dora.goes_to(f"/calendar?day={self.day}")
        dora.sees("Per Lund")


def _signs_up_to_see_doctors(patient: Person) -> None:
    patient.goes_to("/sign-up")
    patient.follows("Sign up to book")
    patient.fills(name=patient.name, email=patient.email, password=PASSWORD)
    patient.presses("Create my account")
    patient.follows_the_letter()
    patient.signs_in()


def test_from_the_opening_of_a_practice_to_the_time_that_somebody_else_gave_back(meet: Meet, ada: Person) -> None:
    practice = Practice(meet("Dora Lind"), meet("Petra Salo"), meet("Per Lund"), ada)

    practice.ada_names_an_insurer()
    practice.dora_is_approved()
    practice.dora_opens_her_practice()
    practice.dora_lets_patients_find_her()
    practice.petra_finds_a_time()
    practice.petra_books_with_her_insurance()
    practice.per_waits_for_that_day()
    practice.petra_moves_to_another_day()
    practice.per_is_asked_and_takes_the_time()
    practice.petra_cancels()
    practice.dora_sees_who_comes()
