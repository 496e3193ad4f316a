"""Visitors are sent where they can be served, and a process is not killed for what others fail at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from starlette.testclient import TestClient

from salus import readiness
from salus.kernel import context
from salus.kernel.context import WORKER, database_url
from salus.kernel.tenants import tenant_named
from salus.migrate import upgrade
from tests.browsing import application, caller
from tests.faults.installation import installed


@pytest.fixture
def program(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Whoever asks. Every time anew, so that nothing is remembered from the time before."""
    monkeypatch.setattr(readiness, "ASKED_EVERY_S", -1.0)
    return caller(application(), tenant_named(tenant).hosts[0])


@pytest.fixture
def migrated(owner_sql: Callable[..., Any]) -> Iterator[None]:
    """The database says that all migrations were applied; those of the tests are made from the models."""
    (head,) = readiness._heads()
    owner_sql("CREATE TABLE alembic_version (version_num text)")
    owner_sql("GRANT SELECT ON alembic_version TO salus_app")
    owner_sql("INSERT INTO alembic_version VALUES (:head)", head=head)
    yield
    owner_sql("DROP TABLE alembic_version")


@contextmanager
def a_worker() -> Iterator[None]:
    """Its connection, as PostgreSQL sees it."""
    with psycopg.connect(database_url("database_url"), application_name=WORKER) as connection:
        connection.execute("SELECT 1")
        yield


def test_with_everything_in_place_visitors_may_come(program: TestClient, migrated: None) -> None:
    with a_worker():
        answer = program.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "migrations": "ok", "worker": "ok"}


def test_without_a_worker_people_are_served_and_it_is_told(program: TestClient, migrated: None) -> None:
    """Taken for an outage, it would be one: no web server would be sent anybody."""
    answer = program.get("/readyz")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["worker"]) == ("degraded", "not seen")


def test_a_worker_that_hangs_is_not_seen(program: TestClient, migrated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LATELY_S", -1.0)
    with a_worker():
        assert program.get("/readyz").json()["worker"] == "not seen"


def test_an_installation_fits_its_database_however_often_it_is_migrated() -> None:
    with installed(migrated=True):
        assert readiness._look().migrations == "ok"
        upgrade()
        assert readiness._look().migrations == "ok"


def test_before_the_migrations_nobody_is_sent_here(program: TestClient, migrated: None, owner_sql: Any) -> None:
    owner_sql("UPDATE alembic_version SET version_num = 'earlier'")

    answer = program.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "behind")


def test_a_database_without_migrations_is_told(program: TestClient) -> None:
    answer = program.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_without_a_database_the_process_lives_on(program: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_engines", {})
    monkeypatch.setattr(context, "database_url", lambda _: "postgresql://salus_app@127.0.0.1:9/salus")

    assert program.get("/healthz").status_code == 200
    assert (program.get("/readyz").status_code, program.get("/readyz").json()["database"]) == (503, "unavailable")
