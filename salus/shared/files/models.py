"""What is known of a file. Its content is a blob in the store, named after the row's id."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table
from salus.kernel.fields import EncryptedText, sealed_column


class FileState(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    """The content is gone. The row stays, because orders and imports refer to it."""


class File(Table):
    """A file of one person or organisation. A row exists only once the whole content is in the store."""

    __tablename__ = "files"
    called = "Files"
    concerns = "owner_id"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("state IN ('kept', 'removed')", name="state"),
        CheckConstraint("(state = 'kept') = (name_sealed IS NOT NULL)", name="removed_without_a_name"),
        CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name="removed_at"),
        Index(None, "tenant_id", "owner_id"),
    )

    owner_id: Mapped[UUID]
    """The person or organisation whose key opens it."""
    name_sealed: Mapped[bytes | None] = sealed_column()
    name = EncryptedText("name_sealed", owner="owner_id")
    """As the person called it. It is shown, and never becomes part of a path."""
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes of the plain content."""
    sha256_sealed: Mapped[bytes | None] = sealed_column()
    sha256 = EncryptedText("sha256_sealed", owner="owner_id")
    """SHA-256 of the plain content, in hexadecimal.

    Encrypted, because a digest in the clear tells everyone who can read the table which people hold the same file, and
    lets them try out guesses at short ones. Nothing searches by it, so there is no blind index either.
    """
    state: Mapped[str] = mapped_column(default=FileState.KEPT)
    removed_at: Mapped[datetime | None]
