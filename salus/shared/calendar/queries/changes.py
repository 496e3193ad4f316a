"""What a change of hours would mean for what is booked."""

from dataclasses import replace
from datetime import UTC, datetime

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.calendar.models import Hours, Location, Span
from salus.shared.calendar.queries.agenda import entries, taken
from salus.shared.calendar.queries.availability import schedules
from salus.shared.calendar.queries.places import resource
from salus.shared.calendar.rules import hours as rules
from salus.shared.calendar.rules.agenda import Taken
from salus.shared.calendar.rules.opening import Rule

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@query(roles={Role.DOCTOR})
def left_outside(ctx: Context, hours: Hours, wanted: Hours | None = None) -> list[Taken]:
    """Bookings to come that lie within these hours, and would lie outside of all once they are as `wanted`, or removed.

    Only of a calendar that the actor manages. Times that it keeps for itself are no bookings.
    """
    own = resource(ctx, hours.resource_id)
    coming = taken(ctx, [own.id], between=Span(ctx.now, NEVER), reader_id=None)
    booked = [one for one in coming if not one.is_block]
    if not booked:
        return []
    reach = Span(booked[0].during.start, max(one.during.end for one in booked))
    before = schedules(ctx, [own.id], between=reach)[own.id]
    after = rules.instead(before, _rule(ctx, hours), None if wanted is None else _rule(ctx, wanted))
    outside = rules.left_outside(before, after, booked)
    words = entries(ctx, [one.booking_id for one in outside], ctx.actor.person_id)
    return [replace(one, entry=words.get(one.booking_id)) for one in outside]


def _rule(ctx: Context, hours: Hours) -> Rule:
    place = ctx.get(Location, hours.location_id)
    return Rule(
        hours.rule,
        hours.starts,
        hours.ends,
        hours.valid_from,
        hours.valid_until,
        place.id,
        place.zone,
        place.country,
        place.subdivision,
    )
