"""Where words of a person could end up although nobody put them there: logs, plain columns, addresses, errors."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import structlog

from salus import schema
from salus.kernel import log
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from tests.world import Sql


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """All that the application logs and what the server says of it, as it would go to standard error."""
    heard = io.StringIO()
    before = structlog.get_config()
    handler = logging.StreamHandler(heard)
    server = logging.getLogger("uvicorn.error")
    log.configure()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=heard))
    for logger in logging.getLogger(), server:
        logger.addHandler(handler)
    try:
        yield heard
    finally:
        for logger in logging.getLogger(), server:
            logger.removeHandler(handler)
        structlog.configure(**before)


def of_the_database(home: Path) -> str:
    return (home / "postgres" / "log").read_text(errors="replace")


def plain_columns(owner_sql: Sql, tenant: UUID, mark: str) -> dict[str, str]:
    """Every column, by `table.column`, in which the mark stands for everybody to read who can read the table."""
    found = {}
    for table in schema.tables():
        if not table.__module__.startswith("salus."):
            continue
        name = table.__tablename__
        rows = owner_sql(
            f"SELECT e.key, e.value::text FROM {name} t, jsonb_each(to_jsonb(t)) e "
            "WHERE t.tenant_id = :its AND e.value::text LIKE :mark",
            tenant, its=tenant, mark=f"%{mark}%",
        )  # fmt: skip
        found |= {f"{name}.{column}": str(value) for column, value in rows}
    return found


@query(roles={Role.SYSTEM})
def unsealed(ctx: Context) -> dict[str, str]:
    """All that is kept encrypted, by column, as its owners would read it."""
    found = {}
    for table in schema.tables():
        fields = table.__dict__.get("__encrypted__", {}) if table.__module__.startswith("salus.") else {}
        rows = list(ctx.db.query(table)) if fields else []
        found |= {
            f"{table.__tablename__}.{name}": "\n".join(str(getattr(row, name)) for row in rows) for name in fields
        }
    return found
