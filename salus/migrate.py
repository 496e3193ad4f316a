"""The database, brought up to date by the role that owns it."""

import re
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Connection

from salus.kernel.context import database_url
from salus.kernel.db import connect, driver_of

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade() -> None:
    """Apply every migration that is missing. Of two callers at once, one waits until the other is done."""
    owner = connect(database_url("owner_database_url"), pool_size=1)
    try:
        with owner.connect() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('salus migrate'))")
            connection.commit()
            command.upgrade(configuration(connection), "head")
            # So that a web server can say whether it fits the database.
            connection.exec_driver_sql("GRANT SELECT ON alembic_version TO salus_app")
            connection.commit()
    finally:
        owner.dispose()


def run_script_beside(migration: str) -> None:
    """Do what the `.sql` file beside a migration says. For its `upgrade`, with its `__file__`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Read as one script, because triggers and functions hold semicolons; the driver takes several statements at once.
    driver_of(op.get_bind()).execute(Path(migration).with_suffix(".sql").read_text(), prepare=False)


def drop_what_was_made_beside(migration: str) -> None:
    """Drop the tables and functions that the `.sql` file beside a migration makes. For its `downgrade`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    made = Path(migration).with_suffix(".sql").read_text()
    tables = re.findall(r"^CREATE TABLE ([a-z_]+)", made, re.MULTILINE)
    if tables:
        op.execute(f"DROP TABLE {', '.join(tables)}")
    for function in re.findall(r"^CREATE OR REPLACE FUNCTION ([a-z_]+)", made, re.MULTILINE):
        op.execute(f"DROP FUNCTION {function}()")
