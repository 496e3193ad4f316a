"""What the rules found, for administrators."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.records.queries.names import people_named
from salus.shared.security.models.events import Acknowledgement, GroupedBy, SecurityEvent
from salus.shared.security.schemas.events import EventRead, EventsSought

SHOWN = 50

EVENTS = """
SELECT e.id, e.created_at, e.rule_id, u.code, u.title, e.grouped_by, e.key, e.counted, e.threshold, e.severity,
    e.response, e.first_at, e.last_at, e.first_record_id, e.last_record_id, e.correlation_ids,
    a.created_at AS acknowledged_at, i.id AS incident_id
FROM security_events e
JOIN security_rules u ON u.id = e.rule_id
LEFT JOIN security_acknowledgements a ON a.event_id = e.id
LEFT JOIN incidents i ON i.event_id = e.id
WHERE {where}
ORDER BY e.created_at DESC, e.id DESC LIMIT %(most)s
"""

CONDITIONS = {
    "severity": "e.severity = %(severity)s",
    "rule_id": "e.rule_id = %(rule_id)s",
    "is_open": "(a.id IS NULL) = %(is_open)s",
    "before": "(e.created_at, e.id) < (SELECT b.created_at, b.id FROM security_events b WHERE b.id = %(before)s)",
}


@dataclass(frozen=True)
class Events:
    """A page of them, newest first; `next` is what to ask for `before` to go on, None at the end."""

    events: list[EventRead]
    names: dict[UUID, str]
    next: UUID | None

    def whom(self, event: EventRead) -> str:
        """Who or what was counted, in words."""
        return _whom(event, self.names)


@dataclass(frozen=True)
class Finding:
    """One event with what it means and what was said of it."""

    event: EventRead
    description: str
    whom: str
    note: str | None
    acknowledged_by: str | None


@query(roles={Role.ADMINISTRATOR})
def events(ctx: Context, sought: EventsSought) -> Events:
    """What the rules found, newest first."""
    asked = {name: value for name, value in sought if name in CONDITIONS and value is not None}
    found = _events(ctx, " AND ".join(["true", *(CONDITIONS[name] for name in asked)]), asked, most=SHOWN + 1)
    shown = found[:SHOWN]
    return Events(shown, _names(ctx, shown), shown[-1].id if len(found) > SHOWN else None)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def event(ctx: Context, event_id: UUID) -> SecurityEvent:
    """One event, for what follows from it."""
    return ctx.get(SecurityEvent, event_id)


@query(roles={Role.ADMINISTRATOR})
def finding(ctx: Context, event_id: UUID) -> Finding:
    """One event with what it means, and what an administrator said of it."""
    found = _events(ctx, "e.id = %(event)s", {"event": event_id}, most=1)
    if not found:
        raise NotFound
    seen = ctx.db.scalars(select(Acknowledgement).where(Acknowledgement.event_id == event_id)).one_or_none()
    (told,) = ctx.rows("SELECT description FROM security_rules WHERE id = %(id)s", {"id": found[0].rule_id})
    names = _names(ctx, found) | (people_named(ctx, [seen.acknowledged_by]) if seen else {})
    return Finding(
        found[0],
        told["description"],
        _whom(found[0], names),
        seen.note if seen else None,
        names[seen.acknowledged_by] if seen else None,
    )


def _events(ctx: Context, where: str, asked: dict[str, Any], *, most: int) -> list[EventRead]:
    return [EventRead(**row) for row in ctx.rows(EVENTS.format(where=where), {**asked, "most": most})]


def _names(ctx: Context, several: list[EventRead]) -> dict[UUID, str]:
    people = (GroupedBy.ACTOR, GroupedBy.PERSON)
    return people_named(ctx, [UUID(one.key) for one in several if one.grouped_by in people])


def _whom(event: EventRead, names: dict[UUID, str]) -> str:
    if event.grouped_by in (GroupedBy.ACTOR, GroupedBy.PERSON):
        return names[UUID(event.key)]
    return {GroupedBy.TENANT: "Everybody"}.get(event.grouped_by, event.key)
