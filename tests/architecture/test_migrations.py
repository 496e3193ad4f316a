"""The migrations arrive exactly at what the models describe."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command

from salus.kernel.db import connect
from salus.kernel.ids import new_id
from salus.kernel.postgres import Embedded
from salus.migrate import configuration

# Everything that tables are made of, and how PostgreSQL would write it.
PARTS = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid), a.attacl::text
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "policies": "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'",
    "rights": """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, a.grantee::regrole::text, a.privilege_type
        FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace""",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT '', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def described(url: str) -> dict[str, set[tuple[Any, ...]]]:
    """What a database holds, without the tables that tests made for themselves."""
    with psycopg.connect(url) as connection:
        found = {part: set(connection.execute(statement).fetchall()) for part, statement in PARTS.items()}
    return {
        part: {row for row in rows if not str(row[0]).startswith(("test_", "alembic_"))} for part, rows in found.items()
    }


@pytest.fixture(scope="module")
def migrated(home: Path) -> str:
    """A fresh database, brought up by the migrations alone, down again and up once more."""
    server, name = Embedded(home / "postgres"), f"migrated_{new_id().hex}"
    server.create_database(name)
    owner = connect(server.url("salus_owner", name), pool_size=1)
    with owner.connect() as connection:
        command.upgrade(configuration(connection), "head")
        command.downgrade(configuration(connection), "base")
        command.upgrade(configuration(connection), "head")
    owner.dispose()
    return server.url("salus_owner", name)


@pytest.mark.parametrize("part", PARTS)
def test_migrations_and_models_agree_on(part: str, migrated: str, home: Path) -> None:
    by_migration = described(migrated)[part]
    by_models = described(Embedded(home / "postgres").url("salus_owner"))[part]

    assert sorted(map(str, by_models - by_migration)) == []
    assert sorted(map(str, by_migration - by_models)) == []
