"""What the database itself says about tenants and rights, and what happens when somebody tries to cross over."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, UniqueViolation
from psycopg.rows import dict_row

from salus import schema
from salus.kernel.postgres import Embedded
from salus.kernel.settings import settings

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

TENANT_POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
OURS = "salus_owner", "salus_app", "salus_sealer"

# A value that each type takes, for a row that only has to be there.
ANY_VALUE = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "time without time zone": "'09:00'",
    "boolean": "false",
    "jsonb": "'{}'",
    "bytea": "'\\x00'",
    "xid8": "pg_current_xact_id()",
    "tsvector": "''",
}


@contextmanager
def undone() -> Iterator[Connection]:
    """The cluster's administrator, whom no policy stops, in a transaction that leaves nothing behind."""
    with psycopg.connect(Embedded(settings().home / "postgres").url("salus_admin"), row_factory=dict_row) as admin:
        yield admin
        admin.rollback()


def rows(admin: Connection, statement: LiteralString, **parameters: object) -> list[Row]:
    return admin.execute(statement, parameters).fetchall()


def leaks(admin: Connection) -> list[str]:
    """Everything in the catalogue by which a tenant could reach another's rows, or anyone do more than they may."""
    return [*_tables(admin), *_keys(admin), *_rights(admin), *_other_ways(admin), *_roles(admin)]


def _tables(admin: Connection) -> Iterator[str]:
    known = {table.__tablename__: table for table in schema.tables()}
    found = rows(
        admin,
        """
        SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
               c.relrowsecurity AND c.relforcerowsecurity AS forced,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull)
               AS has_tenant,
               ARRAY(SELECT concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::text,
                                      pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
                     FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm')
          AND c.relname <> 'alembic_version'
        """,
    )
    for table in found:
        name = table["name"]
        if name not in known:
            yield f"{name} is a table that no model describes"
            continue
        if not table["has_tenant"]:
            yield f"{name} may hold rows without a tenant"
        if table["owner"] != "salus_owner":
            yield f"{name} belongs to {table['owner']}"
        if known[name].everywhere is None and not table["forced"]:
            yield f"{name} has no forced row-level security"
        expected = [] if known[name].everywhere else [f"* t {{0}} {TENANT_POLICY} {TENANT_POLICY}"]
        if table["policies"] != expected:
            yield f"{name} has other policies than the tenant's: {table['policies']}"
    yield from (f"{name} is a model without a table" for name in known.keys() - {table["name"] for table in found})


def _keys(admin: Connection) -> Iterator[str]:
    """PostgreSQL checks foreign and unique keys past row-level security, so one without the tenant tells of others."""
    foreign = """
        SELECT c.conrelid::regclass::text AS name, c.conname AS key FROM pg_constraint c
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM unnest(c.conkey, c.confkey) AS pair (here, there)
            JOIN pg_attribute h ON h.attrelid = c.conrelid AND h.attnum = here AND h.attname = 'tenant_id'
            JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = there AND t.attname = 'tenant_id')
        """
    unique = """
        SELECT i.indrelid::regclass::text AS name, i.indexrelid::regclass::text AS key FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
        WHERE i.indisunique AND NOT i.indisprimary AND c.relname <> 'alembic_version' AND NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = 'tenant_id')
        """
    everywhere = {table.__tablename__ for table in schema.tables() if table.everywhere}
    for kind, statement in ("foreign", foreign), ("unique", unique):
        for row in rows(admin, statement):
            if row["name"] not in everywhere:
                yield f"{row['name']} has the {kind} key {row['key']} without the tenant"


def _rights(admin: Connection) -> Iterator[str]:
    granted = rows(
        admin,
        """
        WITH acl AS (
            SELECT c.relname, acl.* FROM pg_class c, aclexplode(c.relacl) acl
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            UNION ALL
            SELECT c.relname, acl.grantor, acl.grantee, acl.privilege_type || ' (' || a.attname || ')', acl.is_grantable
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) acl
            WHERE c.relnamespace = 'public'::regnamespace
        )
        SELECT relname AS name, coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC') AS who,
               array_agg(privilege_type::text) AS rights
        FROM acl WHERE relname <> 'alembic_version' GROUP BY 1, 2
        """,
    )
    given = {(row["name"], row["who"]): set(row["rights"]) for row in granted if row["who"] != "salus_owner"}
    meant = {}
    for table in schema.tables():
        for who, words in ("salus_app", table.rights), ("salus_sealer", table.rights_of_sealer):
            if words:
                meant[table.__tablename__, who] = set(_single_rights(words))
    for name, who in sorted(given.keys() | meant.keys()):
        has, should = given.get((name, who), set()), meant.get((name, who), set())
        if has != should:
            yield f"{who} has {sorted(has)} on {name} and should have {sorted(should)}"


def _single_rights(words: str) -> Iterator[str]:
    """`SELECT, UPDATE (state, ended_at)` is three rights."""
    for right, columns in re.findall(r"([A-Z]+)(?: *\(([^)]*)\))?", words):
        yield from (f"{right} ({column.strip()})" for column in columns.split(",")) if columns else [right]


