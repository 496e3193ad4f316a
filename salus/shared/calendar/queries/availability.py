"""When resources are free."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import ResourceKind, Span, SpecialKind
from salus.shared.calendar.rules.opening import Rule, Schedule, free_spans

RESOURCES = """
SELECT r.id, r.number, r.kind, r.closed_on_holidays, r.retired_at IS NOT NULL AS is_retired,
       h.rule, h.starts, h.ends, h.valid_from, h.valid_until, h.location_id, l.zone, l.country, l.subdivision
FROM resources r
LEFT JOIN hours h ON h.tenant_id = r.tenant_id AND h.resource_id = r.id
LEFT JOIN locations l ON l.tenant_id = h.tenant_id AND l.id = h.location_id
WHERE r.id = ANY(%(resources)s)
"""

# What is looked at is blocked time. The columns are compared one by one, so that the index serves in spite of row-level
# security. A hold that is over counts no more, also where nobody has swept it away yet.
TAKEN = """
SELECT resource_id, kind, location_id, from_at, until_at FROM (
  SELECT resource_id, 'taken' AS kind, NULL::uuid AS location_id, blocked_from AS from_at, blocked_until AS until_at
  FROM claims
  WHERE resource_id = ANY(%(resources)s) AND blocked_until > %(start)s AND blocked_from < %(end)s
    AND state IN ('held', 'booked') AND (state = 'booked' OR expires_at > %(now)s)
    AND booking_id IS DISTINCT FROM %(but)s
  UNION ALL
  SELECT resource_id, kind, location_id, starts_at, ends_at FROM special_hours
  WHERE resource_id = ANY(%(resources)s) AND ends_at > %(start)s AND starts_at < %(end)s
) AS exceptions
"""


@query(roles=WITHIN)
def free(ctx: Context, resources: Sequence[UUID], *, between: Span, at: UUID | None = None) -> dict[UUID, list[Span]]:
    """When each of these resources is open and not taken; with `at`, at that location alone. Raises NotFound."""
    known = schedules(ctx, resources, between=between)
    return {each: free_spans(known[each], between, at=at) for each in resources}


@query(roles=WITHIN)
def schedules(
    ctx: Context, resources: Collection[UUID], *, between: Span, but: UUID | None = None
) -> dict[UUID, Schedule]:
    """All that says when each resource is free within a span, without what the booking `but` took.

    Two questions to the database, however many resources there are. Raises NotFound for one that is not there.
    """
    asked = {
        "resources": list(resources),
        "start": between.start,
        "end": between.end,
        "now": ctx.now,
        "but": but,
    }
    found: dict[UUID, Schedule] = {}
    for row in ctx.rows(RESOURCES, asked):
        schedule = found.get(row["id"]) or found.setdefault(row["id"], _schedule(row))
        if row["rule"] is not None:
            schedule.rules.append(Rule(*(row[name] for name in Rule.__slots__)))
    if len(found) < len(set(resources)):
        raise NotFound
    for row in ctx.rows(TAKEN, asked):
        _except(found[row["resource_id"]], row)
    return found


def _schedule(row: Mapping[str, Any]) -> Schedule:
    return Schedule(row["id"], row["number"], ResourceKind(row["kind"]), row["closed_on_holidays"], row["is_retired"])


def _except(schedule: Schedule, row: Mapping[str, Any]) -> None:
    span = Span(row["from_at"], row["until_at"])
    if row["kind"] == SpecialKind.OPEN:
        schedule.extra.append((row["location_id"], span))
    else:
        (schedule.closed if row["kind"] == SpecialKind.CLOSED else schedule.taken).append(span)
