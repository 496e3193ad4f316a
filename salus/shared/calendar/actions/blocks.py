"""Times that calendars keep for themselves."""

from datetime import timedelta

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.calendar.actions.claims import claim, release
from salus.shared.calendar.models import Block, Resource, Span
from salus.shared.calendar.rules.access import key_holder
from salus.shared.calendar.rules.needs import the
from salus.shared.calendar.rules.refusals import TooLong

LONGEST = timedelta(days=31)


@action(roles={Role.DOCTOR})
def block(ctx: Context, resource: Resource, during: Span, *, note: str = "") -> Block:
    """Keep a time of a calendar free of bookings, inside of its hours or not.

    Raises TimeTaken where something is booked already, so that nobody is forgotten, and TooLong past a month: leave is
    a closure.
    """
    if during.length > LONGEST:
        raise TooLong
    made = Block(resource_id=resource.id, sealed_for=key_holder(resource), note=note or None)
    claim(ctx, made.id, [the(resource.id)], during, outside_hours=True)
    ctx.db.add(made)
    ctx.tell(subject=made, person_id=resource.person_id)
    return made


@action(roles={Role.DOCTOR})
def unblock(ctx: Context, block: Block) -> None:
    """Give a blocked time free again."""
    block = ctx.lock(block)
    release(ctx, block.id)
    ctx.tell(subject=block)
    ctx.db.delete(block)
