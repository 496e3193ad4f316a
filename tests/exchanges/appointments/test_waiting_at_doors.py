"""Waiting, in the browser and by program."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from icalendar import Calendar

from salus.kernel.actor import Actor
from salus.kernel.context import Origin, nobody
from salus.shared.people import actions as people
from salus.web.security import session_cookie
from salus.worker import settle_everything
from tests.browsing import Browser
from tests.cast import PASSWORD, code_of, email_of, patient, ticket
from tests.exchanges.appointments.queue import Queue, moment
from tests.exchanges.appointments.scene import Surgery


@pytest.fixture
def queue(surgery: Surgery, tenant: UUID) -> Queue:
    return Queue(surgery, patient(tenant, "Pavel"))


@pytest.fixture
def petra_waits(browser: Browser, queue: Queue, tenant: UUID, petra: Actor) -> str:
    """The address of the page on which she joined the list, by the form that is there."""
    browser.cookies.set(session_cookie(), ticket(tenant, "Petra").token)
    page = f"/waiting/join/{queue.visit_type.id}"
    day = queue.day.isoformat()
    times = {"from_hour": "9", "until_hour": "10", "weekdays": "0"}
    joined = browser.submit(page, on=page, from_day=day, until_day=day, **times)
    assert joined.headers["location"] == "/waiting"
    settle_everything()
    return page


def program_of(tenant: UUID, name: str) -> dict[str, str]:
    """What a program sends along that somebody signed in."""
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        token = people.sign_in(ctx, email=email_of(name), password=PASSWORD).token
    return {"authorization": f"Bearer {token}"}


def offer_in(page: str) -> str:
    found = re.search(r'href="(/waiting/offers/[^"]*)"', page)
    assert found is not None, "no time is offered on this page"
    return found[1]


def test_a_patient_waits_and_takes_what_is_offered(browser: Browser, queue: Queue, petra_waits: str) -> None:
    waiting = browser.get("/waiting").text
    assert "Long talk with Dr Dora Lind" in waiting
    assert "Monday" in waiting
    assert "/waiting/offers/" not in waiting

    queue.becomes_free()
    offer = offer_in(browser.get("/waiting").text)
    assert re.search(r"We hold this time for you for \d+ (hour|minute)", browser.get(offer).text)
    taken = browser.submit(f"{offer}/accept", on=offer, reason="My knee")

    assert taken.headers["location"] == offer.replace("/waiting/offers/", "/appointments/")
    assert "My knee" in browser.get(taken.headers["location"]).text
    assert "You took this time" in browser.get(offer).text
    assert "You wait for nothing" in browser.get("/waiting").text


def test_a_patient_declines_and_waits_on(browser: Browser, queue: Queue, petra_waits: str) -> None:
    queue.becomes_free()
    offer = offer_in(browser.get("/waiting").text)

    browser.submit(f"{offer}/decline", on=offer)

    assert "You declined this time" in browser.get(offer).text
    assert "Long talk with Dr Dora Lind" in browser.get("/waiting").text


def test_what_is_held_no_more_says_so(browser: Browser, queue: Queue, petra: Actor, petra_waits: str) -> None:
    queue.becomes_free()
    offer = offer_in(browser.get("/waiting").text)
    offered = queue.offered(petra)
    assert offered is not None

    queue.lapse(offered.expires_at)

    assert "This time is held no more" in browser.get(offer).text
    assert "Take this time" not in browser.get(offer).text


def test_a_form_that_cannot_be_met_comes_back_with_what_is_wrong(
    browser: Browser, queue: Queue, petra_waits: str
) -> None:
    (waits,) = re.findall(r'action="(/waiting/[^"]*/leave)"', browser.get("/waiting").text)
    browser.submit(waits, on="/waiting")

    day = queue.day.isoformat()
    again = browser.submit(
        petra_waits, on=petra_waits, from_day=day, until_day=day, from_hour="9", until_hour="9", weekdays="0"
    )

    assert again.status_code == 422
    assert "ends after it starts" in again.text


def test_whoever_rests_presses_once_to_be_asked_again(browser: Browser, surgery: Surgery, petra: Actor) -> None:
    queue = resting(surgery, petra)
    browser.cookies.set(session_cookie(), ticket(queue.tenant, "Petra").token)
    (renew,) = re.findall(r'action="(/waiting/[^"]*/renew)"', browser.get("/waiting").text)

    assert browser.submit(renew, on="/waiting").headers["location"] == "/waiting"
    settle_everything()

    assert "A time is free for you" in browser.get("/waiting").text


def test_a_program_says_that_somebody_still_waits(browser: Browser, surgery: Surgery, petra: Actor) -> None:
    queue = resting(surgery, petra)
    auth = program_of(queue.tenant, "Petra")
    (waits,) = browser.get("/v1/appointments/waiting", headers=auth).json()
    assert (waits["state"], waits["unanswered"]) == ("resting", 3)

    renewed = browser.request("POST", f"/v1/appointments/waiting/{waits['id']}/renewal", headers=auth)

    assert (renewed.status_code, renewed.json()["state"], renewed.json()["unanswered"]) == (201, "waiting", 0)


def test_a_practice_sees_its_waiting_list(browser: Browser, surgery: Surgery, petra: Actor, tenant: UUID) -> None:
    browser.cookies.set(session_cookie(), ticket(tenant, "Dora", code=code_of(tenant, "Dora")).token)
    assert "Nobody waits" in browser.get("/patients/waiting").text

    resting(surgery, petra)

    shown = browser.get("/patients/waiting").text
    for words in ("Long talk, 1 person", "Petra", "3 times", "Resting", "3 unanswered"):
        assert words in shown


def resting(surgery: Surgery, waits: Actor) -> Queue:
    """Somebody left three offers unanswered."""
    queue = Queue(surgery, patient(surgery.tenant, "Pavel"))
    queue.joined_by(waits, from_hour=10, until_hour=17)
    for _ in range(3):
        offered = queue.offered(waits)
        assert offered is not None
        queue.lapse(offered.expires_at)
    return queue


def test_programs_wait_and_take_what_is_offered(browser: Browser, queue: Queue, tenant: UUID, petra: Actor) -> None:
    auth = program_of(tenant, "Petra")
    day = queue.day.isoformat()
    wish = {"visit_type_id": str(queue.visit_type.id), "from_day": day, "until_day": day, "until_hour": 10}
    made = browser.request("POST", "/v1/appointments/waiting", json=wish, headers=auth)
    assert (made.status_code, made.json()["state"], made.json()["weekdays"]) == (201, "waiting", [*range(7)])
    settle_everything()

    queue.becomes_free()
    waits = browser.get(f"/v1/appointments/waiting/{made.json()['id']}", headers=auth).json()
    assert [waits] == browser.get("/v1/appointments/waiting", headers=auth).json()
    offer = f"/v1/appointments/waiting/offers/{waits['offered']['id']}"
    assert browser.get(offer, headers=auth).json()["state"] == "open"
    taken = browser.request("POST", f"{offer}/acceptance", json={}, headers=auth)

    assert (taken.status_code, taken.json()["id"]) == (201, waits["offered"]["id"])
    refused = browser.request("POST", f"{offer}/refusal", headers=auth)
    assert (refused.status_code, refused.json()["type"]) == (410, "urn:salus:refusal:offer-over")
    file = browser.get(f"/v1/appointments/{taken.json()['id']}/calendar", headers=auth)
    assert file.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(file.text).events
    assert event.start == queue.nine


def test_programs_stop_waiting(browser: Browser, queue: Queue, tenant: UUID, petra: Actor) -> None:
    waiting = queue.joined_by(petra)
    auth = program_of(tenant, "Petra")

    left = browser.request("DELETE", f"/v1/appointments/waiting/{waiting.id}", headers=auth)

    assert left.json()["state"] == "left"
    assert browser.get("/v1/appointments/waiting", headers=auth).json() == []


def test_an_appointment_is_saved_for_the_calendar(browser: Browser, queue: Queue, tenant: UUID) -> None:
    browser.cookies.set(session_cookie(), ticket(tenant, "Pavel").token)

    file = browser.get(f"/appointments/{queue.booked.id}/calendar.ics")

    assert "attachment" in file.headers["content-disposition"]
    (event,) = Calendar.from_ical(file.text).events
    assert event["SUMMARY"] == "Dr Dora Lind"


def test_the_page_counts_down_by_itself(browser: Browser, queue: Queue, petra: Actor, tenant: UUID) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    with moment(offered.expires_at - timedelta(minutes=1, seconds=30)):
        browser.cookies.set(session_cookie(), ticket(tenant, "Petra").token)
        assert "for 1 minute more" in browser.get(f"/waiting/offers/{offered.id}").text
