"""FHIR's dates and times as the stretch of time they may mean: `2024-03` is the whole of March."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

ALWAYS, NEVER = 1 << 62, -(1 << 62)
"""Ends of a stretch that is open: later and earlier than any moment."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"([T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
_MICROSECOND = timedelta(microseconds=1)


class Stretch(NamedTuple):
    """From `low` to `high`, both within it, in microseconds since 1970 (UTC)."""

    low: int
    high: int


def stretch(written: object) -> Stretch | None:
    """What a date, dateTime or instant may mean; None for what is none of them. Without a zone, it is UTC."""
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return None
    try:
        return _between(found)
    except (ValueError, OverflowError):
        return None


def of_value(value: Any) -> Stretch | None:
    """The stretch of a date, a Period or the events of a Timing."""
    if not isinstance(value, dict):
        return stretch(value)
    if "start" in value or "end" in value:
        start, end = stretch(value.get("start")), stretch(value.get("end"))
        return Stretch(start.low if start else NEVER, end.high if end else ALWAYS)
    events = [found for event in value.get("event", ()) if (found := stretch(event))]
    return Stretch(min(event.low for event in events), max(event.high for event in events)) if events else None


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def moment(micros_since: int) -> datetime:
    """Raises OverflowError for one beyond what a calendar has."""
    return EPOCH + timedelta(microseconds=micros_since)


def _between(found: re.Match[str]) -> Stretch:
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    if found["hour"] is None:
        return Stretch(micros(datetime(year, month, day, tzinfo=UTC)), _end(found, year, month, day) - 1)
    leap = found["second"] == "60"  # a leap second is the last of its minute
    clock = f"{found['hour']}:{found['minute']}:{'59' if leap else found['second'] or '00'}"
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    began = micros(datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{clock}{zone}"))
    if found["fraction"]:
        digits = found["fraction"][:6]
        width = 10 ** (6 - len(digits))
        return Stretch(began + int(digits) * width, began + int(digits) * width + width - 1)
    return Stretch(began, began + (1_000_000 if found["second"] else 60_000_000) - 1)


def _end(found: re.Match[str], year: int, month: int, day: int) -> int:
    """Where the year, month or day ends that a date names, in microseconds."""
    if found["day"]:
        return micros(datetime(year, month, day, tzinfo=UTC)) + 86_400_000_000
    year, month = (year, month + 1) if found["month"] else (year + 1, 1)
    if month > 12:
        year, month = year + 1, 1
    return micros(datetime(year, month, 1, tzinfo=UTC)) if year < 10_000 else ALWAYS
