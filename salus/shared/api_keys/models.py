"""Keys of systems, kept so that nobody can use what is kept."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, sealed_column

SOON = timedelta(days=7)
"""Before a key expires, its owner is told this early."""


class KeyState(StrEnum):
    """What is to be said of a key; it follows from its times."""

    ACTIVE = "active"
    EXPIRING = "expires soon"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ApiKey(Table):
    """A key by which a system acts for whoever made it. Its secrets are kept as their SHA-256 only."""

    __tablename__ = "api_keys"
    called = "API keys"
    concerns = "owner_id"
    mentions = ("revoked_by",)
    __table_args__ = (
        Index(None, "tenant_id", "owner_id"),
        Index(None, "tenant_id", "expires_at"),
        CheckConstraint("expires_at <= rotated_at + interval '366 days'", name="no_secret_lasts_longer_than_a_year"),
        CheckConstraint("(former_hash IS NULL) = (former_ends_at IS NULL)", name="the_former_secret_ends"),
        CheckConstraint("former_ends_at <= rotated_at + interval '24 hours'", name="secrets_overlap_for_a_day"),
        CheckConstraint("cardinality(scopes) > 0 AND NOT 'everything' = ANY (scopes)", name="scopes_are_named"),
        CheckConstraint(
            "roles <@ ARRAY['buyer', 'doctor', 'administrator'] AND cardinality(roles) > 0", name="roles_have_keys"
        ),
        CheckConstraint(
            "(roles && ARRAY['buyer', 'doctor']) = (organisation_id IS NOT NULL)", name="some_act_for_an_organisation"
        ),
    )

    owner_id: Mapped[UUID] = references("users")
    organisation_id: Mapped[UUID | None] = references("organisations")
    """Whom its owner acted for when it was made; it acts for nobody else."""
    roles: Mapped[list[str]]
    """What its owner was when it was made. It is never more than that, and less once they are."""
    name_sealed: Mapped[bytes] = sealed_column()
    name = EncryptedText("name_sealed", owner="owner_id")
    scopes: Mapped[list[str]]
    networks: Mapped[list[str]]
    """Where it may be used from, in CIDR notation; from everywhere if none is named."""
    secret_hash: Mapped[bytes]
    rotated_at: Mapped[datetime]
    """When its secret was made."""
    expires_at: Mapped[datetime]
    former_hash: Mapped[bytes | None]
    """Of the secret before, which works beside the new one until `former_ends_at`."""
    former_ends_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    """When its owner was told that it is about to expire."""
    last_used_at: Mapped[datetime | None]
    last_network: Mapped[str | None]
    """Prefix of the address it was last used from."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = references("users")

    def state(self, now: datetime) -> KeyState:
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.EXPIRING if self.expires_at <= now + SOON else KeyState.ACTIVE

    def works(self, now: datetime) -> bool:
        return self.state(now) in {KeyState.ACTIVE, KeyState.EXPIRING}
