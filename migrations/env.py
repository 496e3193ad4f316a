"""Runs migrations on the connection `salus migrate` opened as the owner of the tables."""

from alembic import context

from salus import schema
from salus.kernel.db import Table

schema.tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
