"""Insurers, the coverage of people with them, and what the insurers say of it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column


class Service(StrEnum):
    """What somebody wants to have covered. Codes of HL7's `ex-benefitcategory`, which are those of X12."""

    PLAN = "30"
    """The plan as a whole: anything that it covers."""
    MEDICAL_CARE = "1"
    CONSULTATION = "3"
    X_RAY = "4"
    LABORATORY = "5"
    DENTAL_CARE = "35"
    MRI_SCAN = "62"
    MATERNITY = "69"
    VISION = "F6"


class CheckState(StrEnum):
    PENDING = "pending"
    """Not answered yet; it is asked again at `recheck_at`."""
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN = "unknown"
    """The insurer was asked, and it will not become clear by asking again."""


class Because(StrEnum):
    """Why a check stands as it does."""

    ASKING = "asking"
    """It is being asked at this moment."""
    CIRCUIT_OPEN = "circuit-open"
    """It was not asked: it failed too often in the last minute."""
    BUSY = "busy"
    """It was not asked: as many as may be are asking."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FAILING = "failing"
    """It says itself that it cannot answer now."""
    NOT_BELIEVED = "not-believed"
    """What it answered is not an answer to what was asked."""
    TURNED_AWAY = "turned-away"
    """It does not take questions from us: an administrator must look."""
    QUEUED = "queued"
    """It looks it up, and knows later."""

    IN_FORCE = "in-force"
    NOT_IN_FORCE = "not-in-force"
    NOT_COVERED = "not-covered"
    """The plan is in force, but does not cover this."""
    NOT_KNOWN = "not-known"
    """The insurer does not know the member, or cannot tell."""
    NOT_SAID = "not-said"
    """The plan is in force, but nothing was said about this."""
    NOT_IN_TIME = "not-in-time"
    """The day was over before the insurer answered."""


class Insurer(Table):
    """An insurer that can be asked, and where."""

    __tablename__ = "insurers"
    concerns = None
    __table_args__ = (
        Index(
            "uq_insurers_in_use", "tenant_id", "payer_code", unique=True, postgresql_where=text("retired_at IS NULL")
        ),
    )

    name: Mapped[str]
    payer_code: Mapped[str]
    """What insurers and clearing houses call it (its payer id); its answers must name it."""
    endpoint: Mapped[str]
    """The base of its FHIR server."""
    key_sealed: Mapped[bytes | None] = sealed_column()
    key = EncryptedText("key_sealed", owner="id")
    """Shown to it as a bearer token."""
    retired_at: Mapped[datetime | None]


class Coverage(Table):
    """One person is insured with one insurer, as they say."""

    __tablename__ = "coverages"
    called = "Insurance"
    concerns = "person_id"
    resource = "/v1/coverages/{id}"
    __table_args__ = (
        Index(
            "uq_coverages_in_use",
            "tenant_id",
            "person_id",
            "insurer_id",
            "member_index",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        CheckConstraint("valid_until >= valid_from", name="it_ends_after_it_begins"),
    )

    person_id: Mapped[UUID] = references("users")
    insurer_id: Mapped[UUID] = references("insurers")
    member_number_sealed: Mapped[bytes] = sealed_column()
    member_number = EncryptedText("member_number_sealed")
    member_index: Mapped[bytes]
    plan_sealed: Mapped[bytes | None] = sealed_column()
    plan = EncryptedText("plan_sealed")
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    """The checks that were made with it stay, so it does too."""


class Check(Table):
    """One question to an insurer: whether it covers one service on one day. Asked again, it is the same row."""

    __tablename__ = "eligibility_checks"
    called = "Questions to your insurer"
    concerns = "person_id"
    resource = "/v1/eligibility-checks/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "coverage_id", "service", "on_day"),
        Index(None, "tenant_id", "person_id"),
        Index("ix_eligibility_checks_pending", "tenant_id", "recheck_at", postgresql_where=text("state = 'pending'")),
        one_of("service", Service),
        one_of("state", CheckState),
        one_of("because", Because),
        CheckConstraint("(state = 'pending') = (recheck_at IS NOT NULL)", name="what_is_pending_is_asked_again"),
        CheckConstraint("state = 'pending' OR checked_at IS NOT NULL", name="what_is_decided_was_checked"),
    )

    coverage_id: Mapped[UUID] = references("coverages")
    insurer_id: Mapped[UUID] = references("insurers")
    person_id: Mapped[UUID] = references("users")
    service: Mapped[Service]
    on_day: Mapped[date]
    state: Mapped[CheckState] = mapped_column(default=CheckState.PENDING)
    because: Mapped[Because] = mapped_column(default=Because.ASKING)
    needs_authorization: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether the insurer must agree beforehand."""
    disposition_sealed: Mapped[bytes | None] = sealed_column()
    disposition = EncryptedText("disposition_sealed")
    """What the insurer says of it, in its own words."""
    checked_at: Mapped[datetime | None]
    """When it was decided."""
    recheck_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
