"""Sessions, and how often somebody tried to get into one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.shared.people.models.kinds import Awaits, Channel


class Session(Table):
    """One sign-in on one device. The token itself is kept nowhere, only its SHA-256."""

    __tablename__ = "sessions"
    called = "Sign-ins on devices"
    concerns = "user_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "user_id"),
        one_of("awaits", Awaits),
        one_of("channel", Channel),
    )

    user_id: Mapped[UUID] = references("users")
    token_hash: Mapped[bytes]
    channel: Mapped[Channel] = mapped_column(Text)
    awaits: Mapped[Awaits] = mapped_column(Text)
    device: Mapped[str] = mapped_column(server_default="")
    """Family of browser and system, as in "Firefox on Linux"."""
    network: Mapped[str | None]
    """Prefix of the address it was opened from."""
    factor_at: Mapped[datetime | None]
    """When the second factor was last given."""
    last_seen_at: Mapped[datetime]
    idle_s: Mapped[int]
    """Seconds without a request after which it ends."""
    ends_at: Mapped[datetime]
    """When it ends whatever happens."""
    ended_at: Mapped[datetime | None]
    """When it was ended by its owner, or by something that made it unsafe."""


class Attempts(Table):
    """How often something was tried in the running window, per account, per network and by everyone.

    The key is a digest: the counter of an address that has no account looks like any other.
    """

    __tablename__ = "attempts"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "scope", "key"),)

    scope: Mapped[str]
    key: Mapped[bytes]
    window_started_at: Mapped[datetime]
    tried: Mapped[int]
