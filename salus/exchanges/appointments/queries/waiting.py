"""Who waits, for what, and which times could be theirs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from salus.exchanges.appointments.models import (
    Appointment,
    AppointmentState,
    Doctor,
    Offered,
    OfferState,
    VisitType,
    Waiting,
    WaitingState,
)
from salus.exchanges.appointments.queries.times import LONGEST_LOOK, times
from salus.exchanges.appointments.rules import waiting as rules
from salus.exchanges.appointments.rules.times import Time
from salus.exchanges.appointments.rules.waiting import Chance
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.records import Record
from salus.shared.calendar import queries as calendar
from salus.shared.calendar.models import Location, Resource, ResourceKind, Span
from salus.shared.people import queries as people

BATCH = 200
LIVE = (WaitingState.WAITING, WaitingState.OFFERED, WaitingState.RESTING)
IN_TURN = (Waiting.unanswered, Waiting.id)
"""The order in which those who wait are asked."""


@dataclass(frozen=True)
class Waits:
    """Somebody's wish in words, and the time that is held for them, if one is."""

    waiting: Waiting
    doctor: str
    visit: str
    offered: Offered | None
    gives_back: Appointment | None


@dataclass(frozen=True)
class Held:
    """A time that is or was held for somebody, in words."""

    offered: Offered
    doctor: str
    visit: VisitType
    place: Location | None
    gives_back: Appointment | None
    """The later time that goes back when they take this one."""

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.offered.zone)


@dataclass(frozen=True)
class InLine:
    """Somebody who waits, as the practice sees them."""

    waiting: Waiting
    patient: str
    offered: int
    """How many times they were offered so far."""


@dataclass(frozen=True)
class Queue:
    """Who waits for a kind of visit, in the order in which they are asked; at the end those who rest."""

    visit_type_id: UUID
    visit: str
    line: list[InLine]

    @property
    def count(self) -> int:
        return len(self.line)


@query(roles={Role.PATIENT})
def waiting_list(ctx: Context) -> list[Waits]:
    """What the acting patient waits for, the longest first."""
    mine = select(Waiting).where(Waiting.patient_id == ctx.actor.person_id, Waiting.state.in_(LIVE))
    return _in_words(ctx, ctx.db.scalars(mine.order_by(Waiting.id)).all())


@query(roles={Role.PATIENT})
def waits(ctx: Context, waiting_id: UUID) -> Waits:
    """One thing that the acting patient waits for, or waited for. To anyone else it does not exist."""
    found = ctx.get(Waiting, waiting_id)
    if found.patient_id != ctx.actor.person_id:
        raise NotFound
    return _in_words(ctx, [found])[0]


@query(roles={Role.PATIENT})
def held(ctx: Context, offered_id: UUID) -> Held:
    """A time that is or was held for the acting patient. To anyone else it does not exist."""
    offered = ctx.get(Offered, offered_id)
    waiting = ctx.get(Waiting, offered.waiting_id)
    if waiting.patient_id != ctx.actor.person_id:
        raise NotFound
    return Held(
        offered,
        ctx.get(Doctor, waiting.doctor_id).public_name,
        ctx.get(VisitType, waiting.visit_type_id),
        ctx.get(Location, offered.location_id) if offered.location_id else None,
        gives_back(ctx, waiting, after=offered.starts_at),
    )


@query(roles={Role.PATIENT})
def later_appointments(ctx: Context, visit_type: VisitType) -> Sequence[Appointment]:
    """Coming appointments of the acting patient with this doctor: what they could give back for an earlier time."""
    mine = select(Appointment).where(
        Appointment.patient_id == ctx.actor.person_id,
        Appointment.doctor_id == visit_type.doctor_id,
        Appointment.state == AppointmentState.BOOKED,
        Appointment.starts_at > ctx.now,
    )
    return ctx.db.scalars(mine.order_by(Appointment.starts_at)).all()


