"""When resources are open: rules that repeat, and days on which it is otherwise."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column


class SpecialKind(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


class Hours(Table):
    """A stretch of the day that a resource is open at a location, again and again.

    Days and times are those of the location's clock, so that nine o'clock stays nine o'clock when the clocks change.
    """

    __tablename__ = "hours"
    called = "Opening hours"
    concerns = "resource_id"
    __table_args__ = (
        Index(None, "tenant_id", "resource_id"),
        CheckConstraint("valid_until >= valid_from", name="ends_after_it_starts"),
        CheckConstraint("starts <> ends", name="is_not_empty"),
    )

    resource_id: Mapped[UUID] = references("resources")
    location_id: Mapped[UUID] = references("locations")
    rule: Mapped[str]
    """On which days, as an RRULE of RFC 5545 (3.3.10) without DTSTART and UNTIL."""
    starts: Mapped[time]
    ends: Mapped[time]
    """At or before `starts`, it is on the next day."""
    valid_from: Mapped[date]
    """The first day the rule may fall on, and what its intervals are counted from."""
    valid_until: Mapped[date | None]
    """The last day, inclusive; None is without an end."""


class SpecialHours(Table):
    """A time for which the hours of a resource do not count: it is closed, or it is open in spite of them."""

    __tablename__ = "special_hours"
    called = "Closures and extra hours"
    concerns = "resource_id"
    __table_args__ = (
        Index(None, "tenant_id", "resource_id", "ends_at"),
        one_of("kind", SpecialKind),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("(kind = 'open') = (location_id IS NOT NULL)", name="open_somewhere"),
    )

    resource_id: Mapped[UUID] = references("resources")
    location_id: Mapped[UUID | None] = references("locations")
    kind: Mapped[SpecialKind] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sealed_for: Mapped[UUID]
    """Whose key the note is under: the person's, or of rooms and devices the organisation's."""
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = EncryptedText("note_sealed", owner="sealed_for")
