"""Second factors: what somebody has, beside the password they know."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, sealed_column


class Totp(Table):
    """A second factor by RFC 6238. Unconfirmed until the first right code."""

    __tablename__ = "totps"
    concerns = "user_id"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    user_id: Mapped[UUID] = references("users")
    secret_sealed: Mapped[bytes] = sealed_column()
    secret = EncryptedText("secret_sealed", owner="user_id")
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default=text("0"))
    """The latest 30-second step whose code was used: neither it nor an earlier one works again."""