@query(roles={Role.DOCTOR})
def queues(ctx: Context) -> list[Queue]:
    """Who waits for each of the acting doctor's kinds of visit; kinds for which nobody does are left out."""
    offers = select(func.count()).where(Offered.waiting_id == Waiting.id).scalar_subquery()
    its = (
        select(Waiting, VisitType.name, offers.label("offers"))
        .join(VisitType, VisitType.id == Waiting.visit_type_id)
        .join(Doctor, Doctor.id == Waiting.doctor_id)
        .where(Doctor.person_id == ctx.actor.person_id, Waiting.state.in_(LIVE))
        .order_by(VisitType.name, VisitType.id, Waiting.state == WaitingState.RESTING, *IN_TURN)
    )
    found: dict[UUID, Queue] = {}
    for waiting, visit, offered in ctx.db.execute(its):
        queue = found.setdefault(waiting.visit_type_id, Queue(waiting.visit_type_id, visit, []))
        queue.line.append(InLine(waiting, people.name(ctx, waiting.patient_id), offered))
    return list(found.values())


@query(roles=WITHIN)
def gives_back(ctx: Context, waiting: Waiting, *, after: datetime) -> Appointment | None:
    """The appointment that goes back for a time, if it is still coming and later than that."""
    had = ctx.db.get(Appointment, waiting.appointment_id) if waiting.appointment_id else None
    return had if had is not None and had.is_coming and had.starts_at > after else None


@query(roles=WITHIN)
def open_offer(ctx: Context, waiting: Waiting) -> Offered | None:
    """The time that is held for somebody who waits."""
    its = select(Offered).where(Offered.waiting_id == waiting.id, Offered.state == OfferState.OPEN)
    return ctx.db.scalars(its).one_or_none()


@query(roles={Role.SYSTEM})
def doctors_waited_for(ctx: Context, *, organisation_id: UUID | None = None) -> Sequence[UUID]:
    """Doctors for whom somebody waits without being asked; with an organisation, its own."""
    its = select(Waiting.doctor_id).distinct().where(Waiting.state == WaitingState.WAITING)
    if organisation_id is not None:
        its = its.join(Doctor, Doctor.id == Waiting.doctor_id).where(Doctor.organisation_id == organisation_id)
    return ctx.db.scalars(its.order_by(Waiting.doctor_id)).all()


@query(roles={Role.SYSTEM})
def doctor_of(ctx: Context, record: Record) -> UUID | None:
    """The doctor with whom time may have become free by what a record tells of; None if it is gone with its person."""
    if "doctor_id" in record.facts:
        return UUID(record.facts["doctor_id"])
    if record.subject_id is None or record.subject_type == Doctor.__tablename__:
        return record.subject_id
    found: VisitType | Appointment | None
    if record.subject_type == VisitType.__tablename__:
        found = ctx.db.get(VisitType, record.subject_id)
    else:
        found = ctx.db.get(Appointment, record.subject_id)
    return found.doctor_id if found is not None else None


@query(roles={Role.SYSTEM})
def chances(ctx: Context, doctor_id: UUID) -> list[Chance]:
    """Who waits for a doctor and could be offered which times that are free now, in the order in which they are asked.

    Those for whom nothing fits are left out, and so are times at which they have something else to do.
    """
    queue = select(Waiting).where(Waiting.doctor_id == doctor_id, Waiting.state == WaitingState.WAITING)
    wishes = ctx.db.scalars(queue.order_by(*IN_TURN)).all()
    free = _free(ctx, wishes)
    refused = _refused(ctx, wishes)
    found = [Chance(wish, _suitable(ctx, wish, free[wish.visit_type_id], refused[wish.id])) for wish in wishes]
    busy = _busy(ctx, found)
    left = [Chance(one.waiting, _without(one.times, busy[one.waiting.patient_id])) for one in found]
    return [one for one in left if one.times]


