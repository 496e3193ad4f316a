"""Shapes at the border of appointments."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from salus.exchanges.appointments.models import AppointmentState, Mode, OfferState, Payer, WaitingState
from salus.shared.calendar.rules.clocks import instant
from salus.shared.insurance.models import Service

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120, pattern=r"^[^\r\n\x00]*$")]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
"""A BCP 47 tag."""
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
Weekday = Annotated[int, Field(ge=0, le=6)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProfileWrite(Write):
    public_name: Name
    specialties: list[Code] = Field(min_length=1, max_length=10)
    languages: list[Language] = Field(min_length=1, max_length=20)
    insurers: list[UUID] = Field(default_factory=list, max_length=200)
    about: Paragraph = ""


class NeedWrite(Write):
    """So many of these calendars, beside the doctor's own."""

    count: int = Field(ge=1, le=20)
    among: list[UUID] = Field(min_length=1, max_length=50)


class VisitTypeWrite(Write):
    name: Name
    description: Paragraph = ""
    mode: Mode = Mode.IN_PERSON
    location_id: UUID | None = None
    minutes: int = Field(ge=5, le=720)
    before_minutes: int = Field(default=0, ge=0, le=240)
    after_minutes: int = Field(default=0, ge=0, le=240)
    every_minutes: int = Field(default=15, ge=5, le=240)
    price: Decimal = Field(ge=0, le=1_000_000, decimal_places=2)
    currency: Currency = "EUR"
    service: Service = Service.PLAN
    needs: list[NeedWrite] = Field(default_factory=list, max_length=10)
    most_in_series: int = Field(default=1, ge=1, le=52)
    notice_hours: int = Field(default=1, ge=0, le=720)
    horizon_days: int = Field(default=90, ge=1, le=365)
    free_until_hours: int = Field(default=24, ge=0, le=720)


class VisitTypeForm(Write):
    """A kind of visit as the page asks for it: one of the rooms, all of the devices, some of the colleagues."""

    name: Name
    description: Paragraph = ""
    mode: Mode = Mode.IN_PERSON
    location_id: UUID | None = None
    minutes: int = Field(ge=5, le=720)
    before_minutes: int = Field(default=0, ge=0, le=240)
    after_minutes: int = Field(default=0, ge=0, le=240)
    every_minutes: int = Field(default=15, ge=5, le=240)
    price: Decimal = Field(ge=0, le=1_000_000, decimal_places=2)
    service: Service = Service.PLAN
    rooms: list[UUID] = Field(default_factory=list, max_length=50)
    devices: list[UUID] = Field(default_factory=list, max_length=10)
    colleagues: list[UUID] = Field(default_factory=list, max_length=50)
    colleague_count: int = Field(default=1, ge=1, le=20)
    most_in_series: int = Field(default=1, ge=1, le=52)
    notice_hours: int = Field(default=1, ge=0, le=720)
    horizon_days: int = Field(default=90, ge=1, le=365)
    free_until_hours: int = Field(default=24, ge=0, le=720)

    @field_validator("location_id", mode="before")
    @classmethod
    def _none(cls, given: Any) -> Any:
        return given or None

    def described(self) -> VisitTypeWrite:
        needs = [NeedWrite(count=1, among=[device]) for device in self.devices]
        if self.rooms:
            needs.append(NeedWrite(count=1, among=self.rooms))
        if self.colleagues:
            needs.append(NeedWrite(count=self.colleague_count, among=self.colleagues))
        plain = self.model_dump(exclude={"rooms", "devices", "colleagues", "colleague_count"})
        return VisitTypeWrite(**plain, needs=needs)


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
    coverage_id: UUID | None = None
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

    @field_validator("coverage_id", mode="before")
    @classmethod
    def _none(cls, given: Any) -> Any:
        return given or None


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
    because: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class Overbooking(BookingFor):
    because: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class Move(Write):
    starts_at: AwareDatetime


class Cancellation(Write):
    because: Reason = ""


class Outcome(Write):
    state: Literal[AppointmentState.ARRIVED, AppointmentState.FULFILLED, AppointmentState.NO_SHOW]


class Opening(Write):
    """Why an administrator must see what an appointment is about. The patient reads it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class MoneyRead(Read):
    amount: int
    currency: str


class VisitTypeRead(Read):
    id: UUID
    doctor_id: UUID
    name: str
    description: str
    mode: Mode
    location_id: UUID | None
    minutes: int
    price: MoneyRead
    most_in_series: int
    free_until_hours: int
    retired_at: datetime | None


class VisitTypeOwnRead(VisitTypeRead):
    """With what concerns the practice alone."""

    before_minutes: int
    after_minutes: int
    every_minutes: int
    service: Service
    needs: list[NeedWrite]
    notice_hours: int
    horizon_days: int


class ProfileRead(Read):
    id: UUID
    person_id: UUID
    organisation_id: UUID
    public_name: str
    specialties: list[str]
    languages: list[str]
    insurers: list[UUID]
    about: str
    published_at: datetime | None


class PlaceRead(Read):
    id: UUID
    name: str
    address_lines: list[str]
    postal_code: str
    city: str
    country: str
    zone: str


class DoctorRead(Read):
    """A doctor as anybody finds them."""

    id: UUID
    public_name: str
    organisation: str
    specialties: list[str]
    languages: list[str]
    insurers: list[UUID]
    about: str
    places: list[PlaceRead]
    visit_types: list[VisitTypeRead]


class TimeRead(Read):
    starts_at: datetime
    ends_at: datetime
    location_id: UUID | None
    zone: str


class FoundRead(Read):
    doctor: DoctorRead
    next_time: TimeRead | None


class FoundPage(Read):
    doctors: list[FoundRead]
    total: int


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


class WaitingWrite(Write):
    """Which times somebody waits for, by the practice's own calendar and clock."""

    from_day: date
    until_day: date
    """The last day, inclusive."""
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(default_factory=lambda: [*range(7)])
    """Monday is 0."""
    from_hour: int = Field(default=0, ge=0, le=23)
    until_hour: int = Field(default=24, ge=1, le=24)
    """The visit begins at or after the one, and before the other."""
    appointment_id: Annotated[UUID | None, BeforeValidator(lambda given: given or None)] = None
    """A later time with the same doctor, which goes back when an earlier one is taken."""

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.from_day > self.until_day:
            raise ValueError("until_day must not be before from_day")
        return self


class WaitingFor(WaitingWrite):
    visit_type_id: UUID


class Acceptance(Write):
    reason: Reason = ""
    coverage_id: Annotated[UUID | None, BeforeValidator(lambda given: given or None)] = None


class OfferedRead(Read):
    id: UUID
    waiting_id: UUID
    starts_at: datetime
    ends_at: datetime
    location_id: UUID | None
    zone: str
    expires_at: datetime
    state: OfferState


class WaitingRead(Read):
    id: UUID
    doctor_id: UUID
    visit_type_id: UUID
    appointment_id: UUID | None
    from_day: date
    until_day: date
    weekdays: list[int]
    from_hour: int
    until_hour: int
    state: WaitingState


class WaitsRead(WaitingRead):
    """With the time that is held for them, if one is."""

    offered: OfferedRead | None

    @model_validator(mode="before")
    @classmethod
    def flat(cls, waits: Any) -> Any:
        """From a wish in words (`queries.waiting.Waits`) to one object."""
        if not hasattr(waits, "waiting"):
            return waits
        its = {name: getattr(waits.waiting, name) for name in cls.model_fields if name != "offered"}
        return its | {"offered": waits.offered}


class QueueRead(Read):
    visit_type_id: UUID
    visit: str
    count: int
