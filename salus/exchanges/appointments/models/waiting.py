"""Waiting for a time, and the times that are offered to those who wait."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.exchanges.appointments.models.kinds import OfferState, WaitingState
from salus.kernel.db import Table, one_of, references


class Waiting(Table):
    """A patient waits for a time with a doctor.

    Whoever waits longest is asked first, of those who left the fewest offers in a row unanswered.
    """

    __tablename__ = "waiting"
    called = "Waiting lists"
    concerns = "patient_id"
    mentions = ("doctor_id",)
    resource = "/v1/appointments/waiting/{id}"
    __table_args__ = (
        one_of("state", WaitingState),
        CheckConstraint("from_day <= until_day", name="ends_after_it_starts"),
        CheckConstraint("cardinality(weekdays) > 0 AND weekdays <@ ARRAY[0, 1, 2, 3, 4, 5, 6]", name="weekdays"),
        CheckConstraint("from_hour < until_hour AND from_hour >= 0 AND until_hour <= 24", name="hours"),
        Index(
            "uq_waiting_once",
            "tenant_id",
            "patient_id",
            "visit_type_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered', 'resting')"),
        ),
        Index("ix_waiting_queue", "tenant_id", "doctor_id", "id", postgresql_where=text("state = 'waiting'")),
    )

    patient_id: Mapped[UUID] = references("users")
    doctor_id: Mapped[UUID] = references("doctors")
    visit_type_id: Mapped[UUID] = references("visit_types")
    appointment_id: Mapped[UUID | None] = references("appointments")
    """A later time they have already, and give back when they take an earlier one."""
    from_day: Mapped[date]
    until_day: Mapped[date]
    """Days of the practice's own calendar, both inclusive."""
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Monday is 0."""
    from_hour: Mapped[int]
    until_hour: Mapped[int]
    """The visit begins at or after the one, and before the other, by the practice's clock."""
    state: Mapped[WaitingState] = mapped_column(default=WaitingState.WAITING)
    unanswered: Mapped[int] = mapped_column(default=0)
    """Offers in a row that they let lapse. Whoever says yes or no, or that they still wait, begins anew."""


class Offered(Table):
    """A time that is held for somebody who waits, until they take it or the offer expires.

    Its id is the booking of the held claims, and of the appointment once it is taken.
    """

    __tablename__ = "offered_times"
    called = "Times that were offered from a waiting list"
    concerns = "waiting_id"
    __table_args__ = (
        one_of("state", OfferState),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("expires_at < starts_at", name="expires_before_it_starts"),
        Index("uq_offered_times_open", "tenant_id", "waiting_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_offered_times_expiring", "tenant_id", "expires_at", postgresql_where=text("state = 'open'")),
    )

    waiting_id: Mapped[UUID] = references("waiting")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    location_id: Mapped[UUID | None] = references("locations")
    zone: Mapped[str]
    """By whose clock it is told."""
    expires_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(default=OfferState.OPEN)