def _other_ways(admin: Connection) -> Iterator[str]:
    views = """
        SELECT relname AS name, relkind AS kind, coalesce('security_invoker=true' = ANY (reloptions), false) AS invoker
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')
        """
    for row in rows(admin, views):
        if row["kind"] != b"v" and row["kind"] != "v":
            yield f"{row['name']} keeps rows outside any policy"
        elif not row["invoker"]:
            yield f"the view {row['name']} looks with its owner's eyes"
    definers = "SELECT proname AS name FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    for row in rows(admin, definers):
        yield f"the function {row['name']} acts with its owner's rights"


def _roles(admin: Connection) -> Iterator[str]:
    mighty = """
        SELECT rolname AS name FROM pg_roles
        WHERE rolname = ANY (%(ours)s) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
        """
    for row in rows(admin, mighty, ours=list(OURS)):
        yield f"{row['name']} may do more than work with tables"
    members = """SELECT member::regrole::text AS name, roleid::regrole::text AS other FROM pg_auth_members
                 WHERE member::regrole::text = ANY (%(ours)s)"""
    for row in rows(admin, members, ours=list(OURS)):
        yield f"{row['name']} may become {row['other']}"
    for role in OURS[1:]:
        (may,) = rows(admin, "SELECT has_schema_privilege(%(role)s, 'public', 'CREATE') AS create", role=role)
        if may["create"]:
            yield f"{role} may make tables"


def plant_row(admin: Connection, table: str, tenant: UUID) -> UUID:
    """A row of `tenant` in any table, whatever its constraints ask: they are lifted inside the undone transaction."""
    admin.execute("SET LOCAL session_replication_role = replica")
    checks = "SELECT conname FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'c'"
    for check in rows(admin, checks, table=table):
        admin.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(check["conname"]))
        )
    columns = rows(
        admin,
        """SELECT column_name AS name, data_type AS type FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name = %(table)s AND is_nullable = 'NO' AND column_default IS NULL
             AND is_generated = 'NEVER' AND is_identity = 'NO' AND column_name NOT IN ('id', 'tenant_id')""",
        table=table,
    )
    values = {row["name"]: ANY_VALUE.get(row["type"], "'{}'" if row["type"] == "ARRAY" else "1") for row in columns}
    row_id = uuid4()
    names = sql.SQL(", ").join(sql.Identifier(name) for name in ("id", "tenant_id", *values))
    places = sql.SQL(", ").join([sql.Literal(row_id), sql.Literal(tenant), *map(sql.SQL, values.values())])  # type: ignore[arg-type]
    admin.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places))
    return row_id


def crossings(admin: Connection, table: str, rights: str, *, owner: UUID, other: UUID) -> Iterator[str]:
    """Tries what `other` could do to a row of `owner` as the application's role; yields what succeeded."""
    row_id = plant_row(admin, table, owner)
    here = sql.Identifier(table)
    see = sql.SQL("SELECT FROM {} WHERE id = {}").format(here, row_id)
    column = re.search(r"UPDATE \((\w+)", rights)
    changeable = sql.Identifier(column.group(1) if column else "created_at")
    attempts = {
        "UPDATE": sql.SQL("UPDATE {0} SET {1} = {1} WHERE id = {2}").format(here, changeable, row_id),
        "DELETE": sql.SQL("DELETE FROM {} WHERE id = {}").format(here, row_id),
        "INSERT": sql.SQL(
            "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT (json_populate_record(r, {1})).* FROM taken r"
        ).format(here, sql.Literal(f'{{"id": "{uuid4()}"}}')),
    }
    admin.execute(sql.SQL("CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM {}").format(here))
    admin.execute("GRANT SELECT ON taken TO salus_app")
    admin.execute("SET LOCAL ROLE salus_app")
    for whose, tenant in ("their own", str(owner)), ("another's", str(other)), ("nobody's", ""):
        admin.execute("SELECT set_config('app.tenant', %s, true)", [tenant])
        seen = admin.execute(see).rowcount
        if (seen == 1) != (whose == "their own"):
            yield f"a row of {table} is {'' if seen else 'not '}seen as {whose}"
        for right, attempt in attempts.items():
            if whose == "their own" and right in rights:
                continue  # what the owner of a row may do is for the actions to say
            changed = _attempt(admin, attempt)
            if changed:
                yield f"{right} on {table} by {whose} changed {changed} row"
    admin.execute("RESET ROLE")


def _attempt(admin: Connection, statement: sql.Composed) -> int:
    """How many rows the statement changed; none if it was refused. Takes it back."""
    admin.execute("SAVEPOINT attempt")
    try:
        return admin.execute(statement).rowcount
    except InsufficientPrivilege:
        return 0
    except UniqueViolation:
        return 1  # the policy had let it through
    finally:
        admin.execute("ROLLBACK TO SAVEPOINT attempt")
