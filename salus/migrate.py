"""The database, brought up to date by the role that owns it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from salus.kernel.context import database_url
from salus.kernel.db import connect

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
    finally:
        owner.dispose()
