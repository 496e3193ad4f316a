"""The whole database as the models describe it: what the migrations must arrive at, and what tests start from."""

from sqlalchemy import Connection

from salus import modules
from salus.kernel.db import Table, protect


def tables() -> list[type[Table]]:
    modules.load_all()
    return [mapper.class_ for mapper in Table.registry.mappers]


def create(owner: Connection) -> None:
    """Make every table with its policies and rights. `owner` is a connection of the owner role."""
    known = tables()
    Table.metadata.create_all(owner)
    for table in known:
        protect(owner, table)
