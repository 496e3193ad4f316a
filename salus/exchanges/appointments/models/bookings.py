"""Visits that were booked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.exchanges.appointments.models.kinds import AppointmentState, Payer
from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, Money, money, sealed_column
from salus.shared.calendar.models import Span


class Appointment(Table):
    """A visit of a patient to a doctor. Its id is the booking of its claims in the calendar."""

    __tablename__ = "appointments"
    called = "Appointments"
    concerns = "patient_id"
    mentions = ("doctor_id", "booked_by", "cancelled_by")
    resource = "/v1/appointments/{id}"
    __table_args__ = (
        one_of("state", AppointmentState),
        one_of("payer", Payer),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_knows_when"),
        CheckConstraint("(payer = 'insurance') = (coverage_id IS NOT NULL)", name="insurance_is_somebodys"),
        Index(None, "tenant_id", "patient_id", "starts_at"),
        Index(None, "tenant_id", "doctor_id", "starts_at"),
        Index(None, "tenant_id", "series_id"),
        Index("ix_appointments_coming", "tenant_id", "starts_at", postgresql_where=text("state = 'booked'")),
        Index("ix_appointments_check", "tenant_id", "check_id"),
    )

    patient_id: Mapped[UUID] = references("users")
    doctor_id: Mapped[UUID] = references("doctors")
    visit_type_id: Mapped[UUID] = references("visit_types")
    location_id: Mapped[UUID | None] = references("locations")
    """Where it is; None where they do not meet in person."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str]
    """Whose clock the visit is told by where it takes place, as in Europe/Helsinki."""
    state: Mapped[AppointmentState] = mapped_column(default=AppointmentState.BOOKED)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_cents")
    """As it was when it was booked."""
    payer: Mapped[Payer]
    coverage_id: Mapped[UUID | None] = references("coverages")
    check_id: Mapped[UUID | None] = references("eligibility_checks")
    """The eligibility check of the insurer, which may still be pending."""
    reason_sealed: Mapped[bytes | None] = sealed_column()
    reason = EncryptedText("reason_sealed", owner="patient_id")
    """What brings the patient, in their own words."""
    series_id: Mapped[UUID | None]
    sequence: Mapped[int] = mapped_column(default=0)
    """Counts every change, as SEQUENCE of RFC 5545 (3.8.7.4) wants it."""
    is_overbooked: Mapped[bool] = mapped_column(default=False)
    """Whether something of it was taken already when it was given."""
    overbooked_because_sealed: Mapped[bytes | None] = sealed_column()
    overbooked_because = EncryptedText("overbooked_because_sealed", owner="patient_id")
    booked_by: Mapped[UUID] = references("users")
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None] = references("users")
    is_late: Mapped[bool] = mapped_column(default=False)
    """Cancelled after the time until which that is free."""
    cancelled_because_sealed: Mapped[bytes | None] = sealed_column()
    cancelled_because = EncryptedText("cancelled_because_sealed", owner="patient_id")
    reminded_at: Mapped[datetime | None]
    """When the patient was reminded of the time it has now."""

    @property
    def during(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def is_coming(self) -> bool:
        return self.state is AppointmentState.BOOKED
