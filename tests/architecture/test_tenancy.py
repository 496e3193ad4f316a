"""No tenant reaches another's rows: as the catalogue has it, and as it turns out when somebody tries."""

from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from salus import schema
from salus.kernel.db import Table
from tests.architecture.catalogue import Connection, crossings, leaks, undone

REVIEWED = {"tenants", "owed", "market_offers"}
"""Tables that every tenant's requests may read. Each says why in `everywhere`; all columns were looked at."""

PLANTED = {
    "a table without its policy forced": "ALTER TABLE records NO FORCE ROW LEVEL SECURITY",
    "a table without its policy": "ALTER TABLE records DISABLE ROW LEVEL SECURITY",
    "a policy that lets everyone through": "CREATE POLICY more ON records USING (true)",
    "a policy for reading only": "ALTER POLICY tenant ON records WITH CHECK (true)",
    "a table nobody described": "CREATE TABLE loose (id uuid)",
    "a right too many": "GRANT UPDATE ON records TO salus_app",
    "a right on one column": "GRANT UPDATE (outcome) ON records TO salus_app",
    "a right of everybody": "GRANT SELECT ON records TO PUBLIC",
    "a right taken away": "REVOKE INSERT ON records FROM salus_app",
    "a view with its owner's eyes": "CREATE VIEW peephole AS SELECT * FROM records",
    "a materialised view": "CREATE MATERIALIZED VIEW copy AS SELECT * FROM records",
    "a function with its owner's rights": "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "a role past all policies": "ALTER ROLE salus_app BYPASSRLS",
    "a role that may become the owner": "GRANT salus_owner TO salus_app",
    "a role that makes tables": "GRANT CREATE ON SCHEMA public TO salus_app",
    "a table of the application's own": "ALTER TABLE records OWNER TO salus_app",
    "a unique key across tenants": "CREATE UNIQUE INDEX ON person_keys (person_id)",
    "a foreign key across tenants": "ALTER TABLE records ADD FOREIGN KEY (actor_id) REFERENCES users (id) NOT VALID",
    "a row of no tenant": "ALTER TABLE records ALTER tenant_id DROP NOT NULL",
}


@pytest.fixture
def admin(home: Path):
    with undone() as connection:
        yield connection


def tables() -> list[type[Table]]:
    return sorted(schema.tables(), key=lambda table: table.__tablename__)


def test_the_catalogue_shows_no_way_across(admin: Connection) -> None:
    assert leaks(admin) == []


@pytest.mark.parametrize("leak", PLANTED)
def test_the_catalogue_shows(leak: str, admin: Connection) -> None:
    admin.execute(PLANTED[leak])

    assert leaks(admin) != []


def test_tables_outside_the_tenants_were_reviewed_and_say_why() -> None:
    outside = {table.__tablename__: table.everywhere for table in tables() if table.everywhere is not None}

    assert outside.keys() <= REVIEWED
    assert all(len(reason) > 30 for reason in outside.values())


def test_no_row_is_seen_or_changed_from_another_tenant_or_from_none(home: Path) -> None:
    crossed = []
    for table in tables():
        if table.everywhere is None:
            with undone() as admin:
                crossed += crossings(admin, table.__tablename__, table.rights, owner=uuid4(), other=uuid4())

    assert crossed == []


def test_a_hole_in_the_policy_is_walked_through(admin: Connection) -> None:
    admin.execute("ALTER POLICY tenant ON person_keys USING (true) WITH CHECK (true)")

    crossed = list(crossings(admin, "person_keys", "SELECT, INSERT, UPDATE, DELETE", owner=uuid4(), other=uuid4()))
    assert any("seen as another's" in way for way in crossed)
    assert any(way.startswith("UPDATE") for way in crossed)
    assert any(way.startswith("INSERT") for way in crossed)


@pytest.mark.parametrize("deed", ["UPDATE records SET outcome = 'done'", "DELETE FROM records", "TRUNCATE records"])
def test_the_application_cannot_change_what_was_recorded(deed: str, admin: Connection) -> None:
    admin.execute("SET LOCAL ROLE salus_app")

    with pytest.raises(InsufficientPrivilege):
        admin.execute(deed)
