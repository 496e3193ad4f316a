"""Doctors at their calendar, on pages and over the API; and a calendar program at its feed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from icalendar import Calendar

from salus.app import create_app
from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.tenants import tenants
from salus.shared.calendar import actions
from salus.shared.people import actions as people
from salus.web import security
from tests.browsing import Browser, caller
from tests.cast import PASSWORD, actor_of, code_of, doctor, email_of
from tests.shared.calendar.scene import Practice

PLACE = {"name": "Harbour Clinic", "city": "Helsinki", "country": "fi", "zone": "Europe/Helsinki", "subdivision": ""}
MORNINGS = {"weekdays": "MO", "starts": "09:00", "ends": "12:00", "valid_from": "2026-01-01", "valid_until": ""}
MONDAY = "2027-03-01"


@pytest.fixture(scope="module")
def app(home: object) -> FastAPI:
    return create_app()


@pytest.fixture
def host(tenant: UUID) -> str:
    return next(known.hosts[0] for known in tenants() if known.id == tenant)


@pytest.fixture
def sign_in(app: FastAPI, host: str, tenant: UUID) -> Iterator[Callable[[str], Browser]]:
    """The browser of whoever is named, signed in."""
    security._counts.clear()
    opened: list[Browser] = []

    def enter(name: str, *, with_code: bool = True) -> Browser:
        browser = Browser(app, host)
        opened.append(browser)
        browser.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD)
        if with_code:
            browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, name))
        return browser

    yield enter
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(sign_in: Callable[[str], Browser], dora: Actor) -> Browser:
    return sign_in("Dora")


def opened_calendar(browser: Browser) -> str:
    """Adds a location, opens the calendar and gives it hours, as the pages lead; its id."""
    answer = browser.submit("/places", on="/places/new", **PLACE)
    place = answer.headers["location"].rsplit("/", 1)[-1]
    hours = browser.submit("/hours", on="/hours").headers["location"]
    assert browser.submit(f"{hours}/weekly", on=hours, location_id=place, **MORNINGS).status_code == 303
    return hours.rsplit("/", 1)[-1]


def test_a_doctor_opens_a_calendar_and_sees_the_week(browser: Browser) -> None:
    assert "Your calendar is not open yet" in browser.get("/calendar").text

    calendar = opened_calendar(browser)

    shown = browser.get(f"/hours/{calendar}").text
    assert "Monday" in shown
    assert "Europe/Helsinki" in shown
    week = browser.get(f"/calendar/week?calendar_id={calendar}&day=2027-03-03").text
    assert "Monday 1 March 2027" in week
    assert ">09:00</time>" in week
    assert ">12:00</time>" in week


def test_a_doctor_blocks_a_time_and_frees_it(browser: Browser) -> None:
    calendar = opened_calendar(browser)
    page = f"/calendar?calendar_id={calendar}&day={MONDAY}"

    answer = browser.submit(
        f"/calendar/{calendar}/blocks", on=page, day=MONDAY, starts="10:00", ends="11:00", note="School play"
    )

    assert answer.headers["location"] == page
    shown = browser.get(page).text
    assert "School play" in shown
    assert "Helsinki time (UTC+2)" in shown
    block = re.search(r"/calendar/blocks/[\w-]+/remove", shown)
    assert block is not None
    assert browser.submit(block[0], on=page).status_code == 303
    assert "School play" not in browser.get(page).text


def test_a_time_that_ends_before_it_starts_is_said_on_the_day(browser: Browser) -> None:
    calendar = opened_calendar(browser)

    answer = browser.submit(
        f"/calendar/{calendar}/blocks", on="/calendar", day=MONDAY, starts="11:00", ends="10:00", note="School play"
    )

    assert answer.status_code == 422
    assert "ends before it starts" in answer.text
    assert "School play" in answer.text


def test_a_doctor_closes_for_a_holiday_and_opens_once_more(browser: Browser) -> None:
    calendar = opened_calendar(browser)
    hours = f"/hours/{calendar}"
    first = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    place = re.search(r'<option value="([\w-]{36})"', browser.get(hours).text)
    assert place is not None

    browser.submit(f"{hours}/closures", on=hours, first_day=first, last_day="", note="Leave")
    browser.submit(f"{hours}/extra", on=hours, day=first, opens="18:00", closes="20:00", place_id=place[1])

    shown = browser.get(hours).text
    assert "Leave" in shown
    assert "Closed" in shown
    assert "18:00 Helsinki time" in shown
    removal = re.findall(r"/hours/special/[\w-]+/remove", shown)
    assert len(removal) == 2
    for one in removal:
        browser.submit(one, on=hours)
    assert "Leave" not in browser.get(hours).text


def test_holidays_are_kept_or_not(browser: Browser) -> None:
    hours = f"/hours/{opened_calendar(browser)}"
    assert 'aria-checked="true"' in browser.get(hours).text

    # `submit` names the page with the form `on`, as this form does its field.
    browser.request("POST", f"{hours}/holidays", data={"csrf_token": _token(browser, hours), "on": "false"})

    assert 'aria-checked="false"' in browser.get(hours).text


def _token(browser: Browser, page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]*)"', browser.get(page).text)
    assert found is not None
    return found[1]


def test_a_room_is_added_named_and_taken_away(browser: Browser) -> None:
    place = browser.submit("/places", on="/places/new", **PLACE).headers["location"]

    browser.submit(f"{place}/things", on=place, kind="room", thing_name="Blue room")

    shown = browser.get(place).text
    assert "Blue room" in shown
    retire = re.search(r"/places/things/[\w-]+/retire", shown)
    assert retire is not None
    browser.submit(retire[0], on=place)
    assert "Blue room" not in browser.get(place).text
    assert browser.submit(f"{place}/retire", on=place).headers["location"] == "/hours"


def test_a_location_where_no_clocks_are_is_refused_with_what_was_typed(browser: Browser) -> None:
    answer = browser.submit("/places", on="/places/new", **(PLACE | {"zone": "Europe/Atlantis"}))

    assert answer.status_code == 422
    assert "We do not know this time zone" in answer.text
    assert "Harbour Clinic" in answer.text


@pytest.fixture
def program(app: FastAPI, host: str, tenant: UUID, dora: Actor) -> Iterator[Any]:
    """Dora's, with a session's token."""
    security._counts.clear()
    from_program = Origin(channel="api")
    with nobody(tenant, origin=from_program) as ctx:
        begun = people.sign_in(ctx, email=email_of("Dora"), password=PASSWORD).token
    with Context(actor_of(tenant, begun, "api"), tenant, origin=from_program) as ctx:
        token = people.confirm_totp(ctx, code_of(tenant, "Dora")).token
    client = caller(app, host, headers={"authorization": f"Bearer {token}"})
    yield client
    client.close()


def test_a_program_publishes_hours_and_reads_the_day(program: Any) -> None:
    place = program.post("/v1/calendar/locations", json={**PLACE, "subdivision": None}).json()["id"]
    calendar = program.post("/v1/calendar/calendars").json()["id"]
    its = f"/v1/calendar/calendars/{calendar}"
    hours = {"rule": "FREQ=WEEKLY;BYDAY=MO", "starts": "09:00", "ends": "12:00", "valid_from": "2026-01-01"}
    assert program.post(f"{its}/locations/{place}/hours", json=hours).status_code == 201
    blocked = {"starts_at": "2027-03-01T10:00:00+02:00", "ends_at": "2027-03-01T11:00:00+02:00", "note": "Play"}
    assert program.post(f"{its}/blocks", json=blocked).status_code == 201

    answer = program.get(f"{its}/agenda", params={"day": MONDAY}).json()

    assert answer["zone"] == "Europe/Helsinki"
    assert [(line["kind"], line["title"]) for line in answer["days"][0]["lines"]] == [
        ("free", "Free"),
        ("blocked", "Play"),
        ("free", "Free"),
    ]


@pytest.mark.parametrize("shown", ["09:00Z", "09:00+02:00", "09:00:01", "24:00"])
def test_hours_are_what_the_clock_on_the_wall_shows(program: Any, shown: str) -> None:
    place = program.post("/v1/calendar/locations", json={**PLACE, "subdivision": None}).json()["id"]
    its = f"/v1/calendar/calendars/{program.post('/v1/calendar/calendars').json()['id']}"
    hours = {"rule": "FREQ=DAILY", "starts": "09:00", "ends": "12:30:00", "valid_from": MONDAY}

    refused = program.post(f"{its}/locations/{place}/hours", json=hours | {"starts": shown})
    taken = program.post(f"{its}/locations/{place}/hours", json=hours)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "starts")
    assert (taken.json()["starts"], taken.json()["ends"]) == ("09:00", "12:30")


def test_a_program_is_told_what_is_wrong(program: Any) -> None:
    place = program.post("/v1/calendar/locations", json={**PLACE, "subdivision": None}).json()["id"]
    its = f"/v1/calendar/calendars/{program.post('/v1/calendar/calendars').json()['id']}"
    never = {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "starts": "09:00", "ends": "12:00", "valid_from": MONDAY}

    answer = program.post(f"{its}/locations/{place}/hours", json=never)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:salus:refusal:rule-never-falls")
    backwards = {"starts_at": "2027-03-01T11:00:00Z", "ends_at": "2027-03-01T10:00:00Z"}
    assert program.post(f"{its}/blocks", json=backwards).status_code == 422
    without_zone = {"starts_at": "2027-03-01T11:00:00", "ends_at": "2027-03-01T12:00:00"}
    assert program.post(f"{its}/blocks", json=without_zone).status_code == 422


def test_what_belongs_to_another_practice_is_not_found(program: Any, tenant: UUID) -> None:
    theirs = Practice(tenant, doctor(tenant, "Edda", organisation="Hill Clinic"))
    room = theirs.thing()

    for address in (
        f"/v1/calendar/locations/{theirs.location_id}",
        f"/v1/calendar/calendars/{theirs.doctor_id}",
        f"/v1/calendar/calendars/{room}/agenda",
        f"/v1/calendar/calendars/{room}/hours",
    ):
        assert program.get(address).status_code == 404
    assert program.delete(f"/v1/calendar/calendars/{room}").status_code == 404


def test_a_calendar_program_reads_the_feed_and_is_spared_what_it_has(
    app: FastAPI, host: str, practice: Practice, petra: Actor
) -> None:
    security._counts.clear()
    with practice.context(petra) as ctx:
        address = actions.make_feed(ctx).address
    path = "/calendar/" + address.rsplit("/", 1)[-1]
    client = caller(app, host)

    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})

    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/calendar")
    assert Calendar.from_ical(first.content)["METHOD"] == "PUBLISH"
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/calendar/{uuid4().hex}.ics").status_code == 404
    client.close()


def test_a_patient_makes_an_address_on_the_page_and_sees_it_once(sign_in: Callable[..., Browser], petra: Actor) -> None:
    browser = sign_in("Petra", with_code=False)

    answer = browser.submit("/account/calendar", on="/account/calendar", has_details="yes")

    found = re.search(r'data-copy="[^"]*(/calendar/[\w-]+\.ics)"', answer.text)
    assert found is not None
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get(found[1]).status_code == 200
    page = browser.get("/account/calendar").text
    assert found[1] not in page
    assert "What your entries are" in page
    browser.submit("/account/calendar/end", on="/account/calendar")
    assert browser.get(found[1]).status_code == 404
