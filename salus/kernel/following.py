"""Reading on in the records: for whatever follows them at its own pace, behind a place that it remembers.

Nothing that was committed is passed over, however late, and writers wait for nobody. A place is no deed of anybody's,
so moving it leaves no record.
"""

from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.ids import new_id
from salus.kernel.records import Record, TransactionId

BATCH = 1_000
"""Records read at once at most."""


class Place(Table):
    """How far one reader has come in the records of a tenant."""

    __tablename__ = "reading_places"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "reader"),)

    reader: Mapped[str]
    transaction: Mapped[int] = mapped_column(TransactionId())
    """Every record of an earlier transaction was read; of this one, those up to `record_id`."""
    record_id: Mapped[UUID]


# Transactions below the oldest one still running have ended: no record of theirs will follow. Going by ids or times
# would pass over a record that is committed late, for ever.
BEGIN = text("""
INSERT INTO reading_places (id, reader, transaction, record_id)
VALUES (:id, :reader, pg_snapshot_xmin(pg_current_snapshot()), '00000000-0000-0000-0000-000000000000')
ON CONFLICT (tenant_id, reader) DO UPDATE SET transaction = excluded.transaction, record_id = excluded.record_id
""")

PLACE = text("SELECT transaction::text, record_id FROM reading_places WHERE reader = :reader FOR UPDATE")

SETTLED = text("""
SELECT * FROM records
WHERE tenant_id = current_setting('app.tenant')::uuid
  AND (transaction, id) > (CAST(:transaction AS xid8), :record_id)
  AND transaction < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY transaction, id
LIMIT :most
""")

MOVE = text("""
UPDATE reading_places SET transaction = CAST(:transaction AS xid8), record_id = :record_id WHERE reader = :reader
""")


def begin(ctx: Context, reader: str) -> None:
    """Read from here on: the records of all transactions that have ended by now are passed over."""
    ctx._open_connection.execute(BEGIN, {"id": new_id(), "reader": reader})


def read_on(ctx: Context, reader: str, *, most: int = BATCH) -> list[Record]:
    """The records that follow what this reader has read, in the order of their transactions; none if it begins here.

    The place moves with the transaction of `ctx`: what is made of the records commits with it, once. Two processes that
    read under one name take turns.
    """
    connection = ctx._open_connection
    place = connection.execute(PLACE, {"reader": reader}).first()
    if place is None:
        begin(ctx, reader)
        return []
    following = {"transaction": place.transaction, "record_id": place.record_id, "most": most}
    found = [Record(**row) for row in connection.execute(SETTLED, following).mappings()]
    if found:
        last = {"transaction": str(found[-1].transaction), "record_id": found[-1].id, "reader": reader}
        connection.execute(MOVE, last)
    return found
