"""Stretches of time. All are compared in UTC, so that no season bends an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one moment up to, and without, another. Raises ValueError if it is empty or has no zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs moments with a zone")
        if self.start >= self.end:
            raise ValueError("a span ends after it starts")

    @property
    def length(self) -> timedelta:
        """How much time really passes, whatever clocks on walls show meanwhile."""
        return self.end - self.start

    def widened(self, before: timedelta, after: timedelta) -> "Span":
        return Span(self.start - before, self.end + after)

    def meets(self, other: "Span") -> bool:
        """Whether they share time. Spans that only touch do not."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end
