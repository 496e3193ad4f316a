"""Deeds to record, thousands of them if need be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from salus.kernel.context import database_url
from salus.kernel.ids import new_id

RECORD = """
INSERT INTO records
    (id, operation, outcome, actor_id, actor_roles, organisation_id, person_id, purpose, correlation_id, channel,
     fields, facts)
VALUES
    (%(id)s, %(operation)s, %(outcome)s, %(actor_id)s, %(roles)s, %(organisation_id)s, %(person_id)s, %(purpose)s,
     %(correlation_id)s, 'test', %(fields)s, '{"types": 3, "why": "é"}')
"""


@dataclass(frozen=True)
class Recorder:
    """Writes records as the application does, but many at once and in transactions held open at will."""

    tenant: UUID

    @contextmanager
    def transaction(self, role: str = "database_url") -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(database_url(role)) as connection:
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            yield connection

    def record(self, within: psycopg.Connection[Any] | None = None, **told: Any) -> UUID:
        if within is None:
            with self.transaction() as own:
                return self.record(own, **told)
        record_id = new_id()
        within.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
        usual = {
            "id": record_id, "operation": "consent.give", "outcome": "done", "actor_id": new_id(), "person_id": None,
            "roles": ["person", "seller"], "organisation_id": None,
            "purpose": None, "correlation_id": new_id().hex, "fields": ["consents.because"],
        }  # fmt: skip
        within.execute(RECORD, usual | told)
        return record_id

    def is_sealed(self, record_id: UUID) -> bool:
        with self.transaction() as connection:
            return connection.execute("SELECT 1 FROM leaves WHERE id = %s", [record_id]).fetchone() is not None
