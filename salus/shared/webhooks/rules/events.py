"""Which deeds are events, whom they concern, and what is told of them."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from salus.kernel.actor import Actor, Role
from salus.kernel.errors import Invalid
from salus.kernel.operations import OPERATIONS
from salus.kernel.records import Record
from salus.shared.webhooks.models import Scope

EVERYTHING = "*"
TEST = "webhooks.test"
OWN = "webhooks."
"""Deeds of this module are no events: to tell of a delivery would be the next delivery."""


class UnknownTopic(Invalid):
    message = "One of these is no event of ours. Please name events like health_data.deliver, health_data.* or *."
    field = "topics"


class NotYours(Invalid):
    message = "You cannot subscribe to these events."
    field = "scope"


class Listener(NamedTuple):
    """An active subscription, as far as it matters for who hears what."""

    id: UUID
    owner_id: UUID
    topics: Collection[str]
    created_at: datetime


@dataclass(frozen=True)
class Event:
    """What is told of one deed."""

    id: UUID
    operation: str
    happened_at: datetime
    subject_type: str | None
    subject_id: UUID | None

    def body(self, resources: Mapping[str, str], home: str) -> bytes:
        """The JSON that is sent: ids and names of ours, nothing of anybody's. `home` is the tenant's address.

        `resources` are the addresses of rows by their table (`Table.resource`).
        """
        path = resources.get(self.subject_type or "")
        told = {
            "id": str(self.id),
            "type": self.operation,
            "timestamp": self.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {
                "operation": self.operation,
                "subject": {"type": self.subject_type, "id": str(self.subject_id)} if self.subject_id else None,
                "resource": home + path.format(id=self.subject_id) if path else None,
            },
        }
        return json.dumps(told, separators=(",", ":")).encode()


class OwedEvent(NamedTuple):
    """One event that one subscription is to hear of."""

    subscription_id: UUID
    event: Event


def owners(actor: Actor, tenant_id: UUID) -> dict[Scope, UUID]:
    """Whose events this actor may hear of, and whose subscriptions they may see."""
    found: dict[Scope, UUID] = {}
    if actor.roles & {Role.SELLER, Role.PATIENT}:
        found[Scope.PERSON] = actor.person_id
    if actor.organisation_id is not None:
        found[Scope.ORGANISATION] = actor.organisation_id
    if actor.has(Role.ADMINISTRATOR):
        found[Scope.TENANT] = tenant_id
    return found


def is_event(record: Record) -> bool:
    return record.outcome == "done" and not record.operation.startswith(OWN)


def concerned(record: Record) -> set[UUID]:
    """Whoever may hear of a deed: who acted, for whom, whose data it was, whom it says it concerns, and the tenant."""
    said = {UUID(one) for one in record.facts.get("concerns", ())}
    known = {record.actor_id, record.organisation_id, record.person_id, record.tenant_id}
    return said.union(one for one in known if one is not None)


def owed(records: Iterable[Record], listeners: Iterable[Listener]) -> list[OwedEvent]:
    """Who is to hear of which of these deeds. Nobody hears of what was done before they subscribed."""
    by_owner: dict[UUID, list[Listener]] = {}
    for listener in listeners:
        by_owner.setdefault(listener.owner_id, []).append(listener)
    return [
        OwedEvent(listener.id, event_of(record))
        for record in records
        if is_event(record)
        for owner_id in sorted(concerned(record))
        for listener in by_owner.get(owner_id, ())
        if hears(listener.topics, record.operation) and record.created_at >= listener.created_at
    ]


def event_of(record: Record) -> Event:
    return Event(record.id, record.operation, record.created_at, record.subject_type, record.subject_id)


def hears(topics: Collection[str], operation: str) -> bool:
    """Whether one of these topics covers the operation."""
    return not {EVERYTHING, operation, f"{operation.partition('.')[0]}.*"}.isdisjoint(topics)


def catalogue() -> dict[str, list[tuple[str, str]]]:
    """Every event there is, and what was done when it is told, by module."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, operation in sorted(OPERATIONS.items()):
        if operation.is_action and not name.startswith(OWN):
            found.setdefault(name.partition(".")[0], []).append((name, operation.promise))
    return found


def insist_on_topics(given: Iterable[str]) -> list[str]:
    """The topics, each once. Raises UnknownTopic for one that no event has."""
    wanted = sorted(set(given))
    events = catalogue()
    known = {EVERYTHING, *(f"{module}.*" for module in events)}
    known.update(name for its in events.values() for name, _ in its)
    if not wanted or not known.issuperset(wanted):
        raise UnknownTopic
    return wanted
