"""What was done: the list that administrators filter, one deed with all that belongs to it, and the export."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from salus.formats.csv_table import csv_table
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.kernel.records import Owed
from salus.shared.records import rules
from salus.shared.records.queries.names import people_named
from salus.shared.records.schemas import Export, Sought

SHOWN = 50
MOST_EXPORTED = 50_000
MOST_SIBLINGS = 200
MOST_IN_A_LIFE = 10_000

COLUMNS = """
r.id, r.created_at, r.operation, r.outcome, r.actor_id, r.actor_roles, r.organisation_id, r.subject_type, r.subject_id,
r.person_id, r.consent_id, r.purpose, r.correlation_id, r.channel, r.network, r.fields, r.facts
"""

CONDITIONS = {
    "operation": "r.operation = %(operation)s",
    "outcome": "r.outcome = %(outcome)s",
    "actor_id": "r.actor_id = %(actor_id)s",
    "person_id": "r.person_id = %(person_id)s",
    "subject_id": "r.subject_id = %(subject_id)s",
    "correlation_id": "r.correlation_id = %(correlation_id)s",
    "since": "r.created_at >= %(since)s",
    "until": "r.created_at < %(until)s",
    "before": "(r.created_at, r.id) < (SELECT b.created_at, b.id FROM records b WHERE b.id = %(before)s)",
}


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One record, as it was written."""

    id: UUID
    created_at: datetime
    operation: str
    outcome: str
    actor_id: UUID | None
    actor_roles: list[str]
    organisation_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    person_id: UUID | None
    consent_id: UUID | None
    purpose: str | None
    correlation_id: str
    channel: str
    network: str | None
    fields: list[str]
    facts: dict[str, Any]

    @property
    def words(self) -> str:
        return rules.sentence(self.operation)

    @property
    def role_words(self) -> str:
        return rules.role_words(self.actor_roles)


@dataclass(frozen=True)
class Trail:
    """A page of records, newest first; `next` is what to ask for `before` to go on, None at the end."""

    deeds: list[Deed]
    names: dict[UUID, str]
    next: UUID | None

    def actor(self, deed: Deed) -> str:
        return rules.actor_name(self.names, deed.actor_id, deed.actor_roles)


@dataclass(frozen=True)
class Story:
    """One record, its place in the log once it is sealed, and all that was done under the same correlation id."""

    deed: Deed
    place: int | None
    siblings: Trail


@query(roles={Role.ADMINISTRATOR})
def records(ctx: Context, sought: Sought) -> Trail:
    """What was done, newest first."""
    deeds = _deeds(ctx, sought, most=SHOWN + 1)
    shown = deeds[:SHOWN]
    return Trail(shown, _names(ctx, shown), shown[-1].id if len(deeds) > SHOWN else None)


@query(roles={Role.ADMINISTRATOR})
def record(ctx: Context, record_id: UUID) -> Story:
    """One record and everything that was done in the same go."""
    found = ctx.rows(f"SELECT {COLUMNS} FROM records r WHERE r.id = %(id)s", {"id": record_id})  # noqa: S608
    if not found:
        raise NotFound
    deed = Deed(**found[0])
    places = ctx.rows("SELECT index FROM leaves WHERE id = %(id)s", {"id": record_id})
    siblings = _deeds(ctx, Sought(correlation_id=deed.correlation_id), most=MOST_SIBLINGS)
    names = _names(ctx, [deed, *siblings])
    return Story(deed, places[0]["index"] if places else None, Trail(siblings, names, None))


@query(roles={Role.SYSTEM})
def life(ctx: Context, correlation_id: str) -> list[Deed]:
    """All that was done under one correlation id, oldest first, for whoever looks after the installation."""
    return _deeds(ctx, Sought(correlation_id=correlation_id), most=MOST_IN_A_LIFE)[::-1]


@query(roles={Role.SYSTEM})
def still_owed(ctx: Context, record_ids: Sequence[UUID]) -> Sequence[Owed]:
    """The reactions that these records still owe."""
    return ctx.db.scalars(select(Owed).where(Owed.record_id.in_(record_ids)).order_by(Owed.id)).all()


@query(roles={Role.ADMINISTRATOR}, discloses=True, step_up=True)
def export(ctx: Context, sought: Export) -> str:
    """The newest 50,000 of the records that are sought, as a file to keep. Taking it leaves a record of its own."""
    deeds = _deeds(ctx, sought, most=MOST_EXPORTED)
    ctx.tell(rows=len(deeds), form=sought.form)
    if sought.form == "json":
        return json.dumps([_plain(deed) for deed in deeds], ensure_ascii=False, indent=1)
    return csv_table([field.name for field in fields(Deed)], _cells(deeds))


def _deeds(ctx: Context, sought: Sought, *, most: int) -> list[Deed]:
    asked = {name: value for name, value in sought if name in CONDITIONS and value is not None}
    for bound, days in (("since", 0), ("until", 1)):
        if bound in asked:
            asked[bound] = datetime.combine(asked[bound] + timedelta(days=days), time(), UTC)
    where = " AND ".join(["true", *(CONDITIONS[name] for name in asked)])
    statement = f"SELECT {COLUMNS} FROM records r WHERE {where} ORDER BY r.created_at DESC, r.id DESC LIMIT %(most)s"  # noqa: S608
    return [Deed(**row) for row in ctx.rows(statement, {**asked, "most": most})]


def _names(ctx: Context, deeds: list[Deed]) -> dict[UUID, str]:
    return people_named(ctx, [one for deed in deeds for one in (deed.actor_id, deed.person_id)])


def _plain(deed: Deed) -> dict[str, Any]:
    values = asdict(deed) | {"created_at": deed.created_at.astimezone(UTC).isoformat()}
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def _cells(deeds: list[Deed]) -> Iterator[list[str | None]]:
    for deed in deeds:
        yield [
            value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for value in _plain(deed).values()
        ]
