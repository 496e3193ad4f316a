"""Second factors: what somebody has, beside the password they know."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column
from salus.shared.people.models.kinds import Ceremony


class Totp(Table):
    """A second factor by RFC 6238. Unconfirmed until the first right code."""

    __tablename__ = "totps"
    called = "Authenticator apps"
    concerns = "user_id"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    user_id: Mapped[UUID] = references("users")
    secret_sealed: Mapped[bytes] = sealed_column()
    secret = EncryptedText("secret_sealed", owner="user_id")
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default=text("0"))
    """The latest 30-second step whose code was used: neither it nor an earlier one works again."""


class SecurityKey(Table):
    """A credential by WebAuthn: a key on a ring, a phone, or a passkey that its owner's devices share.

    It answers at one address only (`rp_id`), so a page elsewhere that looks like ours gets nothing from it.
    """

    __tablename__ = "security_keys"
    called = "Security keys and passkeys"
    concerns = "user_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credential_id"),
        Index(None, "tenant_id", "user_id"),
        CheckConstraint("sign_count BETWEEN 0 AND 4294967295", name="sign_count_is_32_bits"),
    )

    user_id: Mapped[UUID] = references("users")
    name_sealed: Mapped[bytes] = sealed_column()
    name = EncryptedText("name_sealed", owner="user_id")
    """What its owner calls it."""
    rp_id: Mapped[str]
    """The host it was registered at."""
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    """In COSE form (RFC 9052)."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often it signed, as it says itself. Going back means that a copy of it is about. Passkeys stay at 0."""
    transports: Mapped[list[str]]
    """How it is reached: usb, nfc, ble, hybrid, internal. A hint for the browser."""
    is_backed_up: Mapped[bool]
    """Whether its maker keeps a copy, so that it outlives the device."""
    last_used_at: Mapped[datetime | None]


class Challenge(Table):
    """What a security key is asked to sign, once. Kept as SHA-256; deleted by whoever comes with the answer."""

    __tablename__ = "webauthn_challenges"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "challenge_hash"),
        Index(None, "tenant_id", "expires_at"),
        one_of("ceremony", Ceremony),
    )

    challenge_hash: Mapped[bytes]
    ceremony: Mapped[Ceremony] = mapped_column(Text)
    asker_hash: Mapped[bytes]
    """The session, or before there is one the browser, that alone may answer."""
    expires_at: Mapped[datetime]


class RecoveryCode(Table):
    """One of ten ways in for whoever lost their second factor. Random, so its plain SHA-256 gives nothing away."""

    __tablename__ = "recovery_codes"
    called = "Recovery codes"
    concerns = "user_id"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "code_hash"),)

    user_id: Mapped[UUID] = references("users")
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]
