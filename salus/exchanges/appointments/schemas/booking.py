"""Bookings, and what becomes of them."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from salus.exchanges.appointments.models import AppointmentState, Payer
from salus.exchanges.appointments.schemas.parts import Because, Blank, MoneyRead, Read, Reason, Write
from salus.shared.calendar.rules.clocks import instant


class Booking(Write):
    visit_type_id: UUID
    starts_at: AwareDatetime
    reason: Reason = ""
    """What brings the patient. Only they and their doctor read it."""
    coverage_id: UUID | None = None
    """The insurance that is to pay; without one, the patient does."""


class SeriesBooking(Booking):
    count: int = Field(ge=2, le=52)
    every_weeks: int = Field(default=1, ge=1, le=8)


class BookingForm(Write):
    """What stands in the form; which visit, and when, stands in its address."""

    reason: Reason = ""
    coverage_id: Annotated[UUID | None, Blank] = None
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class SeriesForm(BookingForm):
    count: int = Field(ge=2, le=52)
    every_weeks: int = Field(default=1, ge=1, le=8)


class BookingFor(Write):
    """A doctor gives one of their patients a time."""

    visit_type_id: UUID
    patient_id: UUID
    starts_at: AwareDatetime


class GivenForm(Write):
    """A doctor gives a time by the clock of the practice."""

    visit_type_id: UUID
    day: date
    clock: time

    def starts_at(self, zone: ZoneInfo) -> datetime:
        return instant(datetime.combine(self.day, self.clock.replace(tzinfo=None)), zone)


class OverbookingForm(GivenForm):
    because: Because


class Overbooking(BookingFor):
    because: Because


class Move(Write):
    starts_at: AwareDatetime


class Cancellation(Write):
    because: Reason = ""


class Outcome(Write):
    state: Literal[AppointmentState.ARRIVED, AppointmentState.FULFILLED, AppointmentState.NO_SHOW]


class Opening(Write):
    """Why an administrator must see what an appointment is about. The patient reads it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class EligibilityRead(Read):
    state: str
    because: str | None
    recheck_at: datetime | None
    disposition: str | None


class AppointmentRead(Read):
    """An appointment with the words that people know its parts by; nothing of why the patient comes."""

    id: UUID
    patient_id: UUID
    doctor_id: UUID
    doctor: str
    visit_type_id: UUID
    visit: str
    location_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: AppointmentState
    price: MoneyRead
    payer: Payer
    series_id: UUID | None
    sequence: int
    is_overbooked: bool
    is_late: bool
    eligibility: EligibilityRead | None

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, booked: Any) -> Any:
        """From an appointment in words (`queries.Booked`) to one object."""
        if not hasattr(booked, "appointment"):
            return booked
        words = {name: getattr(booked, name) for name in cls.model_fields if hasattr(booked, name)}
        its = {
            name: getattr(booked.appointment, name) for name in cls.model_fields if hasattr(booked.appointment, name)
        }
        return its | words


class DayRead(AppointmentRead):
    patient: str | None


class VisitRead(DayRead):
    """For the doctor, and for an administrator who said why."""

    reason: str | None
    cancelled_because: str | None
    overbooked_because: str | None


class PatientRead(Read):
    id: UUID
    name: str
    visits: int
    last_at: datetime
