"""Times that can be booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from salus.exchanges.appointments.models import Doctor, VisitType
from salus.exchanges.appointments.queries.doctors import Listed, Search, doctors
from salus.exchanges.appointments.rules import times as rules
from salus.exchanges.appointments.rules.refusals import NotOffered
from salus.exchanges.appointments.rules.times import Time
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar import queries as calendar
from salus.shared.calendar.models import ResourceKind, Span
from salus.shared.calendar.rules.opening import Schedule

WEEK = timedelta(days=7)
LAST = datetime.max.replace(tzinfo=UTC)
LOOKED_AHEAD = timedelta(days=28)
LONGEST_LOOK = timedelta(days=42)


@dataclass(frozen=True)
class Found:
    """A doctor, and when they have time next; None if not within the next four weeks."""

    doctor: Listed
    next_time: Time | None


@query(roles={Role.ANYONE})
def find(ctx: Context, search: Search) -> list[Found]:
    """Doctors who are what is looked for, those with time soonest first."""
    listed = doctors(ctx, search)
    kinds = [_first_kind(each, search) for each in listed]
    between = Span(ctx.now, ctx.now + LOOKED_AHEAD)
    needed = {each for kind in kinds if kind for need in rules.needs_of(kind) for each in need.among}
    asked = needed.union(each.resource_id for each in listed)
    schedules = calendar.schedules(ctx, asked, between=rules.around(between))
    found = [Found(each, _next(ctx, kind, each, schedules, between)) for each, kind in zip(listed, kinds, strict=True)]
    return sorted(found, key=lambda one: one.next_time.starts_at if one.next_time else LAST)


@query(roles={Role.ANYONE})
def times(ctx: Context, visit_type: VisitType, between: Span) -> list[Time]:
    """When this visit can begin within a span, as far as it may be booked now.

    A signed-in patient is not offered what they have no time for themselves. Raises Invalid for more than six weeks.
    """
    if between.length > LONGEST_LOOK:
        raise Invalid("Please ask for six weeks at most.", field="until")
    window = _window(ctx, visit_type, between)
    return [] if window is None else _times(ctx, visit_type, window, _own_calendar(ctx))


@query(roles=WITHIN)
def time_at(ctx: Context, visit_type: VisitType, starts_at: datetime) -> Time:
    """The time that is offered at this moment, whether or not somebody has it. Raises NotOffered if there is none.

    Whether it is free is for the calendar to say, in the statement that takes it.
    """
    moment = Span(starts_at, starts_at + timedelta(microseconds=1))
    doctor = ctx.get(Doctor, visit_type.doctor_id)
    schedule = calendar.schedules(ctx, [doctor.resource_id], between=rules.around(moment))[doctor.resource_id]
    schedule.taken.clear()
    for time in rules.times(rules.visit_of(visit_type), schedule, moment, at=visit_type.location_id):
        return time
    raise NotOffered


def _times(ctx: Context, visit_type: VisitType, between: Span, own: UUID | None) -> list[Time]:
    doctor = ctx.get(Doctor, visit_type.doctor_id)
    needs = rules.needs_of(visit_type)
    asked = {doctor.resource_id, *(each for need in needs for each in need.among), *([own] if own else [])}
    known = calendar.schedules(ctx, asked, between=rules.around(between))
    patient = known.pop(own) if own else None
    schedule = known.pop(doctor.resource_id)
    return rules.times(
        rules.visit_of(visit_type),
        schedule,
        between,
        at=visit_type.location_id,
        needs=needs,
        others=known,
        patient=patient,
    )


def _window(ctx: Context, visit_type: VisitType, between: Span) -> Span | None:
    """The part of a span in which this kind of visit may be booked now."""
    start = max(between.start, ctx.now + timedelta(hours=visit_type.notice_hours))
    end = min(between.end, ctx.now + timedelta(days=visit_type.horizon_days))
    return Span(start, end) if start < end else None


def _own_calendar(ctx: Context) -> UUID | None:
    if not ctx.actor.has(Role.PATIENT):
        return None
    mine = calendar.calendars_of(ctx, ctx.actor.person_id)
    return next((each.id for each in mine if each.kind == ResourceKind.PERSON), None)


def _first_kind(doctor: Listed, search: Search) -> VisitType | None:
    """The visit by which a doctor's next time is told: the cheapest of the wanted mode."""
    return next((kind for kind in doctor.visit_types if search.mode in {None, kind.mode}), None)


def _next(
    ctx: Context, kind: VisitType | None, doctor: Listed, schedules: Mapping[UUID, Schedule], between: Span
) -> Time | None:
    if kind is None:
        return None
    window = _window(ctx, kind, between)
    needs = rules.needs_of(kind)
    others = {each: schedules[each] for need in needs for each in need.among}
    visit, schedule = rules.visit_of(kind), schedules[doctor.resource_id]
    # Week by week: most doctors have time within the first, and the others need not be computed then.
    while window is not None:
        week = Span(window.start, min(window.end, window.start + WEEK))
        found = rules.times(visit, schedule, week, at=kind.location_id, needs=needs, others=others)
        if found:
            return found[0]
        window = Span(week.end, window.end) if week.end < window.end else None
    return None