@query(roles={Role.SYSTEM})
def offers_over(ctx: Context) -> Sequence[UUID]:
    """Offers that nobody answered in time, two hundred at most."""
    over = select(Offered.id).where(Offered.state == OfferState.OPEN, Offered.expires_at <= ctx.now)
    return ctx.db.scalars(over.order_by(Offered.expires_at).limit(BATCH)).all()


@query(roles={Role.SYSTEM})
def waited_in_vain(ctx: Context) -> Sequence[UUID]:
    """Wishes whose last day is over in every zone, two hundred at most."""
    last = ctx.now.date() - timedelta(days=1)
    without_offer = Waiting.state.in_([WaitingState.WAITING, WaitingState.RESTING])
    over = select(Waiting.id).where(without_offer, Waiting.until_day < last)
    return ctx.db.scalars(over.order_by(Waiting.id).limit(BATCH)).all()


def _in_words(ctx: Context, found: Sequence[Waiting]) -> list[Waits]:
    return [
        Waits(
            each,
            ctx.get(Doctor, each.doctor_id).public_name,
            ctx.get(VisitType, each.visit_type_id).name,
            open_offer(ctx, each),
            gives_back(ctx, each, after=ctx.now),
        )
        for each in found
    ]


def _free(ctx: Context, wishes: Sequence[Waiting]) -> dict[UUID, list[Time]]:
    """The times of each kind of visit that somebody waits for, as far as somebody can still be asked."""
    by_kind: dict[UUID, list[Waiting]] = defaultdict(list)
    for wish in wishes:
        by_kind[wish.visit_type_id].append(wish)
    return {kind: _times(ctx, ctx.get(VisitType, kind), its) for kind, its in by_kind.items()}


def _times(ctx: Context, visit_type: VisitType, wishes: Sequence[Waiting]) -> list[Time]:
    doctor = ctx.get(Doctor, visit_type.doctor_id)
    if visit_type.retired_at is not None or doctor.published_at is None:
        return []
    spans = rules.asked_for(wishes, ctx.now, LONGEST_LOOK)
    found = [each for span in spans for each in times(ctx, visit_type, span)]
    return [each for each in found if rules.answer_until(ctx.now, each) is not None]


def _suitable(ctx: Context, wish: Waiting, free: list[Time], refused: Collection[datetime]) -> list[Time]:
    had = gives_back(ctx, wish, after=ctx.now)
    return rules.suitable(wish, free, refused=refused, before=had.starts_at if had else None)


def _refused(ctx: Context, wishes: Sequence[Waiting]) -> Mapping[UUID, set[datetime]]:
    """Times that were offered to them before. Nobody is asked twice about one."""
    found: dict[UUID, set[datetime]] = defaultdict(set)
    its = select(Offered.waiting_id, Offered.starts_at).where(Offered.waiting_id.in_([wish.id for wish in wishes]))
    for row in ctx.db.execute(its):
        found[row.waiting_id].add(row.starts_at)
    return found


def _busy(ctx: Context, found: Sequence[Chance]) -> Mapping[UUID, list[Span]]:
    """What those who could be asked have in their own calendars, by person."""
    people = {one.waiting.patient_id for one in found if one.times}
    theirs = select(Resource).where(Resource.person_id.in_(people), Resource.kind == ResourceKind.PERSON)
    owners = {one.id: one.person_id for one in ctx.db.scalars(theirs) if one.person_id}
    busy: dict[UUID, list[Span]] = defaultdict(list)
    starts = [each.starts_at for one in found for each in one.times]
    if owners and starts:
        reach = Span(min(starts), max(starts) + timedelta(days=1))
        for resource_id, schedule in calendar.schedules(ctx, list(owners), between=reach).items():
            busy[owners[resource_id]] = schedule.taken
    return busy


def _without(times: Sequence[Time], busy: Sequence[Span]) -> list[Time]:
    return [each for each in times if not any(span.meets(Span(each.starts_at, each.ends_at)) for span in busy)]
