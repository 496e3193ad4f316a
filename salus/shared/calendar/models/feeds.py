"""Addresses under which people's own calendar programs read their calendar."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references


class Feed(Table):
    """Somebody's calendar at an address that only they know. Whoever else learns it reads it too: it tells little."""

    __tablename__ = "feeds"
    called = "Calendar feeds"
    concerns = "person_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "person_id"),
        UniqueConstraint("tenant_id", "token_hash"),
    )

    person_id: Mapped[UUID] = references("users")
    token_hash: Mapped[bytes]
    """SHA-256 of the secret part of the address, which nobody can be told again."""
    has_details: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it tells what an entry is, and not only that the time is taken."""
    last_read_at: Mapped[datetime | None]
