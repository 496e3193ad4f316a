"""What clocks on walls show, and when that is, on the two days a year that are no day long."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import days_of, instant, on_day, whole_day

NEW_YORK = ZoneInfo("America/New_York")
FORWARD = date(2026, 3, 8)
"""In New York, 02:00 becomes 03:00."""
BACK = date(2026, 11, 1)
"""In New York, 02:00 becomes 01:00."""


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("day", "shown", "moment"),
    [
        pytest.param(date(2026, 1, 15), time(9), utc(2026, 1, 15, 14), id="in winter"),
        pytest.param(date(2026, 7, 15), time(9), utc(2026, 7, 15, 13), id="in summer"),
        pytest.param(FORWARD, time(1, 59), utc(2026, 3, 8, 6, 59), id="the last minute before clocks go forward"),
        pytest.param(FORWARD, time(2, 30), utc(2026, 3, 8, 7, 30), id="what no clock shows is read as before"),
        pytest.param(FORWARD, time(3, 30), utc(2026, 3, 8, 7, 30), id="and is what they call 03:30"),
        pytest.param(BACK, time(1, 30), utc(2026, 11, 1, 5, 30), id="of two times that clocks show it, the first"),
        pytest.param(BACK, time(2, 0), utc(2026, 11, 1, 7, 0), id="after clocks went back"),
    ],
)
def test_a_clock_shows_a_moment(day: date, shown: time, moment: datetime) -> None:
    assert instant(datetime.combine(day, shown), NEW_YORK) == moment


@pytest.mark.parametrize(
    ("day", "hours"), [(FORWARD, 23), (BACK, 25), (date(2026, 6, 1), 24)], ids=["forward", "back", "any other"]
)
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    assert whole_day(day, NEW_YORK).length == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "starts", "ends", "hours"),
    [
        pytest.param(FORWARD, time(1), time(4), 2, id="an hour is missing"),
        pytest.param(BACK, time(0), time(3), 4, id="an hour comes twice"),
        pytest.param(FORWARD, time(2, 15), time(2, 45), 0.5, id="all of it in the hour that is missing"),
        pytest.param(date(2026, 3, 7), time(22), time(6), 7, id="a night in which clocks go forward"),
        pytest.param(date(2026, 10, 31), time(22), time(6), 9, id="a night in which clocks go back"),
    ],
)
def test_hours_last_as_long_as_time_really_passes(day: date, starts: time, ends: time, hours: float) -> None:
    found = on_day(day, starts, ends, NEW_YORK)

    assert found is not None
    assert found.length == timedelta(hours=hours)


def test_hours_that_clocks_pass_over_are_none() -> None:
    assert on_day(FORWARD, time(2, 30), time(3, 0), NEW_YORK) is None


def test_until_midnight_is_until_the_day_is_over() -> None:
    found = on_day(date(2026, 6, 1), time(18), time(0), NEW_YORK)

    assert found == Span(utc(2026, 6, 1, 22), utc(2026, 6, 2, 4))


def test_a_span_has_a_part_in_the_days_that_it_touches() -> None:
    until_midnight = whole_day(date(2026, 6, 1), NEW_YORK)

    assert days_of(until_midnight, NEW_YORK) == [date(2026, 6, 1)]
    assert days_of(until_midnight, ZoneInfo("UTC")) == [date(2026, 6, 1), date(2026, 6, 2)]
