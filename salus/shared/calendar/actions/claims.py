"""Taking time, giving it back, moving it. All or nothing, and never twice.

Everybody claims in one order (`rules.needs.in_turn`) with INSERT … ON CONFLICT DO NOTHING: whoever meets a claim that
is not committed yet waits for that one before going on, so nobody waits for somebody who waits for them. Whoever keeps
bookings locks one before it does two things to it: nothing here sees to that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.errors import DeadlockDetected, LockNotAvailable

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar import queries
from salus.shared.calendar.models import Claim, ClaimState, ResourceKind, Span
from salus.shared.calendar.rules.needs import Need, chosen, in_turn, the
from salus.shared.calendar.rules.opening import Schedule, open_spans
from salus.shared.calendar.rules.refusals import NothingHeld, NotOpen, TimeTaken

NO_TIME = timedelta()

# A hold of this resource that is over gives way in the same statement. Resource by resource, and not all holds first:
# whoever had cleared a later one would keep others waiting there while waiting for them here.
TAKE = """
WITH over AS (
  DELETE FROM claims WHERE id IN (
    SELECT id FROM claims
    WHERE resource_id = %(resource_id)s AND blocked_until > %(blocked_from)s AND blocked_from < %(blocked_until)s
      AND state = 'held' AND expires_at <= %(now)s
    ORDER BY id FOR UPDATE)
  RETURNING id
)
INSERT INTO claims (id, booking_id, resource_id, resource_no, starts_at, ends_at, blocked_from, blocked_until,
                    state, overbooked, expires_at)
SELECT %(id)s, %(booking_id)s, %(resource_id)s, %(resource_no)s, %(starts_at)s, %(ends_at)s, %(blocked_from)s,
       %(blocked_until)s, %(state)s, %(overbooked)s, %(expires_at)s
WHERE (SELECT count(*) FROM over) >= 0
ON CONFLICT DO NOTHING
RETURNING *
"""

CONFIRM = """
UPDATE claims SET state = 'booked', expires_at = NULL
WHERE booking_id = %(booking_id)s AND state = 'held' AND expires_at > %(now)s RETURNING id
"""

RELEASE = """
UPDATE claims SET state = 'released', expires_at = NULL
WHERE booking_id = %(booking_id)s AND state IN ('held', 'booked') RETURNING id
"""

SWEEP = """
DELETE FROM claims WHERE id IN (
  SELECT id FROM claims WHERE id = ANY(%(ids)s) AND state = 'held' AND expires_at <= %(now)s
  FOR UPDATE SKIP LOCKED)
