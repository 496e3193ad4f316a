"""Appointments: patients see their own, doctors those with them, administrators that there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from salus.exchanges.appointments.models import Appointment, AppointmentState, Doctor, VisitType
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import Location
from salus.shared.calendar.rules.clocks import whole_day
from salus.shared.insurance.models import Check, Service
from salus.shared.people import queries as people

SHOWN = 200
T = TypeVar("T", bound=Table)


@dataclass(frozen=True)
class Eligibility:
    """What the insurer says, or why it has not said it yet and when it is asked again."""

    state: str
    because: str
    recheck_at: datetime | None
    disposition: str | None


@dataclass(frozen=True)
class Booked:
    """An appointment with the words that people know its parts by."""

    appointment: Appointment
    doctor: str
    visit_type: VisitType
    patient: str | None
    """Only the doctor reads it."""
    place: Location | None
    eligibility: Eligibility | None

    @property
    def visit(self) -> str:
        return self.visit_type.name

    @property
    def clock(self) -> ZoneInfo:
        """What it is told by where it takes place."""
        return ZoneInfo(self.appointment.zone)


@dataclass(frozen=True)
class Patient:
    """Somebody who had an appointment with a doctor, or has one."""

    id: UUID
    name: str
    visits: int
    last_at: datetime


@query(roles={Role.PATIENT})
def appointments(ctx: Context) -> list[Booked]:
    """The acting patient's appointments: the coming ones first and in order, then what is over."""
    mine = select(Appointment).where(Appointment.patient_id == ctx.actor.person_id)
    coming = mine.where(Appointment.starts_at >= ctx.now, Appointment.state == AppointmentState.BOOKED)
    ids = select(coming.subquery().c.id)
    over = mine.where(Appointment.id.not_in(ids)).order_by(Appointment.starts_at.desc()).limit(SHOWN)
    return [
        *booked(ctx, ctx.db.scalars(coming.order_by(Appointment.starts_at)).all()),
        *booked(ctx, ctx.db.scalars(over).all()),
    ]


@query(roles={Role.PATIENT, Role.DOCTOR})
def appointment(ctx: Context, appointment_id: UUID) -> Booked:
    """One appointment, if the actor takes part in it. To anyone else it does not exist."""
    found = ctx.get(Appointment, appointment_id)
    if found.patient_id != ctx.actor.id and _doctor_of(ctx, found).person_id != ctx.actor.id:
        raise NotFound
    return booked(ctx, [found])[0]


@query(roles={Role.DOCTOR}, discloses=True, told="opened an appointment with you")
def visit(ctx: Context, appointment_id: UUID) -> Booked:
    """One appointment with the acting doctor, with what the patient said of it. The patient sees who looked."""
    found = ctx.get(Appointment, appointment_id)
    if _doctor_of(ctx, found).person_id != ctx.actor.id:
        raise NotFound
    ctx.tell(subject=found, person_id=found.patient_id)
    return booked(ctx, [found], with_patient=True)[0]


@query(roles={Role.DOCTOR})
def day(ctx: Context, on: date, zone: ZoneInfo) -> list[Booked]:
    """Who comes to the acting doctor on this day of a zone, in order, without what was cancelled."""
    span = whole_day(on, zone)
    its = (
        select(Appointment)
        .join(Doctor, Doctor.id == Appointment.doctor_id)
        .where(
            Doctor.person_id == ctx.actor.person_id,
            Appointment.state != AppointmentState.CANCELLED,
            Appointment.starts_at < span.end,
            Appointment.ends_at > span.start,
        )
    )
    return booked(ctx, ctx.db.scalars(its.order_by(Appointment.starts_at)).all(), with_patient=True)


@query(roles={Role.DOCTOR})
def my_patients(ctx: Context) -> list[Patient]:
    """Whoever had an appointment with the acting doctor that was not cancelled, the latest first."""
    its = (
        select(
            Appointment.patient_id,
            func.count().label("visits"),
            func.max(Appointment.starts_at).label("last_at"),
        )
        .join(Doctor, Doctor.id == Appointment.doctor_id)
        .where(Doctor.person_id == ctx.actor.person_id, Appointment.state != AppointmentState.CANCELLED)
        .group_by(Appointment.patient_id)
        .order_by(func.max(Appointment.starts_at).desc())
        .limit(SHOWN)
    )
    return [
        Patient(row.patient_id, people.name(ctx, row.patient_id), row.visits, row.last_at)
        for row in ctx.db.execute(its)
    ]


