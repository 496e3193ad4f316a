"""Resources, their earlier versions, what they are found by, and who treats whom.

The rows that searches go through hold keyed digests of words and, because they must be compared, plain moments and
amounts under the digest of what they mean. All are numbers on purpose: PostgreSQL uses an index under row-level
security only for comparisons that cannot leak, and those of `numeric`, arrays and text search are not among them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Double, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, sealed_column


class Clinical(Table):
    """The current version of a resource. One that was deleted stays, without anything it could be found by."""

    __tablename__ = "clinical_resources"
    called = "Clinical records"
    concerns = "person_id"
    mentions = ("author_id",)
    resource = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "resource_type", "fhir_id"),
        Index(None, "tenant_id", "person_id"),
    )

    resource_type: Mapped[str]
    fhir_id: Mapped[str]
    version: Mapped[int]
    person_id: Mapped[UUID | None]
    """The patient in whose compartment it is, or the person it describes; None for what is about nobody."""
    sealed_for: Mapped[UUID]
    """Whose key opens it: the person's, else the tenant's."""
    author_id: Mapped[UUID | None]
    """Who wrote it first."""
    written_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    content = EncryptedText("content_sealed", owner="sealed_for")
    content_sealed: Mapped[bytes] = sealed_column()


class Version(Table):
    """A version that was replaced or deleted, as it was."""

    __tablename__ = "clinical_versions"
    called = "Earlier versions of clinical records"
    concerns = "person_id"
    rights = "SELECT, INSERT, DELETE"
    __table_args__ = (UniqueConstraint("tenant_id", "resource_id", "version"),)

    resource_id: Mapped[UUID] = references("clinical_resources")
    version: Mapped[int]
    person_id: Mapped[UUID | None]
    sealed_for: Mapped[UUID]
    written_at: Mapped[datetime]
    is_deletion: Mapped[bool] = mapped_column(server_default=text("false"))
    content = EncryptedText("content_sealed", owner="sealed_for")
    content_sealed: Mapped[bytes] = sealed_column()


class Word(Table):
    """One word that a resource is found by. Its `id` is that of the resource."""

    __tablename__ = "clinical_words"
    called = "What clinical records are found by"
    concerns = "person_id"

    word_digest: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-4)
    """Of tenant, type, parameter and value."""
    person_id: Mapped[UUID | None]


class Moment(Table):
    """A stretch of time that a resource is found by. Its `id` is that of the resource."""

    __tablename__ = "clinical_moments"
    called = "Dates that clinical records are found by"
    concerns = "person_id"
    __table_args__ = (Index(None, "parameter_digest", "low", "id"),)

    parameter_digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    low: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Microseconds since 1970, UTC."""
    high: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[UUID | None]


class Amount(Table):
    """A number that a resource is found by, once for every way to write its unit. Its `id` is that of the resource."""

    __tablename__ = "clinical_amounts"
    called = "Values that clinical records are found by"
    concerns = "person_id"
    __table_args__ = (Index(None, "parameter_digest", "value", "id"),)

    parameter_digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Of tenant, type, parameter and unit."""
    value: Mapped[float] = mapped_column(Double, primary_key=True)
    person_id: Mapped[UUID | None]


class Assignment(Table):
    """A doctor treats a patient, and so may see their record."""

    __tablename__ = "clinical_assignments"
    called = "Doctors who treat somebody"
    concerns = "patient_id"
    mentions = ("doctor_id",)
    __table_args__ = (
        Index(
            "uq_clinical_assignments_open", "tenant_id", "doctor_id", "patient_id",
            unique=True, postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    patient_id: Mapped[UUID]
    doctor_id: Mapped[UUID]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
