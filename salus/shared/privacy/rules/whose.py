"""Whose rows are whose, from what the tables say of themselves. Pure: expressions, no questions to the database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from salus.kernel.db import Table, is_secret_of_the_house, person_behind
from salus.kernel.fields import EncryptedText

NEVER_TOLD = frozenset({"tenant_id", "transaction"})
"""Columns that say nothing about anybody: housekeeping of the database."""


def personal_tables() -> list[type[Table]]:
    """All tables with rows about people or mentioning some; one that refers to another comes after it."""
    order = {table: place for place, table in enumerate(Table.metadata.sorted_tables)}
    found = [mapper.class_ for mapper in Table.registry.mappers]
    return sorted((one for one in found if one.concerns or one.mentions), key=lambda one: order[one.__table__])


def is_about(table: type[Table], person_id: UUID) -> ColumnElement[bool]:
    """Which rows of a table are about somebody."""
    if table.concerns is None:
        raise ValueError(f"rows of {table.__tablename__} are about nobody")
    return person_behind(table, table.concerns) == person_id


def told(row: Table, of_others: set[str], person_id: UUID) -> dict[str, Any]:
    """One row as plain values for JSON: opened, without the secrets of the house and without ids of others."""
    columns = [
        column
        for column in row.__table__.columns
        if not column.info.get("encrypted") and column.name not in NEVER_TOLD | of_others
    ]
    shown = {one.name: _plain(getattr(row, one.name)) for one in columns if not is_secret_of_the_house(one)}
    return shown | dict(_opened(row, person_id))


def _opened(row: Table, person_id: UUID) -> Iterator[tuple[str, str | None]]:
    texts: dict[str, EncryptedText] = type(row).__dict__.get("__encrypted__") or {}
    for name, field in texts.items():
        is_secret = is_secret_of_the_house(row.__table__.columns[field.column])
        if not is_secret and getattr(row, field.owner) == person_id:
            yield name, getattr(row, name)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
