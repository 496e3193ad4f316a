"""Whose time it is: opening calendars for people."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar.models import Resource, ResourceKind


@action(roles=WITHIN)
def resource_of(ctx: Context, person_id: UUID) -> Resource:
    """The calendar of somebody who comes to appointments, opened when it is first needed.

    To be asked for before anything is claimed: it waits for others who open the same one.
    """
    return _opened(ctx, person_id, ResourceKind.PERSON, None)


@action(roles=WITHIN)
def practitioner_of(ctx: Context, person_id: UUID, organisation_id: UUID) -> Resource:
    """The calendar of somebody who gives appointments for an organisation; it moves there with them."""
    found = _opened(ctx, person_id, ResourceKind.PRACTITIONER, organisation_id)
    if found.organisation_id != organisation_id:
        found.organisation_id = organisation_id
    return found


@action(roles={Role.DOCTOR}, told="opened a calendar of yours")
def open_calendar(ctx: Context) -> Resource:
    """Open the acting practitioner's own calendar, or find it open."""
    if ctx.actor.organisation_id is None:
        raise NotAllowed
    found = practitioner_of(ctx, ctx.actor.person_id, ctx.actor.organisation_id)
    ctx.tell(subject=found, person_id=ctx.actor.person_id)
    return found


def _opened(ctx: Context, person_id: UUID, kind: ResourceKind, organisation_id: UUID | None) -> Resource:
    its = select(Resource).where(Resource.person_id == person_id, Resource.kind == kind)
    found = ctx.db.scalars(its).one_or_none()
    if found is None:
        new = {"id": new_id(), "person_id": person_id, "kind": kind, "organisation_id": organisation_id}
        ctx.db.execute(insert(Resource).values(new).on_conflict_do_nothing())
        found = ctx.db.scalars(its).one()
    return found
