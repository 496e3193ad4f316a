"""Records as whoever they are about, or administrators, may take them elsewhere."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query

MOST = 1_000
_COLUMNS = """
SELECT id, created_at, operation, outcome, actor_id, actor_roles, organisation_id, subject_type, subject_id, person_id,
       consent_id, purpose, channel, network, facts
FROM records
"""
_NEWEST = "ORDER BY created_at DESC, id DESC"
_MINE = "(person_id = %(me)s OR actor_id = %(me)s)"


@query(roles={Role.PERSON, Role.ADMINISTRATOR}, smart="AuditEvent.s")
def audited(ctx: Context, about: Sequence[UUID] = ()) -> list[dict[str, Any]]:
    """The newest thousand records: for administrators all, for others those about them and of what they did.

    With them, the newest thousand about the people who are named, however long ago those were.
    """
    asked = {"me": ctx.actor.person_id, "most": MOST, "about": list(about)}
    newest = f"({_COLUMNS} WHERE {_sight(ctx)} {_NEWEST} LIMIT %(most)s)"
    theirs = f"({_COLUMNS} WHERE {_sight(ctx)} AND person_id = ANY(%(about)s::uuid[]) {_NEWEST} LIMIT %(most)s)"
    return ctx.rows(f"{newest} UNION {theirs} {_NEWEST}" if about else newest, asked)


@query(roles={Role.PERSON, Role.ADMINISTRATOR}, smart="AuditEvent.r")
def audited_once(ctx: Context, record_id: UUID) -> dict[str, Any]:
    """One of them. To anyone else it does not exist."""
    found = ctx.rows(
        f"{_COLUMNS} WHERE id = %(record)s AND {_sight(ctx)}", {"me": ctx.actor.person_id, "record": record_id}
    )
    if not found:
        raise NotFound
    return found[0]


def _sight(ctx: Context) -> str:
    return "true" if ctx.actor.has(Role.ADMINISTRATOR) else _MINE
