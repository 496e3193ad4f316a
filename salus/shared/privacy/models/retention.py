"""How long what is kept, and what must not be deleted although its time is over."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table
from salus.kernel.fields import EncryptedText, sealed_column


class RetentionRule(Table):
    """For how many days rows of one kind are kept, and by which law. Of several that are in force the longest counts.

    Never edited: it is retired and another takes its place, so that it can be said later which one held.
    """

    __tablename__ = "retention_rules"
    called = "Rules of retention"
    __table_args__ = (
        CheckConstraint("keep_days > 0", name="keeps_for_a_while"),
        CheckConstraint("country IS NULL OR country ~ '^[A-Z]{2}$'", name="country_is_iso_3166"),
        CheckConstraint("source <> ''", name="source_is_said"),
        CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name="retirement_has_an_author"),
        Index(
            "uq_retention_rules_in_force",
            "tenant_id",
            "kind",
            "country",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    rights = "SELECT, INSERT, UPDATE (retired_at, retired_by)"
    concerns = None
    mentions = ("set_by", "retired_by")

    kind: Mapped[str]
    """What it is about: a code of `rules.retention.KINDS`."""
    country: Mapped[str | None]
    """Whose law it follows; None for any."""
    keep_days: Mapped[int]
    source: Mapped[str]
    """The law, or why so long."""
    set_by: Mapped[UUID]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None]


class RetentionRun(Table):
    """One deletion of what was over its time: the proof of what went, without what it was."""

    __tablename__ = "retention_runs"
    __table_args__ = (
        CheckConstraint("deleted >= 0 AND held >= 0", name="counts_are_counts"),
        CheckConstraint("octet_length(ids_digest) = 32", name="ids_digest_is_sha256"),
        Index(None, "tenant_id", "created_at"),
    )
    rights = "SELECT, INSERT"
    concerns = None

    kind: Mapped[str]
    keep_days: Mapped[int]
    before: Mapped[datetime]
    """What had ended before this moment was over its time."""
    deleted: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    """Over their time, and kept because of a legal hold."""
    oldest_kept: Mapped[datetime | None]
    """The earliest that is left of this kind, once it was done."""
    ids_digest: Mapped[bytes]
    """SHA-256 over the ids of what was deleted, in order: whoever has such a list can prove that it was this one."""


class LegalHold(Table):
    """Nothing of one person or organisation is deleted or erased while it stands (GDPR art. 17(3)(e) and 18(2))."""

    __tablename__ = "legal_holds"
    called = "Legal holds"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifting_has_an_author"),
        Index(None, "tenant_id", "subject_id"),
    )
    concerns = "subject_id"
    mentions = ("set_by", "lifted_by")

    subject_id: Mapped[UUID]
    """The person or the organisation."""
    reason_sealed: Mapped[bytes] = sealed_column()
    reason = EncryptedText("reason_sealed", owner="subject_id")
    set_by: Mapped[UUID]
    until: Mapped[date | None]
    """The last day it stands; None until somebody lifts it."""
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
