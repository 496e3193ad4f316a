"""Looking for what somebody left, in every table and every file, with every key that is still there."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from salus import schema
from salus.kernel.keys import _master_key, unseal
from salus.kernel.postgres import Embedded
from salus.kernel.settings import settings


def everything_readable(tenant: UUID, database: str = "salus") -> str:
    """All rows of a tenant as text, and all ciphertexts that open with a key which that database still holds."""
    admin = Embedded(settings().home / "postgres").url("salus_admin", database)
    with psycopg.connect(admin, row_factory=dict_row) as connection:
        keys = _keys(connection)
        return "\n".join(line for table in _tables(connection) for line in _lines(connection, table, tenant, keys))


def marks_in(text: str, marks: Iterator[str] | list[str]) -> list[str]:
    """Those that are found, in plain or in the hexadecimal by which PostgreSQL shows bytes."""
    return [mark for mark in marks if mark in text or mark.encode().hex() in text]


def _keys(connection: psycopg.Connection[Any]) -> dict[UUID, bytes]:
    rows = connection.execute("SELECT id, person_id, wrapped FROM person_keys WHERE wrapped IS NOT NULL").fetchall()
    return {
        row["person_id"]: unseal(_master_key(), row["wrapped"], f"person_keys|{row['id']}|{row['person_id']}")
        for row in rows
    }


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return [row["relname"] for row in found.fetchall()]


def _lines(connection: psycopg.Connection[Any], table: str, tenant: UUID, keys: dict[UUID, bytes]) -> Iterator[str]:
    model = next((one for one in schema.tables() if one.__tablename__ == table), None)
    fields = (model.__dict__.get("__encrypted__") or {}).values() if model else ()
    rows = sql.SQL("SELECT * FROM {} WHERE tenant_id = {}").format(sql.Identifier(table), sql.Literal(tenant))
    for row in connection.execute(rows).fetchall():
        yield " ".join(value.hex() if isinstance(value, bytes) else str(value) for value in row.values())
        for field in fields:
            sealed, key = row[field.column], keys.get(row[field.owner])
            if sealed and key:
                yield unseal(key, sealed, f"{table}|{field.column}|{row['id']}").decode()
