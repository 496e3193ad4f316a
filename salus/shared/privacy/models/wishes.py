"""What people wish of their data: a copy of everything, or that it is gone."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references


class CopyState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    GONE = "gone"
    """Its time was over, and the file is removed."""
    FAILED = "failed"


class Copy(Table):
    """A copy of everything about a person, made for them alone and kept for a few days (GDPR art. 15 and 20)."""

    __tablename__ = "privacy_copies"
    called = "Copies of all one's data"
    __table_args__ = (
        one_of("state", CopyState),
        CheckConstraint(
            "(state = 'ready') <= (file_id IS NOT NULL AND expires_at IS NOT NULL)", name="ready_has_a_file"
        ),
        Index(
            "uq_privacy_copies_waiting",
            "tenant_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "tenant_id", "person_id", "created_at"),
    )
    concerns = "person_id"

    person_id: Mapped[UUID]
    state: Mapped[CopyState] = mapped_column(Text, default=CopyState.WAITING)
    file_id: Mapped[UUID | None] = references("files")
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes of the archive."""
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    downloaded_at: Mapped[datetime | None]
    """When it was last fetched."""


class ErasureState(StrEnum):
    ASKED = "asked"
    """The person may still change their mind."""
    CANCELLED = "cancelled"
    UNDER_WAY = "under_way"
    """From here on there is no way back: it is finished whatever happens."""
    DONE = "done"


class Erasure(Table):
    """A person's wish to be erased (GDPR art. 17), and what became of it: the proof that it was done, and when."""

    __tablename__ = "privacy_erasures"
    called = "Requests to be erased"
    __table_args__ = (
        one_of("state", ErasureState),
        CheckConstraint("(state IN ('under_way', 'done')) <= (begun_at IS NOT NULL)", name="begun_knows_when"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_knows_when"),
        Index(
            "uq_privacy_erasures_open",
            "tenant_id",
            "person_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'under_way')"),
        ),
        Index(None, "tenant_id", "due_at", postgresql_where=text("state IN ('asked', 'under_way')")),
    )
    rights = "SELECT, INSERT, UPDATE"
    concerns = "person_id"
    mentions = ("asked_by",)
    kept_because = "Proof that the erasure was carried out: GDPR art. 5(2) and 17(3)(e)."

    person_id: Mapped[UUID]
    asked_by: Mapped[UUID | None]
    """The person, or the administrator they wrote to; None where a restored backup had to be erased again."""
    due_at: Mapped[datetime]
    """When it is carried out, unless the person changes their mind before."""
    state: Mapped[ErasureState] = mapped_column(Text, default=ErasureState.ASKED)
    obstacles: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """What stood against it when its time had come, each a sentence for the person. It is tried again every day."""
    told_at: Mapped[datetime | None]
    """When everyone who had got data was told (art. 19)."""
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    removed: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """How many rows of which table were removed, and of which were kept."""
    recipients: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    """The organisations that had got data."""
