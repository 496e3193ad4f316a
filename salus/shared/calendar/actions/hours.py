"""Saying when calendars are open, and when otherwise."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.calendar import queries
from salus.shared.calendar.models import Hours, Location, Resource, Span, SpecialHours, SpecialKind
from salus.shared.calendar.rules import hours as rules
from salus.shared.calendar.rules.access import key_holder
from salus.shared.calendar.rules.refusals import BookingsOutside, TooLong, TooManyHours
from salus.shared.calendar.schemas import HoursWrite

MOST_HOURS = 100
"""Rules that one calendar has at most: each is expanded whenever somebody looks for a free time."""
LONGEST = timedelta(days=366)
"""Of a closure or extra hours."""
LINE = ("location_id", "rule", "starts", "ends", "valid_from", "valid_until")
"""What there is to change of hours."""


@action(roles={Role.DOCTOR})
def add_hours(ctx: Context, resource: Resource, location: Location, new: HoursWrite) -> Hours:
    """Open a calendar at a location on the days that a rule falls on.

    Raises RuleNotUnderstood, RuleNeverFalls, EndsBeforeItStarts or TooManyHours.
    """
    made = rules.line(resource.id, location, **new.model_dump())
    resource = ctx.lock(resource)
    if len(queries.hours(ctx, resource)) >= MOST_HOURS:
        raise TooManyHours
    ctx.db.add(made)
    ctx.tell(subject=made, person_id=resource.person_id)
    return made


@action(roles={Role.DOCTOR})
def change_hours(
    ctx: Context, hours: Hours, location: Location, new: HoursWrite, *, leaving: Collection[UUID] = ()
) -> Hours:
    """Open a calendar otherwise than these hours said. What was booked in them stays booked.

    Bookings that lie outside of all hours then must be named as `leaving`, so that nobody who comes is forgotten.
    Raises BookingsOutside if one is not, RuleNotUnderstood, RuleNeverFalls or EndsBeforeItStarts.
    """
    hours = ctx.lock(hours)
    wanted = rules.line(hours.resource_id, location, **new.model_dump())
    outside = queries.left_outside(ctx, hours, wanted)
    if not set(leaving).issuperset(one.booking_id for one in outside):
        raise BookingsOutside
    for name in LINE:
        setattr(hours, name, getattr(wanted, name))
    ctx.tell(subject=hours, person_id=queries.resource(ctx, hours.resource_id).person_id, outside=len(outside))
    return hours


@action(roles={Role.DOCTOR})
def remove_hours(ctx: Context, hours: Hours) -> None:
    """Open a calendar no more as these hours say. What was booked in them stays booked."""
    hours = ctx.lock(hours)
    ctx.tell(subject=hours)
    ctx.db.delete(hours)


@action(roles={Role.DOCTOR})
def close(ctx: Context, resource: Resource, during: Span, *, note: str = "") -> SpecialHours:
    """Close a calendar for a while: leave, illness, repair. What was booked in it stays booked. Raises TooLong."""
    return _special(ctx, resource, None, SpecialKind.CLOSED, during, note)


@action(roles={Role.DOCTOR})
def open_extra(ctx: Context, resource: Resource, location: Location, during: Span, *, note: str = "") -> SpecialHours:
    """Open a calendar at a location for once, also on a holiday or where it is closed. Raises TooLong."""
    return _special(ctx, resource, location, SpecialKind.OPEN, during, note)


@action(roles={Role.DOCTOR})
def remove_special_hours(ctx: Context, special: SpecialHours) -> None:
    """Go by the usual hours again."""
    special = ctx.lock(special)
    ctx.tell(subject=special)
    ctx.db.delete(special)


@action(roles={Role.DOCTOR})
def keep_holidays(ctx: Context, resource: Resource, *, on: bool) -> Resource:
    """Say whether a calendar is closed on the public holidays of its locations."""
    resource = ctx.lock(resource)
    resource.closed_on_holidays = on
    ctx.tell(subject=resource, person_id=resource.person_id)
    return resource


def _special(
    ctx: Context, resource: Resource, location: Location | None, kind: SpecialKind, during: Span, note: str
) -> SpecialHours:
    if during.length > LONGEST:
        raise TooLong
    made = SpecialHours(
        resource_id=resource.id,
        location_id=location.id if location else None,
        kind=kind,
        starts_at=during.start,
        ends_at=during.end,
        sealed_for=key_holder(resource),
        note=note or None,
    )
    ctx.db.add(made)
    ctx.tell(subject=made, person_id=resource.person_id)
    return made
