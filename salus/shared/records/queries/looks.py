"""Who looked: what was read and changed about the person who asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import OPERATIONS, query
from salus.shared.people import queries as people
from salus.shared.records import rules
from salus.shared.records.queries.names import people_named

SHOWN = 50

LOOKS = """
SELECT r.id, r.created_at, r.operation, r.outcome, r.actor_id, r.actor_roles, r.organisation_id, r.consent_id,
    r.purpose
FROM records r
WHERE r.person_id = %(person)s
  AND (%(own)s OR r.actor_id IS DISTINCT FROM %(person)s)
  AND (%(salus)s OR r.operation <> ALL(%(steps)s) AND NOT (r.actor_id IS NULL AND 'system' = ANY(r.actor_roles)))
  AND NOT (r.operation = ANY(%(steps)s) AND EXISTS (
      SELECT FROM records whole
      WHERE whole.correlation_id = r.correlation_id AND whole.person_id = %(person)s
        AND NOT whole.operation = ANY(%(steps)s)
  ))
  AND (%(before)s::uuid IS NULL OR (r.created_at, r.id) < (
      SELECT b.created_at, b.id FROM records b WHERE b.id = %(before)s AND b.person_id = %(person)s
  ))
ORDER BY r.created_at DESC, r.id DESC
LIMIT %(most)s
"""


@dataclass(frozen=True)
class Look:
    """One time that somebody read or changed something about a person."""

    record_id: UUID
    at: datetime
    what: str
    """What was done, as it goes on after the name: `read a file of yours`."""
    outcome: str
    who: str
    role: str | None
    """None where nobody signed in acted."""
    organisation: str | None
    consent_id: UUID | None
    """The consent that it rests on."""
    purpose: str | None

    @property
    def sentence(self) -> str:
        """Bruno Hansen for Helix Research read a file of yours."""
        by = f" for {self.organisation}" if self.organisation else ""
        tried = "was not allowed to do this: " if self.outcome == "refused" else ""
        return f"{self.who}{by} {tried}{self.what}"


@dataclass(frozen=True)
class Looks:
    """A page of them, newest first; `next` is what to ask for `before` to go on, None at the end."""

    looks: list[Look]
    next: UUID | None


@query(roles={Role.PERSON})
def who_looked(ctx: Context, *, own: bool = False, salus: bool = False, before: UUID | None = None) -> Looks:
    """Who read or changed something about the actor, when, in which role and what for.

    What they did themselves is told only with `own`, what Salus did by itself and the steps of operations only with
    `salus`. A step is told only if nothing else is known of the whole: that a letter was put into the outbox says
    little to whoever was just told of a sale.
    """
    me = ctx.actor.person_id
    steps = [operation.name for operation in OPERATIONS.values() if not operation.roles]
    rows = ctx.rows(
        LOOKS, {"person": me, "own": own, "salus": salus, "before": before, "steps": steps, "most": SHOWN + 1}
    )
    shown = rows[:SHOWN]
    names = people_named(ctx, [row["actor_id"] for row in shown], masked=False) | {me: "You"}
    organisations = _organisations_named(ctx, {row["organisation_id"] for row in shown})
    looks = [
        Look(
            record_id=row["id"],
            at=row["created_at"],
            what=rules.told(row["operation"]),
            outcome=row["outcome"],
            who=rules.actor_name(names, row["actor_id"], row["actor_roles"]),
            role=rules.role_words(row["actor_roles"]) if row["actor_id"] else None,
            organisation=organisations.get(row["organisation_id"]),
            consent_id=row["consent_id"],
            purpose=row["purpose"],
        )
        for row in shown
    ]
    return Looks(looks, shown[-1]["id"] if len(rows) > SHOWN else None)


def _organisations_named(ctx: Context, ids: set[UUID | None]) -> dict[UUID | None, str]:
    return {one: people.organisation(ctx, one).name for one in ids if one is not None}
