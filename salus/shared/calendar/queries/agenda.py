"""What a calendar shows its keeper: day by day, with the words of whoever keeps the bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import (
    Block,
    Claim,
    ClaimState,
    Hours,
    Location,
    Resource,
    Span,
    SpecialHours,
    SpecialKind,
)
from salus.shared.calendar.queries.availability import schedules
from salus.shared.calendar.queries.places import resource
from salus.shared.calendar.rules.agenda import Day, Taken, laid_out
from salus.shared.calendar.rules.clocks import week_of, whole_day
from salus.shared.calendar.rules.entries import CONTRIBUTORS, Entry
from salus.shared.calendar.rules.opening import holidays, open_spans


@dataclass(frozen=True)
class Agenda:
    """Some days of one calendar, told by the clocks of one zone."""

    days: list[Day]
    between: Span
    zone: str


@query(roles={Role.DOCTOR})
def agenda(ctx: Context, resource: Resource, day: date | None = None, *, whole_week: bool = False) -> Agenda:
    """A day of a calendar that the actor manages, or its week from Monday on; today if none is named.

    Days are those of where the calendar is, by the clocks there.
    """
    place = home(ctx, resource)
    zone = place.clock if place else ZoneInfo("UTC")
    day = day or ctx.now.astimezone(zone).date()
    days = week_of(day) if whole_week else [day]
    between = Span(whole_day(days[0], zone).start, whole_day(days[-1], zone).end)
    schedule = schedules(ctx, [resource.id], between=between)[resource.id]
    kept = holidays(place.country, place.subdivision, days[0], days[-1]) if place else {}
    laid = laid_out(
        days,
        zone,
        open_spans=[] if schedule.is_always_open else open_spans(schedule, between),
        closed=_closures(ctx, resource, between),
        taken=taken(ctx, [resource.id], between=between, reader_id=ctx.actor.person_id),
        holidays=kept if resource.closed_on_holidays else {},
    )
    return Agenda(laid, between, str(zone))


@query(roles={Role.DOCTOR})
def home(ctx: Context, resource: Resource) -> Location | None:
    """Where a calendar is: a thing's location; of a practitioner, the first where they have hours, or any."""
    if resource.location_id is not None:
        return ctx.get(Location, resource.location_id)
    theirs = select(Location).where(Location.organisation_id == resource.organisation_id)
    has_hours = select(Hours.location_id).where(Hours.resource_id == resource.id)
    first = theirs.order_by(Location.id.in_(has_hours).desc(), Location.retired_at.is_not(None), Location.id)
    return ctx.db.scalars(first.limit(1)).one_or_none()


@query(roles={Role.DOCTOR})
def clock_of(ctx: Context, resource: Resource) -> ZoneInfo:
    """The clock by which a calendar is told: that of where it is."""
    place = home(ctx, resource)
    return place.clock if place else ZoneInfo("UTC")


@query(roles={Role.DOCTOR})
def blocked_time(ctx: Context, block_id: UUID) -> Block:
    """One blocked time of a calendar that the actor manages. To anyone else it does not exist."""
    found = ctx.db.get(Block, block_id)
    if found is None:
        raise NotFound
    resource(ctx, found.resource_id)
    return found


@query(roles=WITHIN)
def taken(ctx: Context, resources: Sequence[UUID], *, between: Span, reader_id: UUID | None) -> list[Taken]:
    """What is claimed of these within a span, in words for one reader; without a reader, only that it is."""
    claims = ctx.db.scalars(
        select(Claim)
        .where(Claim.resource_id.in_(resources), Claim.state != ClaimState.RELEASED)
        .where(Claim.blocked_until > between.start, Claim.blocked_from < between.end)
        .where(or_(Claim.state == ClaimState.BOOKED, Claim.expires_at > ctx.now))
        .order_by(Claim.starts_at, Claim.id)
    ).all()
    bookings = list(dict.fromkeys(claim.booking_id for claim in claims))
    blocks = {one.id: one for one in ctx.db.scalars(select(Block).where(Block.id.in_(bookings)))}
    words = entries(ctx, bookings, reader_id) if reader_id else {}
    noted = {one.id: Entry(one.note) for one in blocks.values() if one.note} if reader_id else {}
    return [
        Taken(
            claim.booking_id,
            claim.during,
            claim.blocked,
            claim.state == ClaimState.HELD,
            claim.overbooked,
            (words | noted).get(claim.booking_id),
            claim.booking_id in blocks,
        )
        for claim in claims
    ]


@query(roles=WITHIN)
def entries(ctx: Context, bookings: Sequence[UUID], reader_id: UUID) -> dict[UUID, Entry]:
    """What whoever keeps these bookings says of them to one reader."""
    found: dict[UUID, Entry] = {}
    for contributor in CONTRIBUTORS.values() if bookings else ():
        found.update(contributor(ctx, bookings, reader_id))
    return found


def _closures(ctx: Context, resource: Resource, between: Span) -> list[tuple[Span, str]]:
    its = select(SpecialHours).where(
        SpecialHours.resource_id == resource.id,
        SpecialHours.kind == SpecialKind.CLOSED,
        SpecialHours.ends_at > between.start,
        SpecialHours.starts_at < between.end,
    )
    return [(Span(one.starts_at, one.ends_at), one.note or "") for one in ctx.db.scalars(its)]
