"""What the store forgets in the background."""

from datetime import UTC, datetime, timedelta

from salus.kernel.context import Context
from salus.kernel.records import Record, after, every
from salus.shared.files import queries
from salus.shared.files.gateways import storage

UNCLAIMED_FOR = timedelta(days=1)
"""A blob is written before its row is committed, so one without a row may be on its way. Not for a day."""
BATCH = 1000


@after("files.remove")
def delete_blob(ctx: Context, record: Record) -> None:
    """Delete the content of a removed file."""
    if record.subject_id is not None:
        storage(record.tenant_id).delete(record.subject_id)


@every(seconds=3600)
def sweep(ctx: Context) -> None:
    """Delete what uploads that died half way left in the store."""
    store, before = storage(ctx.tenant_id), datetime.now(UTC) - UNCLAIMED_FOR
    store.delete_unfinished(before=before)
    old = [blob for blob in store.blobs() if blob.written_at < before]
    for start in range(0, len(old), BATCH):
        with ctx.again() as asking:
            unclaimed = queries.unclaimed(asking, old[start : start + BATCH])
        for blob_id in unclaimed:
            store.delete(blob_id)
