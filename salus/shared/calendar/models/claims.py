"""Times that are taken. Two that are live never meet: the database itself refuses the second."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column
from salus.shared.calendar.models.spans import Span


class ClaimState(StrEnum):
    HELD = "held"
    """Kept free for a while, until `expires_at`."""
    BOOKED = "booked"
    RELEASED = "released"
    """Given back. It stays as what had been."""


LIVE = "state IN ('held', 'booked')"


class Claim(Table):
    """One resource is taken for one stretch of time, for one booking.

    The exclusion constraint sees the claims of all tenants and locations, past row-level security, and tells nobody
    whose claim it met. Its application must insert with ON CONFLICT DO NOTHING: two bare inserts that meet put their
    rows into the index first and then wait for each other until PostgreSQL kills one.
    """

    __tablename__ = "claims"
    called = "Times that are taken"
    concerns = "resource_id"
    rights = "SELECT, INSERT, UPDATE (state, expires_at), DELETE"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "resource_id", "resource_no"],
            ["resources.tenant_id", "resources.id", "resources.number"],
            name="fk_claims_resource",
        ),
        ExcludeConstraint(
            (text("int8range(resource_no, resource_no, '[]')"), "&&"),
            (text("tstzrange(blocked_from, blocked_until)"), "&&"),
            using="gist",
            where=text(f"{LIVE} AND NOT overbooked"),
            name="ex_claims_one_at_a_time",
        ),
        one_of("state", ClaimState),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("blocked_from <= starts_at AND ends_at <= blocked_until", name="buffers_surround_it"),
        CheckConstraint("isfinite(blocked_from) AND isfinite(blocked_until)", name="is_bounded"),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="holds_expire"),
        Index(None, "tenant_id", "booking_id"),
        # Comparisons of plain columns, because row-level security keeps operators of ranges from using an index.
        Index("ix_claims_live", "tenant_id", "resource_id", "blocked_until", postgresql_where=text(LIVE)),
        Index("ix_claims_held", "tenant_id", "expires_at", postgresql_where=text("state = 'held'")),
    )

    booking_id: Mapped[UUID]
    """What it was taken for: an appointment, a block. One booking may claim several resources."""
    resource_id: Mapped[UUID]
    resource_no: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    blocked_from: Mapped[datetime]
    """With the time before and after that nobody else can have either."""
    blocked_until: Mapped[datetime]
    state: Mapped[ClaimState] = mapped_column(Text)
    overbooked: Mapped[bool] = mapped_column(server_default=text("false"))
    """Taken on purpose although it was taken already, by somebody who may."""
    expires_at: Mapped[datetime | None]

    @property
    def during(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def blocked(self) -> Span:
        return Span(self.blocked_from, self.blocked_until)


class Block(Table):
    """A time that a resource keeps for itself; its id is the booking of its claim."""

    __tablename__ = "blocks"
    called = "Blocked times"
    concerns = "resource_id"
    __table_args__ = (Index(None, "tenant_id", "resource_id"),)

    resource_id: Mapped[UUID] = references("resources")
    sealed_for: Mapped[UUID]
    """Whose key the note is under, as for special hours."""
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = EncryptedText("note_sealed", owner="sealed_for")
