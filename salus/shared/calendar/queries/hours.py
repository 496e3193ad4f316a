"""When calendars are open."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.calendar.models import Hours, Location, Resource, SpecialHours
from salus.shared.calendar.queries.places import resource
from salus.shared.calendar.rules.opening import holidays

A_YEAR = timedelta(days=365)
SHOWN = 200


@query(roles={Role.DOCTOR})
def hours(ctx: Context, resource: Resource) -> Sequence[Hours]:
    """The hours of a calendar that are not over, in the order of the day."""
    its = select(Hours).where(Hours.resource_id == resource.id)
    lasting = its.where(Hours.valid_until.is_(None) | (Hours.valid_until >= ctx.now.date()))
    return ctx.db.scalars(lasting.order_by(Hours.rule, Hours.starts, Hours.id)).all()


@query(roles={Role.DOCTOR})
def one_of_hours(ctx: Context, hours_id: UUID) -> Hours:
    """One line of hours of a calendar that the actor manages. To anyone else it does not exist."""
    found = ctx.get(Hours, hours_id)
    resource(ctx, found.resource_id)
    return found


@query(roles={Role.DOCTOR})
def special_hours(ctx: Context, resource: Resource) -> Sequence[SpecialHours]:
    """Closures and extra hours of a calendar that are not over, in order."""
    its = select(SpecialHours).where(SpecialHours.resource_id == resource.id, SpecialHours.ends_at > ctx.now)
    return ctx.db.scalars(its.order_by(SpecialHours.starts_at, SpecialHours.id).limit(SHOWN)).all()


@query(roles={Role.DOCTOR})
def one_of_special_hours(ctx: Context, special_hours_id: UUID) -> SpecialHours:
    """One closure, or extra hours, of a calendar that the actor manages. To anyone else it does not exist."""
    found = ctx.get(SpecialHours, special_hours_id)
    resource(ctx, found.resource_id)
    return found


@query(roles={Role.DOCTOR})
def coming_holidays(ctx: Context, location: Location) -> dict[date, str]:
    """The public holidays at a location in the year to come, and what they are called."""
    today = ctx.now.astimezone(location.clock).date()
    return holidays(location.country, location.subdivision, today, today + A_YEAR)