@query(roles={Role.ADMINISTRATOR})
def every_appointment(ctx: Context) -> list[Booked]:
    """The newest appointments of the exchange: when, with whom and how they stand; nothing of who came, or why."""
    newest = select(Appointment).order_by(Appointment.id.desc()).limit(SHOWN)
    return booked(ctx, ctx.db.scalars(newest).all())


@query(roles=WITHIN)
def appointments_of_series(ctx: Context, series_id: UUID) -> Sequence[Appointment]:
    """The appointments that were booked together, in order."""
    its = select(Appointment).where(Appointment.series_id == series_id)
    return ctx.db.scalars(its.order_by(Appointment.starts_at)).all()


@query(roles={Role.PATIENT})
def asked_of_insurer(ctx: Context, appointment: Appointment) -> tuple[Service, date]:
    """Which service an insurer is to cover for an appointment, and on which day of the practice's calendar."""
    kind = ctx.get(VisitType, appointment.visit_type_id)
    return kind.service, appointment.starts_at.astimezone(ZoneInfo(appointment.zone)).date()


@query(roles={Role.SYSTEM})
def awaiting_check(ctx: Context, check_id: UUID) -> Sequence[Appointment]:
    """The appointments still to come that rest on one question to an insurer."""
    its = select(Appointment).where(
        Appointment.check_id == check_id,
        Appointment.state == AppointmentState.BOOKED,
        Appointment.starts_at > ctx.now,
    )
    return ctx.db.scalars(its.order_by(Appointment.starts_at)).all()


@query(roles={Role.SYSTEM})
def is_patient(ctx: Context, person_id: UUID) -> bool:
    """Whether somebody sees doctors here."""
    standing = people.standing(ctx, person_id)
    return standing is not None and Role.PATIENT in standing.held


@query(roles=WITHIN)
def is_patient_of(ctx: Context, patient_id: UUID, doctor_id: UUID) -> bool:
    """Whether somebody booked with this doctor by themselves, and did not cancel."""
    its = select(Appointment.id).where(
        Appointment.patient_id == patient_id,
        Appointment.doctor_id == doctor_id,
        Appointment.state != AppointmentState.CANCELLED,
    )
    return ctx.db.execute(its.limit(1)).first() is not None


@query(roles=WITHIN)
def booked(ctx: Context, found: Sequence[Appointment], *, with_patient: bool = False) -> list[Booked]:
    """These appointments in words, in as few questions as there are kinds of words."""
    doctors = _by_id(ctx, Doctor, {each.doctor_id for each in found})
    kinds = _by_id(ctx, VisitType, {each.visit_type_id for each in found})
    places = _by_id(ctx, Location, {each.location_id for each in found if each.location_id})
    checks = _by_id(ctx, Check, {each.check_id for each in found if each.check_id})
    names = {each: people.name(ctx, each) for each in {one.patient_id for one in found}} if with_patient else {}
    return [
        Booked(
            each,
            doctors[each.doctor_id].public_name,
            kinds[each.visit_type_id],
            names.get(each.patient_id),
            places[each.location_id] if each.location_id else None,
            _eligibility(checks[each.check_id]) if each.check_id else None,
        )
        for each in found
    ]


def _eligibility(check: Check) -> Eligibility:
    return Eligibility(check.state, check.because, check.recheck_at, check.disposition)


def _doctor_of(ctx: Context, found: Appointment) -> Doctor:
    return ctx.get(Doctor, found.doctor_id)


def _by_id(ctx: Context, table: type[T], ids: set[UUID]) -> dict[UUID, T]:
    return {each.id: each for each in ctx.db.scalars(select(table).where(table.id.in_(ids)))} if ids else {}
