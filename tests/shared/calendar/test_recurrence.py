"""On which days a rule falls."""

from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from salus.shared.calendar.rules import recurrence
from salus.shared.calendar.rules.recurrence import RuleNeverFalls, RuleNotUnderstood

HELSINKI = ZoneInfo("Europe/Helsinki")
FIRST = date(2026, 1, 7)


def days(rule: str, since: date, until: date, *, first: date = FIRST, last: date | None = None) -> list[date]:
    return list(recurrence.days(recurrence.checked(rule), first=first, last=last, since=since, until=until))


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        weekdays = draw(st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1))
        parts.append(f"BYDAY={','.join(sorted(weekdays))}")
    if draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.integers(1, 12))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(['MO', 'SU']))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 50))}")
    return ";".join(parts)


@settings(deadline=None)
@given(rules(), st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 3000))
def test_a_rule_falls_on_the_same_days_however_late_one_asks(rule: str, first: date, later: int) -> None:
    """Against walking through all days from the first on, which the expansion avoids."""
    assume(falls(rule, first))
    since = first + timedelta(days=later)
    until = since + timedelta(days=40)
    every = rrulestr(
        f"{rule};UNTIL={until:%Y%m%d}" if "COUNT" not in rule else rule, dtstart=datetime.combine(first, time.min)
    )
    expected = [day.date() for day in takewhile(lambda day: day.date() <= until, every) if day.date() >= since]

    assert days(rule, since, until, first=first) == expected


def falls(rule: str, first: date) -> bool:
    try:
        recurrence.insist_that_it_falls(rule, first)
    except RuleNeverFalls:
        return False
    return True


def test_a_rule_falls_on_no_day_before_its_first_or_after_its_last() -> None:
    found = days("FREQ=DAILY", date(2026, 1, 1), date(2026, 1, 31), last=date(2026, 1, 9))

    assert found == [date(2026, 1, 7), date(2026, 1, 8), date(2026, 1, 9)]


def test_every_second_week_stays_every_second_week() -> None:
    found = days("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", date(2027, 6, 1), date(2027, 6, 30))

    assert [(day - FIRST).days % 14 for day in found] == [0, 0]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every monday",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=10",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=100000",
        "FREQ=DAILY\nDTSTART:20260101T000000",
        "FREQ=WEEKLY;BYDAY=" + "MO," * 200 + "MO",
    ],
)
def test_what_is_no_rule_of_days_is_refused(rule: str) -> None:
    with pytest.raises(RuleNotUnderstood):
        recurrence.checked(rule)


def test_a_rule_may_come_with_its_name_and_in_small_letters() -> None:
    assert recurrence.checked("rrule:freq=weekly;byday=mo") == "FREQ=WEEKLY;BYDAY=MO"


@pytest.mark.parametrize(
    ("until", "last"),
    [
        pytest.param("20260630", date(2026, 6, 30), id="a day"),
        pytest.param("20260630T090000", date(2026, 6, 30), id="the moment it begins"),
        pytest.param("20260630T085959", date(2026, 6, 29), id="a moment before it begins"),
        pytest.param("20260629T220000Z", date(2026, 6, 29), id="past midnight where it is, but before it begins"),
        pytest.param("20260630T060000Z", date(2026, 6, 30), id="the moment it begins, in UTC"),
    ],
)
def test_until_leaves_a_last_day(until: str, last: date) -> None:
    assert recurrence.last_day(f"FREQ=DAILY;UNTIL={until}", time(9), HELSINKI) == last


def test_until_must_be_a_day_or_a_moment() -> None:
    with pytest.raises(RuleNotUnderstood):
        recurrence.last_day("FREQ=DAILY;UNTIL=20261345", time(9), HELSINKI)


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=9"],
)
def test_a_rule_that_never_falls_is_refused(rule: str) -> None:
    with pytest.raises(RuleNeverFalls):
        recurrence.insist_that_it_falls(rule, FIRST)


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=WEEKLY;BYDAY=WE", "FREQ=DAILY;COUNT=1"])
def test_a_rule_that_falls_within_four_years_is_accepted(rule: str) -> None:
    recurrence.insist_that_it_falls(rule, date(2024, 2, 29))
