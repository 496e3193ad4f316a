"""A doctor sees their day: what is booked, what is free, what is blocked, and why it is closed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from salus.kernel.errors import NotFound
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.agenda import Day, LineKind
from salus.shared.calendar.rules.refusals import TimeTaken, TooLong
from salus.shared.calendar.schemas import HoursWrite
from tests.cast import doctor
from tests.shared.calendar.scene import Practice, span

MONDAY = date(2027, 3, 1)
MORNING = {"rule": "FREQ=WEEKLY;BYDAY=MO", "starts": time(9), "ends": time(12), "valid_from": date(2026, 1, 1)}
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def mornings(practice: Practice) -> Practice:
    """Open on Mondays from nine to twelve, which is 07:00 to 10:00 in UTC."""
    with practice.context() as ctx:
        resource, place = queries.resource(ctx, practice.doctor_id), queries.location(ctx, practice.location_id)
        actions.add_hours(ctx, resource, place, HoursWrite(**MORNING))
    return practice


def agenda(practice: Practice, day: date = MONDAY, **options: Any) -> list[Day]:
    with practice.context() as ctx:
        return queries.agenda(ctx, queries.resource(ctx, practice.doctor_id), day, **options).days


def lines(practice: Practice, day: date = MONDAY) -> list[tuple[str, Span]]:
    (only,) = agenda(practice, day)
    return [(line.kind, line.during) for line in only.lines]


def block(practice: Practice, during: Span, note: str = "") -> UUID:
    with practice.context() as ctx:
        return actions.block(ctx, queries.resource(ctx, practice.doctor_id), during, note=note).id


def test_a_day_is_what_was_booked_with_its_buffers_and_what_is_free(mornings: Practice) -> None:
    mornings.take(span("08:00", "08:30"), mornings.doctor_id, before=TEN_MINUTES, after=TEN_MINUTES)

    assert lines(mornings) == [
        (LineKind.FREE, span("07:00", "07:50")),
        (LineKind.BUFFER, span("07:50", "08:00")),
        (LineKind.BOOKED, span("08:00", "08:30")),
        (LineKind.BUFFER, span("08:30", "08:40")),
        (LineKind.FREE, span("08:40", "10:00")),
    ]


def test_a_day_begins_at_midnight_where_it_is(mornings: Practice) -> None:
    """At 22:30 in UTC on Sunday it is Monday in Helsinki."""
    late = Span(span("00:00", "01:00").start - timedelta(hours=1, minutes=30), span("00:00", "01:00").start)
    block(mornings, late)

    assert lines(mornings)[0] == (LineKind.BLOCKED, late)


def test_what_spans_midnight_is_on_both_days(practice: Practice) -> None:
    night = span("18:00", "23:00")
    block(practice, night)

    sunday_part, monday_part = lines(practice), lines(practice, MONDAY + timedelta(days=1))

    assert sunday_part == [(LineKind.BLOCKED, span("18:00", "22:00"))]
    assert monday_part == [(LineKind.BLOCKED, span("22:00", "23:00"))]


def test_a_week_is_from_monday_to_sunday(mornings: Practice) -> None:
    days = agenda(mornings, MONDAY + timedelta(days=3), whole_week=True)

    assert [one.day for one in days] == [MONDAY + timedelta(days=number) for number in range(7)]
    assert [len(one.lines) for one in days] == [1, 0, 0, 0, 0, 0, 0]


def test_a_holiday_and_a_closure_say_why_it_is_closed(mornings: Practice) -> None:
    independence_day = date(2027, 12, 6)
    closed = Span(datetime(2027, 12, 6, 8, tzinfo=UTC), datetime(2027, 12, 6, 9, tzinfo=UTC))
    with mornings.context() as ctx:
        actions.close(ctx, queries.resource(ctx, mornings.doctor_id), closed, note="Stocktaking")

    (day,) = agenda(mornings, independence_day)

    assert day.holiday == "Independence Day"
    assert [(line.kind, line.title) for line in day.lines] == [(LineKind.CLOSED, "Stocktaking")]


def test_a_blocked_time_is_nobodys_to_book(mornings: Practice) -> None:
    block(mornings, span("08:00", "09:00"), note="Dentist")

    with pytest.raises(TimeTaken):
        mornings.take(span("08:30", "09:00"), mornings.doctor_id)

    (day,) = agenda(mornings)
    assert ("Dentist", LineKind.BLOCKED) in [(line.title, line.kind) for line in day.lines]


def test_what_is_booked_cannot_be_blocked_away(mornings: Practice) -> None:
    mornings.take(span("08:00", "08:30"), mornings.doctor_id)

    with pytest.raises(TimeTaken):
        block(mornings, span("07:00", "10:00"))


def test_a_blocked_time_can_be_given_free_again(mornings: Practice) -> None:
    block_id = block(mornings, span("08:00", "09:00"))

    with mornings.context() as ctx:
        actions.unblock(ctx, queries.blocked_time(ctx, block_id))

    assert lines(mornings) == [(LineKind.FREE, span("07:00", "10:00"))]


def test_a_time_is_blocked_for_a_month_at_most(practice: Practice) -> None:
    start = span("08:00", "09:00").start

    with pytest.raises(TooLong):
        block(practice, Span(start, start + timedelta(days=40)))


def test_a_hold_is_shown_as_one(mornings: Practice) -> None:
    until = datetime.now(UTC) + timedelta(minutes=15)
    mornings.take(span("07:00", "08:00"), mornings.doctor_id, hold_until=until)

    assert lines(mornings)[0] == (LineKind.HELD, span("07:00", "08:00"))


def test_another_practice_sees_and_blocks_nothing(mornings: Practice, tenant: UUID) -> None:
    block_id = block(mornings, span("08:00", "09:00"))
    edda = doctor(tenant, "Edda", organisation="Hill Clinic")

    with pytest.raises(NotFound), mornings.context(edda) as ctx:
        queries.resource(ctx, mornings.doctor_id)
    with pytest.raises(NotFound), mornings.context(edda) as ctx:
        queries.blocked_time(ctx, block_id)
