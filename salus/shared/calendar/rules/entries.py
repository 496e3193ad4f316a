"""What calendars show of bookings. Whoever keeps bookings says it here; the calendar knows none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from salus.kernel.context import Context


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking in words, for one reader."""

    title: str
    href: str | None = None
    """The page about it."""
    details: str = ""
    place: str = ""
    zone: str = "UTC"
    """Whose clocks tell its time."""
    sequence: int = 0
    """Counts its versions (RFC 5545, 3.8.7.4)."""
    changed_at: datetime | None = None


Contributor = Callable[[Context, Sequence[UUID], UUID], Mapping[UUID, Entry]]
"""(ctx, ids of bookings, id of the person who reads) -> those that it knows, and that this person may read."""
C = TypeVar("C", bound=Contributor)

CONTRIBUTORS: dict[str, Contributor] = {}


def contributes(function: C) -> C:
    """Ask this query for words too. Registered again, it replaces itself."""
    CONTRIBUTORS[f"{function.__module__}.{function.__name__}"] = function
    return function
