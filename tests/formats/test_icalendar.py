"""Calendar files, read by programs that are not ours: `icalendar`, and for zones `dateutil`."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar, Event

from salus.formats.icalendar import Entry, Method, Party, calendar

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
TOLD = datetime(2027, 1, 1, tzinfo=UTC)
ZONES = [
    *("Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"),
    *("Africa/Casablanca", "Europe/Dublin"),  # where summer is standard time, by law
]


def entry(**changes: object) -> Entry:
    told: dict[str, object] = {
        "uid": "1@salus.example",
        "starts_at": NOON,
        "ends_at": NOON + timedelta(minutes=30),
        "zone": "Europe/Helsinki",
        "title": "Appointment",
        "stamped_at": TOLD,
    }
    return Entry(**told | changes)  # type: ignore[arg-type]


def only_event(file: bytes) -> Event:
    (event,) = Calendar.from_ical(file.decode()).events
    return event


def test_an_entry_is_read_as_it_was_meant() -> None:
    event = only_event(calendar([entry(place="Harbour Clinic, Quay 1; Helsinki", link="https://salus.example/a")]))

    assert (event["UID"], event["SUMMARY"], event["SEQUENCE"]) == ("1@salus.example", "Appointment", 0)
    assert event["LOCATION"] == "Harbour Clinic, Quay 1; Helsinki"
    assert event["URL"] == "https://salus.example/a"
    assert (event.start, event.end) == (NOON, NOON + timedelta(minutes=30))
    assert event.start.hour == 14  # on the wall in Helsinki
    assert event["DTSTAMP"].dt == TOLD
    assert event["STATUS"] == "CONFIRMED"


def test_an_invitation_names_who_invites_and_who_comes() -> None:
    salus, petra = Party("Salus", "no-reply@salus.example"), Party("", "petra@people.example")
    file = calendar([entry(sequence=2, organiser=salus, attendee=petra)], method=Method.REQUEST)
    event = only_event(file)

    assert Calendar.from_ical(file.decode())["METHOD"] == "REQUEST"
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:no-reply@salus.example", "Salus")
    assert event["ATTENDEE"] == "mailto:petra@people.example"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["SEQUENCE"] == 2


def test_what_is_cancelled_says_so() -> None:
    file = calendar([entry(is_cancelled=True)], method=Method.CANCEL)

    assert Calendar.from_ical(file.decode())["METHOD"] == "CANCEL"
    assert only_event(file)["STATUS"] == "CANCELLED"


def test_words_add_no_line_of_their_own() -> None:
    evil = "Clinic\r\nATTENDEE:mailto:eve@people.example"
    told = entry(title=evil, place=evil, organiser=Party(evil, "no-reply@salus.example"))
    event = only_event(calendar([told], method=Method.REQUEST))

    assert "ATTENDEE" not in event
    assert event["SUMMARY"] == evil.replace("\r", "")


def test_lines_are_no_longer_than_programs_must_read() -> None:
    file = calendar([entry(place="Länsisatamankatu " * 20)])

    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    assert only_event(file)["LOCATION"].startswith("Länsisatamankatu Länsi")


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_the_year_is_what_its_zone_says(zone: str) -> None:
    """Over both changes of the clocks, the hour that is skipped and the one that comes twice."""
    file = calendar([entry(zone=zone)]).decode()
    read = tzical(StringIO(file)).get(zone)
    assert read is not None

    for hour in range(366 * 24):
        then = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        assert then.astimezone(read).utcoffset() == then.astimezone(ZoneInfo(zone)).utcoffset(), then


@pytest.mark.parametrize("hour", [0, 1])
def test_the_hour_that_comes_twice_is_told_apart(hour: int) -> None:
    """In Helsinki 03:30 comes twice on 31 October 2027. iCalendar cannot name the second, and so it is in UTC."""
    starts = datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
    event = only_event(calendar([entry(starts_at=starts, ends_at=starts + timedelta(hours=2))]))

    assert (event.start.astimezone(UTC), event.end.astimezone(UTC)) == (starts, starts + timedelta(hours=2))


def test_entries_of_utc_need_no_rules() -> None:
    file = calendar([entry(zone="UTC")])

    assert b"VTIMEZONE" not in file
    assert only_event(file).start == NOON


def test_a_feed_says_how_often_it_is_worth_reading() -> None:
    read = Calendar.from_ical(calendar([], name="Petra", refreshed_every=timedelta(hours=1)).decode())

    assert read["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert read["NAME"] == read["X-WR-CALNAME"] == "Petra"
