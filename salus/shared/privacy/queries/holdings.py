"""What is kept about a person, found by what every table says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.db import Table, person_behind
from salus.kernel.operations import WITHIN, query
from salus.shared.privacy.rules.parts import Exported, Part
from salus.shared.privacy.rules.whose import is_about, personal_tables, told

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Holding:
    """How many rows of a table are about a person, and why they outlive an erasure, if they do."""

    table: str
    words: str
    rows: int
    kept_because: str | None


@query(roles={Role.PERSON})
def my_holdings(ctx: Context) -> list[Holding]:
    """What is kept about the actor: how many rows of which kind, and what would stay after an erasure and why."""
    return holdings(ctx, ctx.actor.person_id)


@query(roles=WITHIN)
def holdings(ctx: Context, person_id: UUID) -> list[Holding]:
    """What is kept about somebody, the kinds that hold nothing left out."""
    found = []
    for table in personal_tables():
        if table.concerns is not None:
            rows = ctx.db.scalar(select(func.count()).select_from(table).where(is_about(table, person_id))) or 0
            found.append(Holding(table.__tablename__, table.called, rows, table.kept_because))
    return [one for one in found if one.rows]


@query(roles={Role.SYSTEM})
def rows_of(ctx: Context, person_id: UUID, table: type[Table]) -> Iterator[dict[str, Any]]:
    """Every row of a table that is about a person or mentions them, opened, as plain values for JSON.

    Of the others whom a row leads to they are told neither ids nor what only the others' keys open (GDPR art. 15(4)).
    """
    leading = {name: person_behind(table, name) for name in (table.concerns, *table.mentions) if name}
    wanted = select(table, *leading.values()).where(or_(*(person == person_id for person in leading.values())))
    rows = ctx.db.execute(wanted.order_by(table.id).execution_options(yield_per=ROWS_AT_ONCE))
    return (
        told(row, {name for name, who in zip(leading, people, strict=True) if who != person_id}, person_id)
        for row, *people in rows
    )


@query(roles={Role.SYSTEM})
def files_of_part(ctx: Context, person_id: UUID, part: Part) -> list[Exported]:
    """The files that one module adds to a copy."""
    return part.exported(ctx, person_id)
