"""One pass over everything that was sealed."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg import Connection

from salus.formats.checkpoint import Checkpoint, NoteInvalid, VerifierKey
from salus.formats.transparency import HASH_BYTES, Frontier
from salus.shared.records import rules
from salus.shared.records.verification.findings import Fault, Verification
from salus.shared.records.verification.published import Published

ROWS_AT_ONCE = 5_000

LEAVES = f"""
SELECT l.index, l.id::text, l.leaf_hash, r.transaction::text, CASE WHEN r.id IS NOT NULL THEN {rules.ENTRY_SQL} END
FROM leaves l LEFT JOIN records r ON r.id = l.id
WHERE l.tenant_id = %(tenant)s
ORDER BY l.index
"""  # noqa: S608  (made of constants)

CHECKPOINTS = """
SELECT size, root, peaks, note, last_transaction::text, created_at
FROM checkpoints WHERE tenant_id = %(tenant)s ORDER BY size
"""

SLIPPED_IN = """
SELECT r.id::text, r.created_at FROM records r
WHERE r.tenant_id = %(tenant)s
  AND (r.transaction, r.id) <= (%(transaction)s::xid8, %(record)s::uuid)
  AND NOT EXISTS (SELECT FROM leaves l WHERE l.id = r.id)
"""

WAITING = """
SELECT count(*), min(r.created_at), count(*) FILTER (WHERE r.transaction >= pg_snapshot_xmax(pg_current_snapshot()))
FROM records r
WHERE r.tenant_id = %(tenant)s AND (r.transaction, r.id) > (%(transaction)s::xid8, %(record)s::uuid)
"""


class Walk:
    """One pass over leaves, records and checkpoints, side by side."""

    def __init__(
        self, database: Connection[Any], tenant_id: UUID, result: Verification, published: Published,
        key: VerifierKey | None,
    ) -> None:  # fmt: skip
        self._database = database
        self._tenant = {"tenant": tenant_id}
        self._result = result
        self._published = published
        self._key = key
        self._leaves = self._stream("leaves", LEAVES, self._tenant)
        self._leaf = next(self._leaves, None)
        self._place = 0
        self._last: tuple[int, str] = (0, "")
        """Transaction and id of the last record that was as sealed, for the order."""
        self._end: str | None = None
        """The id at the last leaf; with `_transaction`, up to where everything is sealed."""
        self._transaction = "0"

    def all(self) -> None:
        frontier = Frontier()
        for size, root, peaks, note, transaction, at in self._stream("checkpoints", CHECKPOINTS, self._tenant):
            self._result.checkpoints += 1
            self._transaction = transaction
            signed = self._signed(size, root, note)
            first = self._leaf[1] if self._leaf else self._end
            computed = self._batch(frontier, signed, first)
            frontier = self._go_on_from(signed, peaks, computed)
            self._published.compare(signed, at, first)
        self._result.size, self._result.root = self._place, b64encode(frontier.root).decode()
        self._leaves_behind()
        self._published.rest(self._place, self._end)
        self._records_beside()

    def _stream(self, name: str, statement: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        with self._database.cursor(name) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            yield from cursor.execute(statement, parameters)

    def _signed(self, size: int, root: bytes, note: str) -> Checkpoint:
        """What the log signed; where the signature is bad, what the database says instead."""
        kept = Checkpoint(self._result.origin, size, root)
        if self._key is None:
            return kept
        try:
            signed = self._published.signed(note) or Checkpoint.open(note, self._key)
        except NoteInvalid as error:
            self._result.add(Fault.UNSIGNED, f"The checkpoint of {size} records carries no good signature: {error}.")
            return kept
        if signed != kept:
            self._result.add(Fault.REWRITTEN, f"The checkpoint of {size} records says something else than was signed.")
        return signed

    def _batch(self, before: Frontier, signed: Checkpoint, first: str | None) -> Frontier:
        """The tree after the leaves up to a checkpoint, which must have its root."""
        computed = before.extend(self._hashes_up_to(signed.size))
        if computed.size == signed.size and computed.root != signed.root:
            self._result.add(
                Fault.REWRITTEN,
                f"The leaves at places {before.size} to {signed.size - 1} are not those that the checkpoint of "
                f"{signed.size} records was signed over.",
                first,
            )
        return computed

    def _go_on_from(self, signed: Checkpoint, peaks: list[bytes], computed: Frontier) -> Frontier:
        """Where to go on, so that one broken batch does not make every later one look broken."""
        try:
            kept = Frontier.stored(signed.size, peaks)
        except ValueError:
            kept = Frontier()
        if computed.root == signed.root:
            if kept != computed:
                self._result.add(Fault.EDITED, f"The right edge kept with the checkpoint of {signed.size} was changed.")
            return computed
        if kept.root == signed.root:
            return kept
        # No tree with this root is known, so whatever is built on it must look as broken as it may be.
        return Frontier.stored(signed.size, [bytes(HASH_BYTES)] * signed.size.bit_count())

    def _hashes_up_to(self, size: int) -> Iterator[bytes]:
        while self._leaf is not None and self._leaf[0] < size:
            index, record_id, leaf_hash, transaction, entry = self._leaf
            if index != self._place:
                self._missing_leaves(index, record_id)
            self._check_record(index, record_id, leaf_hash, transaction, entry)
            self._place, self._end = index + 1, record_id
            self._leaf = next(self._leaves, None)
            yield leaf_hash
        if self._place < size:
            self._missing_leaves(size, self._end)
            self._place = size

    def _missing_leaves(self, up_to: int, record_id: str | None) -> None:
        if up_to < self._place:
            self._result.add(Fault.REORDERED, f"Two records stand at place {up_to} of the log.", record_id)
            return
        self._result.add(
            Fault.TRUNCATED,
            f"The leaves at places {self._place} to {up_to - 1} were sealed and are gone from the log.",
            record_id,
        )

    def _check_record(
        self, index: int, record_id: str, leaf_hash: bytes, transaction: str | None, entry: str | None
    ) -> None:
        if transaction is None or entry is None:
            self._result.add(Fault.DELETED, f"Record {record_id} at place {index} was sealed and is gone.", record_id)
            return
        if rules.leaf(entry) != leaf_hash:
            self._result.add(
                Fault.EDITED, f"Record {record_id} at place {index} is not what was sealed: it was changed.", record_id
            )
            return
        position = (int(transaction), record_id)
        if position < self._last:
            self._result.add(
                Fault.REORDERED,
                f"Record {record_id} at place {index} stands behind {self._last[1]}, which came later: "
                f"places in the log were exchanged.",
                record_id,
            )
        self._last = position

    def _leaves_behind(self) -> None:
        first, count = self._leaf, 0
        while self._leaf is not None:
            self._check_record(*self._leaf)
            count += 1
            self._leaf = next(self._leaves, None)
        if first is not None:
            self._result.add(
                Fault.TRUNCATED,
                f"{count} records from place {first[0]} on are in the log, but the checkpoint over them is gone.",
                first[1],
            )

    def _records_beside(self) -> None:
        """Records without a leaf: those that wait for the sealer, and those that were slipped in behind it."""
        sealed = {**self._tenant, "transaction": self._transaction, "record": self._end or UUID(int=0)}
        for record_id, at in self._stream("slipped_in", SLIPPED_IN, sealed):
            self._result.add(
                Fault.INSERTED,
                f"Record {record_id}, which claims to be of {at:%Y-%m-%d %H:%M:%S} UTC, was put in behind the seal.",
                record_id,
            )
        ((self._result.waiting, self._result.waiting_since, early),) = self._database.execute(WAITING, sealed)
        if early:
            self._result.add(Fault.INSERTED, f"{early} records claim transactions that have not begun yet.")
