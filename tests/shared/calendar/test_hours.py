"""When a doctor is open: hours by the clock of the place, holidays, closures, extra hours, and what is taken."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.errors import NotFound
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.recurrence import RuleNeverFalls, RuleNotUnderstood
from salus.shared.calendar.rules.refusals import (
    EndsBeforeItStarts,
    NotOpen,
    StillInUse,
    TooLong,
    TooManyHours,
    UnknownSubdivision,
    UnknownZone,
)
from salus.shared.calendar.schemas import HoursWrite, LocationWrite
from tests.cast import doctor
from tests.shared.calendar.scene import HELSINKI, Practice, span

WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
MORNING = span("07:00", "10:00")
"""From 09:00 to 12:00 in Helsinki, on a Monday in winter."""


def day_of(when: date) -> Span:
    start = datetime.combine(when, time(0), UTC)
    return Span(start - timedelta(hours=4), start + timedelta(hours=28))


def open_hours(practice: Practice, rule: str = WEEKDAYS, **differences: Any) -> UUID:
    given = {"rule": rule, "starts": time(9), "ends": time(12), "valid_from": date(2026, 1, 1)}
    with practice.context() as ctx:
        resource = queries.resource(ctx, practice.doctor_id)
        location = queries.location(ctx, practice.location_id)
        return actions.add_hours(ctx, resource, location, HoursWrite(**(given | differences))).id


def work_on_holidays(practice: Practice) -> None:
    with practice.context() as ctx:
        actions.keep_holidays(ctx, queries.resource(ctx, practice.doctor_id), on=False)


def free(practice: Practice, between: Span, **options: Any) -> list[Span]:
    return practice.free(practice.doctor_id, between, **options)


def test_a_doctor_is_open_when_the_hours_say_so(practice: Practice) -> None:
    open_hours(practice)

    assert free(practice, span("00:00", "23:00")) == [MORNING]
    assert free(practice, span("00:00", "23:00", day=5)) == []


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(practice: Practice) -> None:
    """In Helsinki they go forward on 28 March 2027: nine is 07:00 in UTC before, and 06:00 after."""
    open_hours(practice, "FREQ=DAILY")
    work_on_holidays(practice)

    starts = [one.start for one in free(practice, Span(_utc(27), _utc(30)))]

    assert starts == [_utc(27, 7), _utc(28, 6), _utc(29, 6)]


def _utc(day: int, hour: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=UTC)


def test_a_night_in_which_an_hour_is_missing_is_shorter(practice: Practice) -> None:
    open_hours(practice, "FREQ=DAILY", starts=time(22), ends=time(6))
    work_on_holidays(practice)

    nights = [one.length for one in free(practice, Span(_utc(26, 12), _utc(29, 12)))]

    assert nights == [timedelta(hours=8), timedelta(hours=7), timedelta(hours=8)]


def test_hours_that_reach_past_midnight_are_open_after_it(practice: Practice) -> None:
    open_hours(practice, "FREQ=WEEKLY;BYDAY=SU", starts=time(22), ends=time(6))

    assert free(practice, span("00:00", "12:00")) == [span("00:00", "04:00")]


def test_a_holiday_closes_the_day(practice: Practice) -> None:
    """6 December 2027, Independence Day, is a Monday."""
    open_hours(practice)

    assert free(practice, day_of(date(2027, 12, 6))) == []
    assert len(free(practice, day_of(date(2027, 12, 7)))) == 1


def test_a_doctor_may_work_on_holidays(practice: Practice) -> None:
    open_hours(practice)

    work_on_holidays(practice)

    assert len(free(practice, day_of(date(2027, 12, 6)))) == 1


@pytest.mark.parametrize(("subdivision", "is_open"), [("BY", False), ("HH", True), (None, True)])
def test_holidays_are_those_of_the_part_of_the_country(
    practice: Practice, subdivision: str | None, is_open: bool
) -> None:
    """Corpus Christi, 27 May 2027, is kept in Bavaria and not in Hamburg."""
    german = LocationWrite(name="Praxis", city="X", country="DE", subdivision=subdivision, zone="Europe/Berlin")
    with practice.context() as ctx:
        actions.change_location(ctx, queries.location(ctx, practice.location_id), german)
    open_hours(practice)

    assert bool(free(practice, day_of(date(2027, 5, 27)))) is is_open


def test_a_closure_takes_time_out_and_leaves_what_was_booked(practice: Practice) -> None:
    open_hours(practice)
    booked = practice.take(span("07:00", "08:00"), practice.doctor_id)

    close(practice, span("06:00", "09:00"))

    assert free(practice, span("00:00", "23:00")) == [span("09:00", "10:00")]
    assert len(practice.claims(booked)) == 1
    with pytest.raises(NotOpen):
        practice.take(span("08:00", "08:30"), practice.doctor_id)


def close(practice: Practice, during: Span, resource_id: UUID | None = None) -> UUID:
    with practice.context() as ctx:
        resource = queries.resource(ctx, resource_id or practice.doctor_id)
        return actions.close(ctx, resource, during, note="Repair").id


def test_a_room_without_hours_is_always_open_but_when_it_is_closed(practice: Practice) -> None:
    room = practice.thing()
    close(practice, span("08:00", "09:00"), room)

    assert practice.free(room, span("07:00", "10:00")) == [span("07:00", "08:00"), span("09:00", "10:00")]


def test_extra_hours_open_a_day_that_is_closed(practice: Practice) -> None:
    open_hours(practice)
    close(practice, span("00:00", "23:00"))
    evening = span("16:00", "18:00")

    with practice.context() as ctx:
        resource, location = queries.resource(ctx, practice.doctor_id), queries.location(ctx, practice.location_id)
        actions.open_extra(ctx, resource, location, evening)

    assert free(practice, span("00:00", "23:00")) == [evening]


def test_what_was_otherwise_can_be_as_usual_again(practice: Practice) -> None:
    open_hours(practice)
    closure_id = close(practice, span("00:00", "23:00"))

    with practice.context() as ctx:
        actions.remove_special_hours(ctx, queries.one_of_special_hours(ctx, closure_id))

    assert free(practice, span("00:00", "23:00")) == [MORNING]


def test_hours_can_be_removed(practice: Practice) -> None:
    hours_id = open_hours(practice)

    with practice.context() as ctx:
        actions.remove_hours(ctx, queries.one_of_hours(ctx, hours_id))

    assert free(practice, span("00:00", "23:00")) == []


def test_a_doctor_is_open_where_the_hours_are(practice: Practice) -> None:
    other = practice.another_location()
    open_hours(practice)
    open_hours(other, starts=time(13), ends=time(15))

    assert free(practice, span("00:00", "23:00"), at=other.location_id) == [span("11:00", "13:00")]
    with pytest.raises(NotOpen):
        practice.take(span("07:00", "07:30"), practice.doctor_id, at=other.location_id)


def test_what_is_taken_is_not_free(practice: Practice) -> None:
    open_hours(practice)
    practice.take(span("08:00", "08:30"), practice.doctor_id)

    assert free(practice, span("00:00", "23:00")) == [span("07:00", "08:00"), span("08:30", "10:00")]


@pytest.mark.parametrize("during", [span("06:30", "07:30"), span("09:30", "10:30"), span("07:00", "07:30", day=5)])
def test_nobody_books_outside_of_the_hours(practice: Practice, during: Span) -> None:
    open_hours(practice)

    with pytest.raises(NotOpen):
        practice.take(during, practice.doctor_id)


def test_hours_end_with_the_last_day_of_their_rule(practice: Practice) -> None:
    open_hours(practice, f"{WEEKDAYS};UNTIL=20270301T070000Z")

    assert free(practice, span("00:00", "23:00")) == [MORNING]
    assert free(practice, span("00:00", "23:00", day=1)) == []


@pytest.mark.parametrize(
    ("differences", "refusal"),
    [
        ({"rule": "FREQ=HOURLY"}, RuleNotUnderstood),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, RuleNeverFalls),
        ({"ends": time(9)}, EndsBeforeItStarts),
        ({"valid_until": date(2025, 12, 31)}, EndsBeforeItStarts),
    ],
)
def test_hours_that_cannot_be_are_refused(
    practice: Practice, differences: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        open_hours(practice, **differences)


def test_a_calendar_has_a_hundred_lines_of_hours_at_most(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.shared.calendar.actions.hours.MOST_HOURS", 2)
    open_hours(practice)
    open_hours(practice)

    with pytest.raises(TooManyHours):
        open_hours(practice)


def test_a_closure_lasts_a_year_at_most(practice: Practice) -> None:
    with pytest.raises(TooLong):
        close(practice, Span(MORNING.start, MORNING.start + timedelta(days=400)))


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [({"zone": "Europe/Atlantis"}, UnknownZone), ({"subdivision": "XX"}, UnknownSubdivision)],
)
def test_a_location_is_where_there_are_clocks_and_holidays(
    practice: Practice, wanted: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), practice.context() as ctx:
        actions.add_location(ctx, HELSINKI.model_copy(update=wanted))


def test_a_location_is_kept_while_somebody_has_hours_there(practice: Practice) -> None:
    hours_id = open_hours(practice)

    with pytest.raises(StillInUse), practice.context() as ctx:
        actions.retire_location(ctx, queries.location(ctx, practice.location_id))

    with practice.context() as ctx:
        actions.remove_hours(ctx, queries.one_of_hours(ctx, hours_id))
        actions.retire_location(ctx, queries.location(ctx, practice.location_id))
        assert queries.locations(ctx) == []


def test_what_belongs_to_another_practice_does_not_exist(practice: Practice, tenant: UUID) -> None:
    hours_id, closure_id = open_hours(practice), close(practice, MORNING)
    edda = doctor(tenant, "Edda", organisation="Hill Clinic")

    for question, its in (
        (queries.location, practice.location_id),
        (queries.resource, practice.doctor_id),
        (queries.one_of_hours, hours_id),
        (queries.one_of_special_hours, closure_id),
    ):
        with pytest.raises(NotFound), practice.context(edda) as ctx:
            question(ctx, its)


def test_a_note_is_kept_under_the_key_of_whose_calendar_it_is(practice: Practice, dora: Actor) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    close(practice, Span(tomorrow, tomorrow + timedelta(hours=1)))

    with practice.context() as ctx:
        (special,) = queries.special_hours(ctx, queries.resource(ctx, practice.doctor_id))
        assert special.note == "Repair"
        assert special.sealed_for == dora.id
        assert b"Repair" not in special.note_sealed
