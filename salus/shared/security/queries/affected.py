"""Whom an incident touches: as the records have it, and as it was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from salus.formats.csv_table import csv_table
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.people.models import Membership, Organisation
from salus.shared.records.queries.names import people_named
from salus.shared.security.models.incidents import AffectedPerson, Incident
from salus.shared.security.rules.refusals import EndsBeforeItBegins, NothingAsked
from salus.shared.security.schemas.incidents import Scope

SHOWN = 100

CONDITIONS = {
    "actor_id": "r.actor_id = %(actor_id)s",
    "organisation_id": "r.organisation_id = %(organisation_id)s",
    "network": "r.network = %(network)s",
    "operations": "r.operation = ANY(%(operations)s)",
    "correlation_id": "r.correlation_id = %(correlation_id)s",
    "since": "r.created_at >= %(since)s",
    "until": "r.created_at < %(until)s",
}
TIMES = frozenset({"since", "until"})

KINDS = """
SELECT coalesce(m.role, 'no role') AS role, o.country, count(DISTINCT p.person_id) AS people
FROM incident_people p
LEFT JOIN memberships m ON m.user_id = p.person_id AND m.ended_at IS NULL
LEFT JOIN organisations o ON o.id = m.organisation_id
WHERE p.incident_id = %(incident)s
GROUP BY 1, 2 ORDER BY people DESC, role, country
"""


@dataclass(frozen=True)
class Touched:
    """Somebody whose data was read or changed, how often, and when."""

    person_id: UUID
    records: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Kind:
    """So many of the people affected have this role, in the country of the organisation they act for, if any."""

    role: str
    country: str | None
    people: int


@dataclass(frozen=True)
class Affected:
    """The people on an incident's list: how many of which kind, and the first of them by name."""

    kinds: list[Kind]
    shown: Sequence[AffectedPerson]
    names: dict[UUID, str]


@query(roles=WITHIN)
def touched_by(ctx: Context, scope: Scope) -> list[Touched]:
    """Whose data the records of this scope read or changed. What was refused touched nobody.

    Raises NothingAsked or EndsBeforeItBegins.
    """
    asked = {name: value for name, value in scope if name in CONDITIONS and value not in (None, [])}
    if not asked.keys() - TIMES:
        raise NothingAsked
    if scope.since and scope.until and scope.until <= scope.since:
        raise EndsBeforeItBegins
    own = "true" if scope.own else "r.person_id IS DISTINCT FROM r.actor_id"
    statement = f"""
        SELECT r.person_id, count(*) AS records, min(r.created_at) AS first_at, max(r.created_at) AS last_at
        FROM records r
        WHERE r.person_id IS NOT NULL AND r.outcome <> 'refused' AND {own}
          AND {" AND ".join(CONDITIONS[name] for name in asked)}
        GROUP BY r.person_id ORDER BY first_at, r.person_id
    """  # noqa: S608  (made of constants)
    return [Touched(**row) for row in ctx.rows(statement, asked)]


@query(roles={Role.ADMINISTRATOR})
def affected(ctx: Context, incident: Incident) -> Affected:
    """Whom an incident touches: how many of which kind, and a hundred of them."""
    shown = _people(ctx, incident, most=SHOWN)
    kinds = [Kind(**row) for row in ctx.rows(KINDS, {"incident": incident.id})]
    return Affected(kinds, shown, people_named(ctx, [one.person_id for one in shown]))


@query(roles={Role.ADMINISTRATOR}, discloses=True, step_up=True)
def export_people(ctx: Context, incident: Incident) -> str:
    """Everybody whom an incident touches, with names, as CSV. Taking it leaves a record."""
    people = _people(ctx, incident)
    ctx.tell(subject=incident, rows=len(people))
    names = people_named(ctx, [one.person_id for one in people])
    kinds = _kinds_of(ctx, [one.person_id for one in people])
    columns = ["person_id", "name", "roles", "country", "records", "first_at", "last_at", "told_at"]
    return csv_table(columns, [_row(one, names[one.person_id], *kinds.get(one.person_id, ("", ""))) for one in people])


@query(roles={Role.SYSTEM})
def untold(ctx: Context, incident_id: UUID) -> Sequence[UUID]:
    """Entries of an incident's list whose people are still to be told."""
    wanted = select(AffectedPerson.id).where(
        AffectedPerson.incident_id == incident_id,
        AffectedPerson.notified_at.is_(None),
        ~AffectedPerson.unreachable,
    )
    return ctx.db.scalars(wanted.order_by(AffectedPerson.id)).all()


@query(roles={Role.SYSTEM})
def affected_person(ctx: Context, entry_id: UUID) -> AffectedPerson:
    """One entry of an incident's list."""
    return ctx.get(AffectedPerson, entry_id)


def _people(ctx: Context, incident: Incident, *, most: int | None = None) -> Sequence[AffectedPerson]:
    wanted = select(AffectedPerson).where(AffectedPerson.incident_id == incident.id)
    return ctx.db.scalars(wanted.order_by(AffectedPerson.first_at, AffectedPerson.id).limit(most)).all()


def _kinds_of(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    held = (
        select(Membership.user_id, Membership.role, Organisation.country)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id.in_(ids), Membership.ended_at.is_(None))
    )
    kinds: dict[UUID, tuple[str, str]] = {}
    for person_id, role, country in ctx.db.execute(held.order_by(Membership.id)):
        roles, known = kinds.get(person_id, ("", ""))
        kinds[person_id] = (f"{roles} {role}".strip(), known or country or "")
    return kinds


def _row(one: AffectedPerson, name: str, roles: str, country: str) -> list[Any]:
    told_at = one.notified_at.isoformat() if one.notified_at else None
    first, last = one.first_at.isoformat(), one.last_at.isoformat()
    return [str(one.person_id), name, roles, country, one.records, first, last, told_at]
