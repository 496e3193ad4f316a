"""The sealer: appends what was recorded to the tenant's log, signs the new head and publishes it.

It works under a database role of its own, which may read records and append seals and nothing else. Writers never
wait for it, because records are not chained while they are written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection

from salus.formats.checkpoint import Checkpoint, VerifierKey
from salus.formats.transparency import Frontier
from salus.kernel.context import engine
from salus.kernel.db import driver_of
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.shared.records import rules
from salus.shared.records.gateways import Publisher, publisher, signing_key

BATCH = 10_000
"""Records under one checkpoint at most, and so in memory at once."""

# A transaction number below the oldest one still running belongs to a transaction that has ended: all its records are
# seen, and none will follow. Going by ids or times instead would pass over a record that is committed late, for ever.
SETTLED = f"""
SELECT r.id, r.transaction::text, {rules.ENTRY_SQL}
FROM records r
WHERE r.tenant_id = %(tenant)s
  AND (r.transaction, r.id) > (%(transaction)s::xid8, %(record)s::uuid)
  AND r.transaction < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY r.transaction, r.id
LIMIT %(most)s
"""  # noqa: S608  (made of constants)

HEAD = """
SELECT c.size, c.peaks, c.last_transaction::text, l.id
FROM checkpoints c LEFT JOIN leaves l ON l.tenant_id = c.tenant_id AND l.index = c.size - 1
WHERE c.tenant_id = %(tenant)s
ORDER BY c.size DESC LIMIT 1
"""

ADD_LEAVES = """
INSERT INTO leaves (id, tenant_id, index, leaf_hash)
SELECT id, %(tenant)s, index, leaf_hash
FROM unnest(%(ids)s::uuid[], %(indexes)s::bigint[], %(hashes)s::bytea[]) AS new (id, index, leaf_hash)
"""

ADD_CHECKPOINT = """
INSERT INTO checkpoints (id, tenant_id, size, root, peaks, note, last_transaction)
VALUES (%(id)s, %(tenant)s, %(size)s, %(root)s, %(peaks)s, %(note)s, %(transaction)s::xid8)
"""


class LogDamaged(RuntimeError):
    """The log cannot go on from where it ends now. `verify` says what happened to it."""


def seal(tenant_id: UUID) -> int:
    """Seal all records of transactions that have ended; how many there were.

    Safe to kill at any moment and to run twice at once: a second sealer finds the log taken and returns 0. Raises
    LogDamaged if what was published last is no longer in the database, instead of building on a false past.
    """
    sealed = 0
    while True:
        with _alone(tenant_id) as log:
            if log is None:
                return sealed
            batch = log.append_settled()
        sealed += batch
        if batch < BATCH:
            break
    with _alone(tenant_id) as log:
        if log is not None:
            log.publish()
    return sealed


@dataclass(frozen=True)
class _Log:
    """A tenant's log, in a transaction in which no other sealer touches it."""

    database: Connection[Any]
    tenant_id: UUID
    origin: str
    key: Ed25519PrivateKey
    anchor: Publisher

    @classmethod
    def of(cls, database: Connection[Any], tenant_id: UUID) -> Self:
        return cls(database, tenant_id, origin(database, tenant_id), signing_key(tenant_id), publisher(tenant_id))

    def append_settled(self) -> int:
        """Append a batch; how many records it had."""
        head = self.database.execute(HEAD, {"tenant": self.tenant_id}).fetchone()
        size, peaks, transaction, last = head or (0, [], "0", UUID(int=0))
        if last is None:
            raise LogDamaged(f"{self.origin}: the last checkpoint counts {size} records, but the last leaf is gone")
        rows = self.database.execute(
            SETTLED, {"tenant": self.tenant_id, "transaction": transaction, "record": last, "most": BATCH}
        ).fetchall()
        if rows:
            self._require_what_was_published()
            ids, transactions, entries = zip(*rows, strict=True)
            hashes = [rules.leaf(entry) for entry in entries]
            self._add_leaves(list(ids), size, hashes)
            self._add_checkpoint(Frontier.stored(size, peaks).extend(hashes), transaction=transactions[-1])
        return len(rows)

    def publish(self) -> None:
        """Publish every checkpoint that is not yet: the last, and those whose sealer died before it could."""
        newest = self.anchor.newest()
        verifier = VerifierKey(self.origin, self.key.public_key())
        published = Checkpoint.open(newest, verifier).size if newest else 0
        owed = self.database.execute(
            "SELECT note FROM checkpoints WHERE tenant_id = %s AND size > %s ORDER BY size", [self.tenant_id, published]
        ).fetchall()
        if owed:
            self.anchor.publish(verifier, [note for (note,) in owed])

    def _require_what_was_published(self) -> None:
        newest = self.anchor.newest()
        if newest is None:
            return
        kept = "SELECT 1 FROM checkpoints WHERE tenant_id = %s AND note = %s AND size = %s"
        size = Checkpoint.open(newest, VerifierKey(self.origin, self.key.public_key())).size
        if self.database.execute(kept, [self.tenant_id, newest, size]).fetchone() is None:
            raise LogDamaged(f"{self.origin}: the checkpoint of {size} records was published and is gone")

    def _add_leaves(self, ids: list[UUID], size: int, hashes: list[bytes]) -> None:
        indexes = list(range(size, size + len(ids)))
        self.database.execute(ADD_LEAVES, {"tenant": self.tenant_id, "ids": ids, "indexes": indexes, "hashes": hashes})

    def _add_checkpoint(self, frontier: Frontier, *, transaction: str) -> None:
        note = Checkpoint(self.origin, frontier.size, frontier.root).sign(self.key)
        self.database.execute(
            ADD_CHECKPOINT,
            {
                "id": new_id(), "tenant": self.tenant_id, "size": frontier.size, "root": frontier.root,
                "peaks": list(frontier.peaks), "note": note, "transaction": transaction,
            },
        )  # fmt: skip


def origin(database: Connection[Any], tenant_id: UUID) -> str:
    """The name of a tenant's log, which its checkpoints begin with: `salus/` and the tenant's short name."""
    found = database.execute("SELECT slug FROM tenants WHERE id = %s", [tenant_id]).fetchone()
    if found is None:
        raise NotFound
    return f"salus/{found[0]}"


@contextmanager
def _alone(tenant_id: UUID) -> Iterator[_Log | None]:
    """The log, until the block ends; None while another sealer has it."""
    with engine("sealer_database_url").connect() as connection:
        connection.info["tenant"] = tenant_id
        with connection.begin():
            database = driver_of(connection)
            taken = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
            (is_free,) = database.execute(taken, [f"seal {tenant_id}"]).fetchone()
            yield _Log.of(database, tenant_id) if is_free else None
