"""Giving times to patients. Of several who want one time, the calendar gives it to one."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.actions.showing import show_appointment
from salus.exchanges.appointments.models import Appointment, Doctor, Payer, VisitType
from salus.exchanges.appointments.queries.bookings import is_patient_of
from salus.exchanges.appointments.rules import policy
from salus.exchanges.appointments.rules.refusals import (
    KeyUsed,
    NoSeries,
    NotBookable,
    NotTheirDoctor,
    SeriesTaken,
)
from salus.exchanges.appointments.rules.times import Time, needs_of
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar import actions as calendar
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import instant
from salus.shared.calendar.rules.needs import the
from salus.shared.calendar.rules.refusals import NotOpen, TimeTaken
from salus.shared.insurance import actions as insurance
from salus.shared.insurance.models import Coverage


@action(roles={Role.PATIENT}, told="booked an appointment for you")
def book(
    ctx: Context,
    visit_type: VisitType,
    starts_at: datetime,
    *,
    reason: str = "",
    coverage_id: UUID | None = None,
    key: str | None = None,
) -> Appointment:
    """Give the acting patient one of the offered times.

    With the same `key` again it is the same booking. With a coverage its insurer is asked in the background: booking
    waits for nobody. Raises NotBookable, TooSoon, TooFar, NotOffered or TimeTaken; KeyUsed for a key that another
    booking has.
    """
    booking_id = policy.booking_id(ctx.actor.person_id, key)
    before = ctx.db.get(Appointment, booking_id)
    if before is not None:
        return _same(before, visit_type, starts_at)
    _insist_on_bookable(ctx, visit_type)
    policy.insist_on_window(visit_type, starts_at, ctx.now)
    try:
        time = queries.time_at(ctx, visit_type, starts_at)
        return _place(ctx, booking_id, visit_type, time, ctx.actor.person_id, reason=reason, coverage_id=coverage_id)
    except TimeTaken:
        # The one who took it may be this very request, sent twice at once.
        again = key and ctx.db.get(Appointment, booking_id, populate_existing=True)
        if not again:
            raise
        return _same(again, visit_type, starts_at)


@action(roles={Role.PATIENT}, told="booked a series of appointments for you")
def book_series(
    ctx: Context,
    visit_type: VisitType,
    starts_at: datetime,
    *,
    count: int,
    every_weeks: int = 1,
    reason: str = "",
    coverage_id: UUID | None = None,
) -> list[Appointment]:
    """Give the acting patient the same time of several weeks, as the clock of the practice shows it: all or none.

    Raises NoSeries for more than this kind of visit allows, SeriesTaken naming the first date that is not free, and
    what `book` raises.
    """
    _insist_on_bookable(ctx, visit_type)
    if not 2 <= count <= visit_type.most_in_series:
        raise NoSeries
    patient_id, series_id = ctx.actor.person_id, new_id()
    policy.insist_on_window(visit_type, starts_at, ctx.now)
    first = queries.time_at(ctx, visit_type, starts_at)
    zone = ZoneInfo(first.zone)
    shown = starts_at.astimezone(zone).replace(tzinfo=None)
    made: list[Appointment] = []
    for number in range(count):
        begins = instant(shown + timedelta(weeks=number * every_weeks), zone)
        policy.insist_on_window(visit_type, begins, ctx.now)
        try:
            time = queries.time_at(ctx, visit_type, begins)
            made.append(
                _place(
                    ctx,
                    new_id(),
                    visit_type,
                    time,
                    patient_id,
                    reason=reason,
                    coverage_id=coverage_id,
                    series_id=series_id,
                )
            )
        except (TimeTaken, NotOpen) as refusal:
            raise SeriesTaken(_date_not_free(begins, zone)) from refusal
    ctx.tell(subject=made[0], person_id=patient_id, count=count)
    return made


@action(roles={Role.DOCTOR}, told="gave you an appointment")
def book_for(ctx: Context, visit_type: VisitType, patient_id: UUID, starts_at: datetime) -> Appointment:
    """Give a patient of the acting doctor one of the doctor's own offered times. The patient pays, or says who does.

    Raises NotTheirDoctor for somebody who never came by themselves, and what `book` raises, but for TooSoon.
    """
    visit_type = _own(ctx, visit_type, patient_id)
    time = queries.time_at(ctx, visit_type, starts_at)
    return _place(ctx, new_id(), visit_type, time, patient_id)


@action(roles={Role.OVERBOOKER}, told="gave you an appointment at a time that was taken")
def overbook(
    ctx: Context, visit_type: VisitType, patient_id: UUID, starts_at: datetime, *, because: str
) -> Appointment:
    """Give a patient of the acting doctor a time that is taken, or outside of the hours. It is recorded, with why.

    The patient's own time is never given twice. Raises NotTheirDoctor or TimeTaken.
    """
    visit_type = _own(ctx, visit_type, patient_id)
    time = Time(starts_at, starts_at + visit_type.length, visit_type.location_id, queries.zone_of(ctx, visit_type).key)
    made = _place(ctx, new_id(), visit_type, time, patient_id, overbook=True)
    made.overbooked_because = because
    ctx.tell(overbooked=made.is_overbooked)
    return made


@action(roles=WITHIN, told="kept an appointment for you")
def keep_held(
    ctx: Context,
    booking_id: UUID,
    visit_type: VisitType,
    time: Time,
    patient_id: UUID,
    *,
    reason: str = "",
    coverage_id: UUID | None = None,
) -> Appointment:
    """Make an appointment of a time that is held under this booking already. Raises NothingHeld once that is over."""
    calendar.confirm(ctx, booking_id)
    return _appointment(ctx, booking_id, visit_type, time, patient_id, reason=reason, coverage_id=coverage_id)


def _place(
    ctx: Context,
    booking_id: UUID,
    visit_type: VisitType,
    time: Time,
    patient_id: UUID,
    *,
    reason: str = "",
    coverage_id: UUID | None = None,
    series_id: UUID | None = None,
    overbook: bool = False,
) -> Appointment:
    doctor = ctx.get(Doctor, visit_type.doctor_id)
    own = calendar.resource_of(ctx, patient_id)
    claims = calendar.claim(
        ctx,
        booking_id,
        [the(doctor.resource_id), *needs_of(visit_type), the(own.id)],
        Span(time.starts_at, time.ends_at),
        before=visit_type.before,
        after=visit_type.after,
        overbook=overbook,
        at=time.location_id,
    )
    made = _appointment(
        ctx, booking_id, visit_type, time, patient_id, reason=reason, coverage_id=coverage_id, series_id=series_id
    )
    made.is_overbooked = any(claim.overbooked for claim in claims)
    return made


def _appointment(
    ctx: Context,
    booking_id: UUID,
    visit_type: VisitType,
    time: Time,
    patient_id: UUID,
    *,
    reason: str = "",
    coverage_id: UUID | None = None,
    series_id: UUID | None = None,
) -> Appointment:
    made = Appointment(
        id=booking_id,
        patient_id=patient_id,
        doctor_id=visit_type.doctor_id,
        visit_type_id=visit_type.id,
        location_id=time.location_id,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        zone=time.zone,
        price=visit_type.price,
        payer=Payer.SELF,
        reason=reason.strip() or None,
        series_id=series_id,
        booked_by=ctx.actor.person_id,
    )
    if coverage_id is not None:
        _let_insurance_pay(ctx, made, coverage_id)
    ctx.db.add(made)
    ctx.db.flush()
    doctor = ctx.get(Doctor, made.doctor_id)
    show_appointment(ctx, made)
    ctx.tell(subject=made, person_id=patient_id, concerns=[patient_id, doctor.person_id, doctor.organisation_id])
    return made


def _let_insurance_pay(ctx: Context, made: Appointment, coverage_id: UUID) -> None:
    coverage = ctx.db.get(Coverage, coverage_id)
    if coverage is None or coverage.person_id != made.patient_id or coverage.removed_at is not None:
        raise NotFound("We do not know this insurance. Please add it under Insurance first.", field="coverage_id")
    made.payer, made.coverage_id = Payer.INSURANCE, coverage.id
    service, on_day = queries.asked_of_insurer(ctx, made)
    made.check_id = insurance.ask(ctx, coverage, service=service, on_day=on_day).id


def _insist_on_bookable(ctx: Context, visit_type: VisitType) -> None:
    doctor = ctx.get(Doctor, visit_type.doctor_id)
    if visit_type.retired_at is not None or doctor.published_at is None:
        raise NotBookable


def _own(ctx: Context, visit_type: VisitType, patient_id: UUID) -> VisitType:
    """The acting doctor's kind of visit, for a patient of theirs."""
    visit_type = queries.my_visit_type(ctx, visit_type.id)
    if not is_patient_of(ctx, patient_id, visit_type.doctor_id):
        raise NotTheirDoctor
    return visit_type


def _same(before: Appointment, visit_type: VisitType, starts_at: datetime) -> Appointment:
    if before.visit_type_id != visit_type.id or before.starts_at != starts_at:
        raise KeyUsed
    return before


def _date_not_free(begins: datetime, zone: ZoneInfo) -> str:
    day = begins.astimezone(zone).strftime("%-d %B %Y at %H:%M")
    return f"{day} is not free, so nothing was booked. Please choose another time of day or weekday."
