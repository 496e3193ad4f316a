"""Doctors, the visits they give, and the times that can be had."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from salus.exchanges.appointments.models import Mode
from salus.exchanges.appointments.schemas.parts import Blank, MoneyRead, Name, Paragraph, Read, Write
from salus.shared.insurance.models import Service

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
"""A BCP 47 tag."""
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
Sought = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class ProfileWrite(Write):
    public_name: Name
    specialties: list[Code] = Field(min_length=1, max_length=10)
    languages: list[Language] = Field(min_length=1, max_length=20)
    insurers: list[UUID] = Field(default_factory=list, max_length=200)
    about: Paragraph = ""


class ProfileForm(ProfileWrite):
    """With what was looked for in the lists of the page, which changes nothing."""

    find_specialties: Sought = ""
    find_languages: Sought = ""
    find_insurers: Sought = ""

    def described(self) -> ProfileWrite:
        return ProfileWrite(**self.model_dump(include=set(ProfileWrite.model_fields)))


class ProfileDraft(Write):
    """The form while something is looked for in its lists: whatever was filled in so far."""

    public_name: Annotated[str, StringConstraints(max_length=200)] = ""
    specialties: list[Sought] = Field(default_factory=list, max_length=100)
    languages: list[Sought] = Field(default_factory=list, max_length=100)
    insurers: list[Sought] = Field(default_factory=list, max_length=200)
    about: Annotated[str, StringConstraints(max_length=4000)] = ""
    find_specialties: Sought = ""
    find_languages: Sought = ""
    find_insurers: Sought = ""


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
    location_id: Annotated[UUID | None, Blank] = None
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

    def described(self) -> VisitTypeWrite:
        needs = [NeedWrite(count=1, among=[device]) for device in self.devices]
        if self.rooms:
            needs.append(NeedWrite(count=1, among=self.rooms))
        if self.colleagues:
            needs.append(NeedWrite(count=self.colleague_count, among=self.colleagues))
        plain = self.model_dump(exclude={"rooms", "devices", "colleagues", "colleague_count"})
        return VisitTypeWrite(**plain, needs=needs)


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
