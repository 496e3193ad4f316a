"""On which days a rule falls: recurrence by RFC 5545, as far as opening hours need it."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from salus.kernel.errors import Invalid

MOST_CHARACTERS = 300
MOST_DAYS = 1_000
"""Days that one question expands at most."""
PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"),
    *("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"),
}
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
PART = re.compile(r"([A-Z]+)=([A-Z0-9+,-]+)")
UNTIL = re.compile(r"\bUNTIL=([0-9TZ]+)")
DAY_ALONE = len("20271231")
MOST_NUMBER = 1_000
"""Of INTERVAL and COUNT."""
SOON = timedelta(days=4 * 366)
"""A rule falls on a first day within so long, or nobody meant it."""
CYCLE_YEARS = 400
"""After so many years the Gregorian calendar begins anew, days of the week included."""


class RuleNotUnderstood(Invalid):
    message = (
        "This is not a recurrence rule we understand. Please write an RRULE by RFC 5545 with a FREQ of DAILY, WEEKLY, "
        "MONTHLY or YEARLY, without times of day."
    )
    field = "rule"


class RuleNeverFalls(Invalid):
    message = "This rule falls on no day within four years of its first. Please check it."
    field = "rule"


def checked(rule: str) -> str:
    """The rule in capitals, without its name and without UNTIL. Raises RuleNotUnderstood.

    When a rule ends is kept beside it, as a day, because UNTIL is written in UTC where a start has a zone and without
    one where it has none, and a rule outlives changes of the zone.
    """
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = [PART.fullmatch(part) for part in text.split(";")]
    if len(text) > MOST_CHARACTERS or not all(parts):
        raise RuleNotUnderstood
    named = {part[1]: part[2] for part in parts if part}
    if len(named) < len(parts) or not PARTS.issuperset(named) or named.get("FREQ") not in FREQUENCIES:
        raise RuleNotUnderstood
    if any(not 1 <= _whole(named.get(part, "1")) <= MOST_NUMBER for part in ("INTERVAL", "COUNT")):
        raise RuleNotUnderstood
    kept = ";".join(f"{name}={value}" for name, value in named.items() if name != "UNTIL")
    try:
        _parsed(kept, date(2000, 1, 1))
    except ValueError as error:
        raise RuleNotUnderstood from error
    return kept


def last_day(rule: str, starts: time, zone: ZoneInfo) -> date | None:
    """The last day that UNTIL leaves for what begins at `starts`; None without one. Raises RuleNotUnderstood."""
    found = UNTIL.search(rule.upper())
    if found is None:
        return None
    try:
        until = datetime.fromisoformat(found[1])
    except ValueError as error:
        raise RuleNotUnderstood from error
    if len(found[1]) == DAY_ALONE:
        return until.date()
    shown = until.astimezone(zone) if until.tzinfo else until
    return shown.date() if starts <= shown.time() else shown.date() - timedelta(days=1)


def insist_that_it_falls(rule: str, first: date) -> None:
    """Raises RuleNeverFalls for one like 30 February, which would be looked for until the year 9999."""
    # So late that the search ends soon, and yet with the same days of the week as now.
    cycles = (9_999 - 8 - first.year) // CYCLE_YEARS
    late = first.replace(year=first.year + cycles * CYCLE_YEARS)
    day = next(iter(_parsed(rule, late)), None)
    if day is None or day.date() - late > SOON:
        raise RuleNeverFalls


def days(rule: str, *, first: date, last: date | None, since: date, until: date) -> Iterator[date]:
    """The days from `since` to `until` (both inclusive) on which a rule falls that is valid from `first` to `last`."""
    until = min(until, last) if last else until
    since = max(since, first)
    if since > until:
        return
    found = _parsed(rule, _nearer(rule, first, since)).xafter(_midnight(since), inc=True)
    for day in islice(found, MOST_DAYS):
        if day.date() > until:
            return
        yield day.date()


def _nearer(rule: str, first: date, since: date) -> date:
    """A later beginning from which the rule falls on the same days, so that years in between are not walked through."""
    parts = _parts(rule)
    step = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"], 0) * int(parts.get("INTERVAL", "1"))
    if step == 0 or "COUNT" in parts:
        return first
    return first + timedelta(days=step * ((since - first).days // step))


@lru_cache(maxsize=4096)
def _parsed(rule: str, first: date) -> rrule:
    found = rrulestr(rule, dtstart=_midnight(first))
    assert isinstance(found, rrule)  # noqa: S101  (`checked` lets one rule through and no set of them)
    return found


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _whole(number: str) -> int:
    return int(number) if number.isdecimal() else 0
