"""Locations, and the rooms and devices in them."""

from zoneinfo import available_timezones

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.operations import action
from salus.shared.calendar import queries
from salus.shared.calendar.models import Location, Resource, ResourceKind
from salus.shared.calendar.rules.access import THINGS
from salus.shared.calendar.rules.opening import is_subdivision
from salus.shared.calendar.rules.refusals import NotAThing, StillInUse, UnknownSubdivision, UnknownZone
from salus.shared.calendar.schemas import LocationWrite, ThingWrite


@action(roles={Role.DOCTOR})
def add_location(ctx: Context, new: LocationWrite) -> Location:
    """Add a location to the organisation that the actor works for. Raises UnknownZone or UnknownSubdivision."""
    if ctx.actor.organisation_id is None:
        raise NotAllowed
    _check_place(new)
    made = Location(organisation_id=ctx.actor.organisation_id, **new.model_dump())
    ctx.db.add(made)
    return made


@action(roles={Role.DOCTOR})
def change_location(ctx: Context, location: Location, wanted: LocationWrite) -> Location:
    """Change what a location is called, where it is and what its clocks show. Hours follow its clocks.

    Raises UnknownZone or UnknownSubdivision.
    """
    _check_place(wanted)
    location = ctx.lock(location)
    for name, value in wanted.model_dump().items():
        setattr(location, name, value)
    return location


@action(roles={Role.DOCTOR})
def retire_location(ctx: Context, location: Location) -> Location:
    """Offer a location no more. Raises StillInUse while somebody has hours there or a room is in it."""
    location = ctx.lock(location)
    if queries.is_in_use(ctx, location.id):
        raise StillInUse
    location.retired_at = ctx.now
    return location


@action(roles={Role.DOCTOR})
def add_thing(ctx: Context, location: Location, new: ThingWrite) -> Resource:
    """Add a room or a device at a location. It is always open until it is given hours."""
    made = Resource(
        kind=ResourceKind(new.kind),
        organisation_id=location.organisation_id,
        location_id=location.id,
        name=new.name,
        closed_on_holidays=False,
    )
    ctx.db.add(made)
    return made


@action(roles={Role.DOCTOR})
def rename_thing(ctx: Context, thing: Resource, *, name: str) -> Resource:
    """Call a room or a device otherwise. Raises NotAThing for a person's calendar."""
    thing = _locked_thing(ctx, thing)
    thing.name = name
    return thing


@action(roles={Role.DOCTOR})
def retire_thing(ctx: Context, thing: Resource) -> Resource:
    """Give out a room or a device no more. What was booked with it stays booked. Raises NotAThing."""
    thing = _locked_thing(ctx, thing)
    thing.retired_at = thing.retired_at or ctx.now
    return thing


def _locked_thing(ctx: Context, thing: Resource) -> Resource:
    if thing.kind not in THINGS:
        raise NotAThing
    return ctx.lock(thing)


def _check_place(given: LocationWrite) -> None:
    if given.zone not in available_timezones():
        raise UnknownZone
    if given.subdivision is not None and not is_subdivision(given.country, given.subdivision):
        raise UnknownSubdivision
