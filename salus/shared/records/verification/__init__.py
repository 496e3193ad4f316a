"""Whether the log is whole: everything that was sealed, computed anew and compared with what was published."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from salus.formats.checkpoint import NoteInvalid
from salus.kernel.context import engine
from salus.kernel.db import driver_of
from salus.shared.records.gateways import publisher
from salus.shared.records.sealing import origin
from salus.shared.records.verification.findings import Fault, Finding, Verification
from salus.shared.records.verification.published import Published
from salus.shared.records.verification.walk import Walk

__all__ = ["Fault", "Finding", "Verification", "verify"]


def verify(tenant_id: UUID, *, setting: str = "database_url") -> Verification:
    """Compute the whole log of a tenant anew and say everything that is wrong with it.

    Reads in one snapshot, in constant memory, past writers and sealers that are at work. `setting` names the database
    role to read as: the application's, or the sealer's on a machine that has only that.
    """
    # What is published was in the database before. So it is read first, or a sealer at work would look like a thief.
    anchor = publisher(tenant_id)
    notes = anchor.notes()
    with _snapshot(tenant_id, setting) as database:
        result = Verification(origin(database, tenant_id), datetime.now(UTC))
        try:
            key = anchor.key()
        except NoteInvalid as error:
            key = None
            result.add(Fault.UNSIGNED, f"The published key of the log cannot be read: {error}.")
        Walk(database, tenant_id, result, Published(notes, key, result), key).all()
    return result


@contextmanager
def _snapshot(tenant_id: UUID, setting: str) -> Iterator[Connection[Any]]:
    with engine(setting).connect() as connection:
        connection.info["tenant"] = tenant_id
        with connection.begin():
            database = driver_of(connection)
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", prepare=False)
            database.execute("SET LOCAL statement_timeout = 0")
            yield database
