"""The processor's memory: one SQLite file that survives the death of the process, or none at all for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from salus.sim.models import Event, Kept, Payment, Payout

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_reference ON objects (kind, json_extract(body, '$.reference'));
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, digest TEXT NOT NULL, object_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY, body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL, delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS undelivered ON events (due_at) WHERE NOT delivered;
"""

K = TypeVar("K", bound=Kept)


class Delivery(NamedTuple):
    """An event on its way, and how many times it was tried. `due_at` is in seconds since 1970."""

    event: Event
    attempts: int
    due_at: float


class Store:
    """Every write happens inside `transaction`; a process killed in the middle leaves nothing half done."""

    def __init__(self, home: Path | None) -> None:
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if home is None else str(home / "sim.sqlite3")
        self._lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)
        self._db.execute("INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter)")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One writer at a time: what was read inside is still true when it is written."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def next_number(self) -> int:
        """A number never given before, also not before a restart."""
        return int(self._row("UPDATE counter SET value = value + 1 RETURNING value")[0])

    def put(self, thing: Kept) -> None:
        self._db.execute(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (thing.id, thing.kind, thing.model_dump_json()),
        )

    def find(self, model: type[K], object_id: str) -> K | None:
        row = self._row("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, model.kind)
        return model.model_validate_json(row[0]) if row else None

    def payments(self, *, reference: str | None, since: datetime | None, after: str | None, most: int) -> list[Payment]:
        """Payments in the order they were created, from the one after `after`."""
        rows = self._rows(
            "SELECT body FROM objects WHERE kind = 'payment'"
            " AND (:reference IS NULL OR json_extract(body, '$.reference') = :reference)"
            " AND (:since IS NULL OR unixepoch(json_extract(body, '$.created_at')) >= :since)"
            " AND number > COALESCE((SELECT number FROM objects WHERE id = :after), 0)"
            " ORDER BY number LIMIT :most",
            # SQLite compares whole seconds; cutting the bound down can only show a payment too many.
            {"reference": reference, "since": since and int(since.timestamp()), "after": after, "most": most},
        )
        return [Payment.model_validate_json(body) for (body,) in rows]

    def pending_payouts(self) -> list[Payout]:
        rows = self._rows(
            "SELECT body FROM objects WHERE kind = 'payout' AND json_extract(body, '$.status') = 'pending'"
            " ORDER BY number"
        )
        return [Payout.model_validate_json(body) for (body,) in rows]

    def balances(self) -> dict[str, int]:
        """What each currency's succeeded payments brought, less refunds and payouts that did not fail."""
        rows = self._rows(
            """
            SELECT json_extract(body, '$.currency'), SUM(CASE
                WHEN kind = 'payment' AND json_extract(body, '$.status') = 'succeeded'
                    THEN json_extract(body, '$.amount')
                WHEN kind = 'refund' THEN -json_extract(body, '$.amount')
                WHEN kind = 'payout' AND json_extract(body, '$.status') <> 'failed'
                    THEN -json_extract(body, '$.amount')
                ELSE 0 END)
            FROM objects GROUP BY 1
            """
        )
        return {str(currency): int(total) for currency, total in rows}

    def request(self, key: str) -> tuple[str, str] | None:
        """What an idempotency key was first used for: the digest of the request and the object it made."""
        row = self._row("SELECT digest, object_id FROM requests WHERE key = ?", key)
        return (row[0], row[1]) if row else None

    def remember(self, key: str, digest: str, object_id: str) -> None:
        self._db.execute("INSERT INTO requests VALUES (?, ?, ?)", (key, digest, object_id))

    def queue(self, event: Event, due_at: float) -> None:
        self._db.execute(
            "INSERT INTO events (sequence, body, due_at) VALUES (?, ?, ?)",
            (event.sequence, event.model_dump_json(), due_at),
        )

    def undelivered(self) -> list[Delivery]:
        """Every event that nobody said they heard, oldest first."""
        rows = self._rows("SELECT body, attempts, due_at FROM events WHERE NOT delivered ORDER BY sequence")
        return [Delivery(Event.model_validate_json(body), attempts, due_at) for body, attempts, due_at in rows]

    def delivered(self, event: Event) -> None:
        self._rows("UPDATE events SET delivered = 1, attempts = attempts + 1 WHERE sequence = ?", event.sequence)

    def retry(self, event: Event, due_at: float) -> None:
        self._rows("UPDATE events SET attempts = attempts + 1, due_at = ? WHERE sequence = ?", due_at, event.sequence)

    def _row(self, statement: str, *values: object) -> tuple[Any, ...]:
        rows = self._rows(statement, *values)
        return rows[0] if rows else ()

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        bound = values[0] if values and isinstance(values[0], dict) else values
        with self._lock:
            return self._db.execute(statement, bound).fetchall()
