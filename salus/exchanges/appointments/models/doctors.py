"""Who gives appointments, and which kinds of visit."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.exchanges.appointments.models.kinds import Mode
from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import Money, money
from salus.shared.insurance.models import Service

PATIENTS_KNOW = (
    "Patients' appointments say of which kind they were. Whose they were is taken out: GDPR art. 17(3)(b) and (c)."
)


class Doctor(Table):
    """A doctor as patients find them: what they say of themselves in public, at the practice they work for."""

    __tablename__ = "doctors"
    called = "How patients find you"
    concerns = "person_id"
    kept_because = PATIENTS_KNOW
    resource = "/v1/appointments/doctors/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "person_id"),
        Index(None, "tenant_id", "organisation_id"),
        Index(None, "tenant_id", "published_at"),
    )

    person_id: Mapped[UUID] = references("users")
    organisation_id: Mapped[UUID] = references("organisations")
    resource_id: Mapped[UUID]
    """The calendar that their hours and bookings are in. No foreign key: it is erased with the person, this stays."""
    public_name: Mapped[str]
    """As patients read it, with whatever title: Dr Dora Lind."""
    specialties: Mapped[list[str]]
    """Codes of the list in `rules.specialties`."""
    languages: Mapped[list[str]]
    """BCP 47 tags that they speak with patients."""
    insurers: Mapped[list[UUID]]
    """Whose patients they see at the insurer's cost."""
    about: Mapped[str]
    published_at: Mapped[datetime | None]
    """Since when patients find them; None while they do not."""


class VisitType(Table):
    """A kind of visit with its length, its price, and whatever else it needs."""

    __tablename__ = "visit_types"
    concerns = "doctor_id"
    called = "Kinds of visit"
    kept_because = PATIENTS_KNOW
    __table_args__ = (
        Index(None, "tenant_id", "doctor_id"),
        one_of("mode", Mode),
        one_of("service", Service),
        CheckConstraint("minutes BETWEEN 5 AND 720", name="lasts_between_5_minutes_and_12_hours"),
        CheckConstraint("before_minutes BETWEEN 0 AND 240 AND after_minutes BETWEEN 0 AND 240", name="buffers"),
        CheckConstraint("every_minutes BETWEEN 5 AND 240", name="begins_every"),
        CheckConstraint("price_cents >= 0", name="price"),
        CheckConstraint("most_in_series BETWEEN 1 AND 52", name="series"),
        CheckConstraint("notice_hours BETWEEN 0 AND 720", name="notice"),
        CheckConstraint("horizon_days BETWEEN 1 AND 365", name="horizon"),
        CheckConstraint("free_until_hours BETWEEN 0 AND 720", name="free_until"),
    )

    doctor_id: Mapped[UUID] = references("doctors")
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[Mode]
    location_id: Mapped[UUID | None] = references("locations")
    """Where it is given; None is wherever the doctor has hours."""
    minutes: Mapped[int]
    before_minutes: Mapped[int] = mapped_column(server_default=text("0"))
    after_minutes: Mapped[int] = mapped_column(server_default=text("0"))
    """Time around the visit that nobody else can have: for getting ready, for writing down."""
    every_minutes: Mapped[int] = mapped_column(server_default=text("15"))
    """How far apart the times are that are offered."""
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_cents")
    service: Mapped[Service] = mapped_column(server_default=Service.PLAN)
    """What an insurer is asked to cover."""
    needs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """What it needs beside the doctor, as `{"count": 1, "among": ["…"]}` with ids of calendars: a room, a device, any
    two of five therapists."""
    most_in_series: Mapped[int] = mapped_column(server_default=text("1"))
    """How many visits a patient may book at once, week by week; 1 is no series."""
    notice_hours: Mapped[int] = mapped_column(server_default=text("1"))
    """How long before it begins a time can be booked at the latest."""
    horizon_days: Mapped[int] = mapped_column(server_default=text("90"))
    """How far ahead times are offered."""
    free_until_hours: Mapped[int] = mapped_column(server_default=text("24"))
    """Until how long before it begins a visit is cancelled or moved freely; after that it is late, and recorded so."""
    retired_at: Mapped[datetime | None]

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.before_minutes)

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.after_minutes)

    @property
    def every(self) -> timedelta:
        return timedelta(minutes=self.every_minutes)
