"""Records: what was done. Audit trail, activity feed, event bus and outbox in one table.

A record is written in the transaction of the deed it tells of, and so are the rows that say which reactions it owes. It
holds ids, codes and names of fields; never a value that belongs to a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from sqlalchemy import Index, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from salus.kernel.actor import Role
from salus.kernel.context import Context, Performance
from salus.kernel.db import Table
from salus.kernel.ids import new_id

if TYPE_CHECKING:
    from salus.kernel.operations import Operation

Outcome = Literal["done", "read", "refused"]


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: by it the sealer knows that no earlier transaction can still commit."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Record(Table):
    """One deed, one disclosure of health data, or one refusal."""

    __tablename__ = "records"
    called = "Records of what was done"
    concerns = "person_id"
    mentions = ("actor_id",)
    kept_because = "Proof of what was done with the data: GDPR art. 5(2), HIPAA 45 CFR 164.316(b)(2) and 164.528."
    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        Index(None, "tenant_id", "person_id", "created_at"),
        Index(None, "tenant_id", "subject_id"),
        Index(None, "tenant_id", "correlation_id"),
        Index(None, "tenant_id", "transaction", "id"),
    )
    rights = "SELECT, INSERT"
    rights_of_sealer = "SELECT"

    operation: Mapped[str]
    outcome: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_roles: Mapped[list[str]]
    organisation_id: Mapped[UUID | None]
    """For whom the actor acted, if not for themselves."""
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    """Whose data it was, so that they can see who looked."""
    consent_id: Mapped[UUID | None]
    purpose: Mapped[str | None]
    correlation_id: Mapped[str]
    channel: Mapped[str]
    network: Mapped[str | None]
    fields: Mapped[list[str]]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Ids, counts and codes. `concerns` lists the ids of those who wait for news of it (`Context.tell`)."""
    transaction: Mapped[int] = mapped_column(TransactionId(), server_default=func.pg_current_xact_id())


class Owed(Table):
    """A reaction that a record still owes. Ids only, so the worker may look across tenants."""

    __tablename__ = "owed"
    concerns = None
    __table_args__ = (Index(None, "due_at"),)
    everywhere = "the worker takes what is due whichever tenant it belongs to; rows hold ids only"

    record_id: Mapped[UUID]
    reaction: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    given_up: Mapped[bool] = mapped_column(server_default=text("false"))
    last_error: Mapped[str | None]
    """Type and place of the last failure; never its message, which may hold someone's data."""


@dataclass(frozen=True)
class Reaction:
    """What follows a record, in the background, at least once: its effects must bear a repetition.

    An ordinary one runs in one transaction with the removal of its `Owed` row. A `long` one opens its own contexts.
    """

    name: str
    operation: str
    function: Callable[[Context, Record], None]
    long: bool


@dataclass(frozen=True)
class Routine:
    """What Salus does by itself in every tenant, again and again."""

    name: str
    interval: timedelta
    function: Callable[[Context], None]


REACTIONS: dict[str, list[Reaction]] = {}
ROUTINES: dict[str, Routine] = {}


def after(
    operation: str, *, long: bool = False
) -> Callable[[Callable[[Context, Record], None]], Callable[[Context, Record], None]]:
    """Run the function once `operation` was done and committed, as Salus itself.

    With `long`, the function gets an unopened context and opens as many of its own (`ctx.again()`) as it needs.
    """

    def register(function: Callable[[Context, Record], None]) -> Callable[[Context, Record], None]:
        name = f"{function.__module__.removesuffix('.reactions').rsplit('.', 1)[-1]}.{function.__name__}"
        REACTIONS.setdefault(operation, []).append(Reaction(name, operation, function, long))
        return function

    return register


def every(*, seconds: float) -> Callable[[Callable[[Context], None]], Callable[[Context], None]]:
    """Run the function again and again in every tenant, with an unopened context, in one worker at a time."""

    def register(function: Callable[[Context], None]) -> Callable[[Context], None]:
        name = f"{function.__module__.removesuffix('.reactions').rsplit('.', 1)[-1]}.{function.__name__}"
        ROUTINES[name] = Routine(name, timedelta(seconds=seconds), function)
        return function

    return register


def write(ctx: Context, performance: Performance, *, subject: Table | None, outcome: Outcome | None = None) -> None:
    """The record of what just happened, and a row for every reaction it owes; both commit with the deed."""
    operation = performance.operation
    record_id = new_id()
    outcome = outcome or ("done" if operation.is_action else "read")
    ctx.write_last(Record, {"id": record_id, **_told(ctx, performance, subject), "outcome": outcome})
    if outcome == "done":
        for reaction in REACTIONS.get(operation.name, []):
            ctx.owes = True
            ctx.write_last(Owed, {"id": new_id(), "record_id": record_id, "reaction": reaction.name})


def go_on_with(ctx: Context, subject_id: UUID) -> None:
    """From here on this belongs to the deed that made this row: an answer to it that came by a request of its own."""
    made = select(Record.correlation_id).where(Record.subject_id == subject_id).order_by(Record.created_at, Record.id)
    began_under = ctx.db.scalar(made.limit(1))
    if began_under is not None:
        ctx.go_on_under(began_under)


def write_refusal(ctx: Context, operation: "Operation") -> None:
    """That somebody was refused, by a transaction of its own which the rollback of theirs cannot undo."""
    with ctx.again() as own:
        write(own, Performance(operation), subject=None, outcome="refused")


def _told(ctx: Context, performance: Performance, subject: Table | None) -> dict[str, Any]:
    return {
        "operation": performance.operation.name,
        "actor_id": ctx.actor.id,
        "actor_roles": sorted(ctx.actor.roles - {Role.ANYONE}),
        "organisation_id": ctx.actor.organisation_id,
        "subject_type": subject.__tablename__ if subject is not None else None,
        "subject_id": subject.id if subject is not None else None,
        "person_id": performance.person_id,
        "consent_id": performance.consent_id,
        "purpose": ctx.purpose,
        "correlation_id": ctx.correlation_id,
        "channel": ctx.actor.through or ctx.origin.channel,
        "network": ctx.origin.network,
        "fields": sorted(performance.fields),
        "facts": performance.facts,
    }
