"""A day in a calendar, from its first line to its last."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from salus.shared.calendar.models.spans import Span
from salus.shared.calendar.rules.clocks import whole_day
from salus.shared.calendar.rules.entries import Entry
from salus.shared.calendar.rules.spans import within, without


class LineKind(StrEnum):
    FREE = "free"
    BOOKED = "booked"
    HELD = "held"
    BLOCKED = "blocked"
    BUFFER = "buffer"
    """Kept free before or after a booking."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a day and what it is for."""

    during: Span
    kind: LineKind
    title: str
    href: str | None = None
    details: str = ""
    block_id: UUID | None = None
    is_overbooked: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A live claim, with what is known of its booking."""

    booking_id: UUID
    during: Span
    blocked: Span
    is_held: bool
    is_overbooked: bool
    entry: Entry | None
    is_block: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day by the clocks of a zone, line by line in the order of time."""

    day: date
    lines: list[Line] = field(default_factory=list)
    holiday: str | None = None

    @property
    def bookings(self) -> int:
        return sum(line.kind is LineKind.BOOKED for line in self.lines)


def laid_out(
    days: Iterable[date],
    zone: ZoneInfo,
    *,
    open_spans: Sequence[Span],
    closed: Sequence[tuple[Span, str]],
    taken: Sequence[Taken],
    holidays: dict[date, str],
) -> list[Day]:
    """Each day with what was taken, what is free, and why it is closed. What spans midnight is on both days."""
    lines = sorted(_lines(open_spans, closed, taken), key=lambda line: (line.during, line.kind is LineKind.BUFFER))
    return [Day(day, list(_clipped(lines, whole_day(day, zone))), holidays.get(day)) for day in days]


def _lines(open_spans: Sequence[Span], closed: Sequence[tuple[Span, str]], taken: Sequence[Taken]) -> Iterator[Line]:
    for one in taken:
        yield _line(one)
        for buffer in without([one.blocked], [one.during]):
            yield Line(buffer, LineKind.BUFFER, "Kept free")
    for span in without(open_spans, [one.blocked for one in taken]):
        yield Line(span, LineKind.FREE, "Free")
    for span, note in closed:
        yield Line(span, LineKind.CLOSED, note or "Closed")


def _line(one: Taken) -> Line:
    kind = LineKind.BLOCKED if one.is_block else LineKind.HELD if one.is_held else LineKind.BOOKED
    entry = one.entry or Entry(kind.capitalize())
    block_id = one.booking_id if one.is_block else None
    return Line(one.during, kind, entry.title, entry.href, entry.details, block_id, one.is_overbooked)


def _clipped(lines: Iterable[Line], bounds: Span) -> Iterator[Line]:
    for line in lines:
        for part in within([line.during], bounds):
            yield Line(part, line.kind, line.title, line.href, line.details, line.block_id, line.is_overbooked)
