"""Giving times to patients. Of several who want one time, the calendar gives it to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    NotOffered,
    NotTheirDoctor,
    SeriesTaken,
)
from salus.exchanges.appointments.rules.series import Weekly
from salus.exchanges.appointments.rules.times import Time, needs_of
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar import actions as calendar
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.needs import the
from salus.shared.calendar.rules.refusals import NotOpen, TimeTaken
from salus.shared.insurance import actions as insurance
from salus.shared.insurance.models import Coverage


@dataclass(frozen=True)
class Terms:
    """What stands with a visit beside when it is, and with whom."""

    reason: str = ""
    """What brings the patient, in their own words."""
    coverage_id: UUID | None = None
    """The insurance that is to pay; without one, the patient does."""
    series_id: UUID | None = None


NO_TERMS = Terms()


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
        return _place(ctx, booking_id, visit_type, time, ctx.actor.person_id, Terms(reason, coverage_id))
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
    key: str | None = None,
) -> list[Appointment]:
    """Give the acting patient the same time of several weeks, as the clock of the practice shows it: all or none.

    With the same `key` again it is the same series. Raises NoSeries for more than this kind of visit allows,
    SeriesTaken naming the first date that is not free, and what `book` raises.
    """
    wanted = Weekly(starts_at, count, every_weeks)
    series_id = policy.series_id(ctx.actor.person_id, key)
    before = queries.appointments_of_series(ctx, series_id)
    if before:
        return _same_series(before, visit_type, wanted)
    _insist_on_bookable(ctx, visit_type)
    if not 2 <= count <= visit_type.most_in_series:
        raise NoSeries
    policy.insist_on_window(visit_type, starts_at, ctx.now)
    first = queries.time_at(ctx, visit_type, starts_at)
    try:
        made = _place_series(ctx, series_id, visit_type, first, wanted, Terms(reason, coverage_id, series_id))
    except SeriesTaken:
        # Whoever took the first date may be this very request, sent twice at once: all of it was taken then.
        again = queries.appointments_of_series(ctx, series_id)
        if len(again) != count:
            raise
        return _same_series(again, visit_type, wanted)
    ctx.tell(subject=made[0], person_id=ctx.actor.person_id, count=count)
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
    terms: Terms,
) -> Appointment:
    """Make an appointment of a time that is held under this booking already. Raises NothingHeld once that is over."""
    calendar.confirm(ctx, booking_id)
    return _appointment(ctx, booking_id, visit_type, time, patient_id, terms)


def _place_series(
    ctx: Context, series_id: UUID, visit_type: VisitType, first: Time, wanted: Weekly, terms: Terms
) -> list[Appointment]:
    """The visits of a series in the order of time. Raises SeriesTaken for a date that cannot be had, and TooFar.

    The first has the id of the series, so that two series with one key cannot both be kept.
    """
    zone, patient_id = ZoneInfo(first.zone), ctx.actor.person_id
    made: list[Appointment] = []
    for begins in wanted.begins(zone):
        policy.insist_on_window(visit_type, begins, ctx.now)
        try:
            time = queries.time_at(ctx, visit_type, begins) if made else first
            made.append(_place(ctx, new_id() if made else series_id, visit_type, time, patient_id, terms))
        except (TimeTaken, NotOpen, NotOffered) as refusal:
            raise SeriesTaken(_date_not_free(begins, zone)) from refusal
    return made


def _place(
    ctx: Context,
    booking_id: UUID,
    visit_type: VisitType,
    time: Time,
    patient_id: UUID,
    terms: Terms = NO_TERMS,
    *,
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
    made = _appointment(ctx, booking_id, visit_type, time, patient_id, terms)
    made.is_overbooked = any(claim.overbooked for claim in claims)
    return made


def _appointment(
    ctx: Context, booking_id: UUID, visit_type: VisitType, time: Time, patient_id: UUID, terms: Terms
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
        reason=terms.reason.strip() or None,
        series_id=terms.series_id,
        booked_by=ctx.actor.person_id,
    )
    if terms.coverage_id is not None:
        _let_insurance_pay(ctx, made, terms.coverage_id)
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


def _same_series(before: Sequence[Appointment], visit_type: VisitType, wanted: Weekly) -> list[Appointment]:
    begins = [each.starts_at for each in before]
    if before[0].visit_type_id != visit_type.id or begins != wanted.begins(ZoneInfo(before[0].zone)):
        raise KeyUsed
    return list(before)


def _date_not_free(begins: datetime, zone: ZoneInfo) -> str:
    day = begins.astimezone(zone).strftime("%-d %B %Y at %H:%M")
    return f"{day} is not free, so nothing was booked. Please choose another time of day or weekday."
