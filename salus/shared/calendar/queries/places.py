"""Locations, rooms, devices, and whose calendar is whose."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import Hours, Location, Resource, ResourceKind
from salus.shared.calendar.rules.access import is_managed_by


@query(roles={Role.DOCTOR})
def locations(ctx: Context) -> Sequence[Location]:
    """The locations of the organisation that the actor works for, by name, without retired ones."""
    its = select(Location).where(Location.organisation_id == ctx.actor.organisation_id, Location.retired_at.is_(None))
    return ctx.db.scalars(its.order_by(Location.name, Location.id)).all()


@query(roles={Role.DOCTOR})
def all_locations(ctx: Context) -> Sequence[Location]:
    """The locations of the organisation that the actor works for, by name, also those that are offered no more."""
    its = select(Location).where(Location.organisation_id == ctx.actor.organisation_id)
    return ctx.db.scalars(its.order_by(Location.name, Location.id)).all()


@query(roles={Role.DOCTOR})
def location(ctx: Context, location_id: UUID) -> Location:
    """One location of the organisation that the actor works for. To anyone else it does not exist."""
    found = ctx.get(Location, location_id)
    if found.organisation_id != ctx.actor.organisation_id:
        raise NotFound
    return found


@query(roles={Role.DOCTOR})
def resources(ctx: Context) -> Sequence[Resource]:
    """What the actor manages: their own calendar, and the rooms and devices of their organisation."""
    its = select(Resource).where(Resource.organisation_id == ctx.actor.organisation_id, Resource.retired_at.is_(None))
    found = ctx.db.scalars(its.order_by(Resource.kind, Resource.name, Resource.id)).all()
    return [one for one in found if is_managed_by(ctx.actor, one)]


@query(roles={Role.DOCTOR})
def resource(ctx: Context, resource_id: UUID) -> Resource:
    """One calendar that the actor manages. To anyone else it does not exist."""
    found = ctx.get(Resource, resource_id)
    if not is_managed_by(ctx.actor, found):
        raise NotFound
    return found


@query(roles={Role.DOCTOR})
def my_calendar(ctx: Context) -> Resource | None:
    """The acting practitioner's own calendar; None before it was opened."""
    mine = select(Resource).where(Resource.person_id == ctx.actor.person_id, Resource.kind == ResourceKind.PRACTITIONER)
    return ctx.db.scalars(mine).one_or_none()


@query(roles=WITHIN)
def calendars_of(ctx: Context, person_id: UUID) -> Sequence[Resource]:
    """The calendars of a person: as a practitioner, and as somebody who comes."""
    return ctx.db.scalars(select(Resource).where(Resource.person_id == person_id)).all()


@query(roles=WITHIN)
def is_in_use(ctx: Context, location_id: UUID) -> bool:
    """Whether anybody still has hours at a location, or a room or device is in it."""
    hours = exists().where(
        Hours.location_id == location_id, Hours.valid_until.is_(None) | (Hours.valid_until >= ctx.now.date())
    )
    things = exists().where(Resource.location_id == location_id, Resource.retired_at.is_(None))
    return bool(ctx.db.scalar(select(or_(hours, things))))
