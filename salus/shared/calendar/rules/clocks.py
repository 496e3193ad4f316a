"""From what a clock on a wall shows to the moment it is, also on the two days a year that have 23 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from salus.shared.calendar.models.spans import Span
from salus.shared.calendar.rules.refusals import EndsBeforeItStarts


def instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the clocks of a zone show this, by RFC 5545 (3.3.5).

    What they never show, because they are put forward over it, is read with the offset from before: 02:30 becomes what
    they then call 03:30. What they show twice is the first time. Both are what `fold=0` means (PEP 495).
    """
    return shown.replace(tzinfo=zone, fold=0).astimezone(UTC)


def whole_day(day: date, zone: ZoneInfo) -> Span:
    """From midnight to midnight, which may be 23 or 25 hours."""
    return Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def on_day(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span | None:
    """The time between two readings of the clock; at or before `starts`, `ends` is on the next day.

    None where the clocks are put forward over all of it.
    """
    closing = datetime.combine(day + timedelta(days=1) if ends <= starts else day, ends)
    start, end = instant(datetime.combine(day, starts), zone), instant(closing, zone)
    return Span(start, end) if start < end else None


def stretch(first: date, last: date, starts: time | None, ends: time | None, zone: ZoneInfo) -> Span:
    """From a day (or a time of it) to the end of another (or a time of it). Raises EndsBeforeItStarts."""
    start = instant(datetime.combine(first, starts or time.min), zone)
    end = instant(datetime.combine(last, ends), zone) if ends else whole_day(last, zone).end
    if start >= end:
        raise EndsBeforeItStarts
    return Span(start, end)


def days_of(span: Span, zone: ZoneInfo) -> list[date]:
    """The days of a zone that a span has a part in."""
    first = span.start.astimezone(zone).date()
    # The end is not part of the span: one that ends at midnight has no part in the day that begins then.
    last = (span.end.astimezone(zone) - timedelta(microseconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def week_of(day: date) -> list[date]:
    """The seven days of a day's week by ISO 8601, which begins on Monday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time.min), zone)
