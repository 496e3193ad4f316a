"""Everything a tenant has, as one digest a table: what must not change when somebody is refused."""

from collections.abc import Mapping
from uuid import UUID

from salus import schema
from tests.world import Sql

OF_THE_VISITOR = {"sessions", "attempts"}
"""Tables that tell of whoever knocked: when they were last seen, and how often they tried."""
NOT_A_CHANGE = """
AND outcome <> 'refused' AND NOT (outcome = 'read' AND person_id IS NULL)
AND NOT (operation = 'clinical.remove' AND subject_id IS NULL)
AND operation <> 'people.note_activity'
"""
"""Of records: that somebody was refused, searched and found nobody, or (as FHIR has it) removed what is not there; and
that whoever knocks for longer than a minute was seen again."""


def snapshot(owner_sql: Sql, tenant: UUID, *, with_looks: bool = True) -> dict[str, tuple[int, int]]:
    """Rows and the sum of their digests, by table; if need be without the records that somebody looked at something."""
    parts, changes = [], NOT_A_CHANGE if with_looks else f"{NOT_A_CHANGE} AND outcome <> 'read'"
    for table in schema.tables():
        name = table.__tablename__
        if name in OF_THE_VISITOR or not table.__module__.startswith("salus."):
            continue
        where = changes if name == "records" else ""
        parts.append(
            f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {name} t "
            f"WHERE tenant_id = :its {where}"
        )
    found = owner_sql(" UNION ALL ".join(parts), tenant, its=tenant)
    return {str(name): (int(str(rows)), int(str(digest))) for name, rows, digest in found}


def difference(owner_sql: Sql, tenant: UUID, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Which tables changed; and the newest records, because they tell who did it."""
    changed = sorted(table for table in after if after[table] != before[table])
    newest = owner_sql(
        "SELECT operation, outcome, actor_roles, facts FROM records WHERE tenant_id = :its ORDER BY id DESC LIMIT 3",
        tenant,
        its=tenant,
    )
    return f"changed {changed}, the newest records are {newest}"