RETURNING id
"""

# Those who move something also give up time, and so take turns: two could otherwise want each other's.
TURN = """
SELECT pg_advisory_xact_lock(hashtextextended('calendar', number)) IS NULL AS waited
FROM unnest(%(numbers)s::bigint[]) AS number
"""


@dataclass(frozen=True)
class _Wish:
    """A booking on its way into the calendar."""

    booking_id: UUID
    during: Span
    before: timedelta
    after: timedelta
    hold_until: datetime | None
    overbook: bool
    outside_hours: bool
    at: UUID | None

    def blocked(self, kind: ResourceKind) -> Span:
        """Buffers are for whoever and whatever is there for others; who comes may go straight on."""
        return self.during if kind is ResourceKind.PERSON else self.during.widened(self.before, self.after)

    def is_open(self, schedule: Schedule) -> bool:
        if self.outside_hours or self.overbook:
            return not schedule.is_retired
        return any(span.holds(self.during) for span in open_spans(schedule, self.during, at=self.at))

    def is_free(self, schedule: Schedule) -> bool:
        return not any(span.meets(self.blocked(schedule.kind)) for span in schedule.taken)

    def may_double(self, schedule: Schedule) -> bool:
        """Nobody is sent to two places at once, not even on purpose."""
        return self.overbook and schedule.kind is not ResourceKind.PERSON


class _Lost(Exception):
    """Somebody was faster at one resource; what was taken before it is given back with the savepoint."""

    def __init__(self, resource_id: UUID) -> None:
        self.resource_id = resource_id
        super().__init__()


@action(roles=WITHIN)
def claim(
    ctx: Context,
    booking_id: UUID,
    needs: Sequence[Need],
    during: Span,
    *,
    before: timedelta = NO_TIME,
    after: timedelta = NO_TIME,
    hold_until: datetime | None = None,
    overbook: bool = False,
    outside_hours: bool = False,
    at: UUID | None = None,
) -> list[Claim]:
    """Take what a booking needs for this time, all of it or nothing; until `hold_until`, or for good.

    Whoever and whatever is there for others is blocked for a while `before` and `after` as well. Hours count at the
    location `at`, or anywhere. With `overbook`, which only an overbooker may, a time that is taken is given again, but
    never to a person who has another appointment.

    Raises NotOpen, or TimeTaken, also after it waited for somebody who was a moment faster. The transaction can go on
    then: nothing of it stays.
    """
    if overbook and not ctx.actor.has(Role.OVERBOOKER):
        raise NotAllowed
    wish = _Wish(booking_id, during, before, after, hold_until, overbook, outside_hours, at)
    return _claimed(ctx, wish, needs, but=None)


@action(roles=WITHIN)
def move(
    ctx: Context,
    booking_id: UUID,
    during: Span,
    *,
    before: timedelta = NO_TIME,
    after: timedelta = NO_TIME,
    needs: Sequence[Need] | None = None,
    overbook: bool = False,
    outside_hours: bool = False,
    at: UUID | None = None,
) -> list[Claim]:
    """Give a booking another time, with the resources it has or with what it `needs` then; otherwise as `claim`.

    The old time is free once the new one is certain, and may overlap it. Raises NothingHeld if the booking has no time,
    NotOpen or TimeTaken; it keeps its old time then.
    """
    if overbook and not ctx.actor.has(Role.OVERBOOKER):
        raise NotAllowed
    ctx.rows(TURN, {"numbers": [one.resource_no for one in queries.claims(ctx, booking_id)]})
    had = queries.claims(ctx, booking_id)
    if not had:
        raise NothingHeld
    wish = _Wish(booking_id, during, before, after, had[0].expires_at, overbook, outside_hours, at)
    return _claimed(ctx, wish, needs or [the(one.resource_id) for one in had], but=booking_id)


@action(roles=WITHIN)
def confirm(ctx: Context, booking_id: UUID) -> None:
    """Keep for good what a booking holds. Raises NothingHeld if its time is over."""
    ctx.rows(CONFIRM, {"booking_id": booking_id, "now": ctx.now})
    states = {one.state for one in queries.claims(ctx, booking_id)}
    if states != {ClaimState.BOOKED}:
        raise NothingHeld
    ctx.tell(booking_id=str(booking_id))


@action(roles=WITHIN)
def release(ctx: Context, booking_id: UUID) -> int:
    """Give back all that a booking has; how many resources that were. What had been stays to be read."""
    count = len(ctx.rows(RELEASE, {"booking_id": booking_id}))
    ctx.tell(booking_id=str(booking_id), resources=count)
    return count


@action(roles={Role.SYSTEM})
def sweep_holds(ctx: Context, ids: Sequence[UUID]) -> int:
    """Remove claims that were held and are over; how many it were. What somebody is taking already is left to them."""
    count = len(ctx.rows(SWEEP, {"ids": list(ids), "now": ctx.now}))
    ctx.tell(holds=count)
    return count


def _claimed(ctx: Context, wish: _Wish, needs: Sequence[Need], *, but: UUID | None) -> list[Claim]:
    """The claims, chosen anew as long as somebody else is faster and there is a choice."""
    widest = wish.during.widened(wish.before, wish.after)
    everyone = {each for need in needs for each in need.among}
    schedules = queries.schedules(ctx, everyone, between=widest, but=but)
    lost: set[UUID] = set()
    while True:
        picked = _picked(wish, needs, schedules, lost)
        try:
            claims = _taken(ctx, wish, [schedules[each] for each in in_turn(picked, schedules)], but)
        except _Lost as loss:
            lost.add(loss.resource_id)
        else:
            ctx.tell(
                booking_id=str(wish.booking_id),
                resource_ids=[str(one.resource_id) for one in claims],
                overbooked=sum(one.overbooked for one in claims),
            )
            return claims


def _picked(wish: _Wish, needs: Sequence[Need], schedules: dict[UUID, Schedule], lost: set[UUID]) -> list[UUID]:
    """Free ones if there are; else, of an overbooker, taken ones. Raises NotOpen or TimeTaken."""

    def those(is_able: Callable[[Schedule], bool]) -> set[UUID]:
        return {each for each, schedule in schedules.items() if wish.is_open(schedule) and is_able(schedule)}

    free = those(wish.is_free) - lost
    picked = chosen(needs, free) or chosen(needs, free | those(wish.may_double))
    if picked is not None:
        return picked
    raise NotOpen if chosen(needs, those(lambda _: True)) is None else TimeTaken


def _taken(ctx: Context, wish: _Wish, order: Sequence[Schedule], but: UUID | None) -> list[Claim]:
    """One claim on each, in this order; of a booking that has claims, instead of those. Raises _Lost or TimeTaken."""
    try:
        with ctx.db.begin_nested():
            if but is not None:
                ctx.rows(RELEASE, {"booking_id": but})
            return [_take(ctx, wish, schedule) for schedule in order]
    except (DeadlockDetected, LockNotAvailable) as error:
        raise TimeTaken from error


def _take(ctx: Context, wish: _Wish, schedule: Schedule) -> Claim:
    row = _row(wish, schedule, now=ctx.now)
    if wish.is_free(schedule):
        found = ctx.rows(TAKE, row | {"overbooked": False})
        if found:
            return Claim(**found[0])
    if not wish.may_double(schedule):
        raise _Lost(schedule.resource_id)
    return Claim(**ctx.rows(TAKE, row | {"overbooked": True})[0])


def _row(wish: _Wish, schedule: Schedule, *, now: datetime) -> dict[str, object]:
    blocked = wish.blocked(schedule.kind)
    return {
        "id": new_id(),
        "booking_id": wish.booking_id,
        "resource_id": schedule.resource_id,
        "resource_no": schedule.number,
        "starts_at": wish.during.start,
        "ends_at": wish.during.end,
        "blocked_from": blocked.start,
        "blocked_until": blocked.end,
        "state": ClaimState.HELD if wish.hold_until else ClaimState.BOOKED,
        "expires_at": wish.hold_until,
        "now": now,
    }
