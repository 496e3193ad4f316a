"""A real PostgreSQL for the whole run, and a fresh tenant for every test: nothing one test does is seen by another."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from salus import schema
from salus.kernel import log
from salus.kernel import settings as settings_module
from salus.kernel.context import database_url, forget_connections
from salus.kernel.db import connect
from salus.kernel.ids import new_id
from salus.kernel.postgres import Embedded
from salus.kernel.tenants import forget_tenants, found

pytest_plugins = ["tests.cast", "tests.chromium", "tests.promtool"]
SHARED = Path(__file__).parents[1].resolve() / "../shared"

HOUSE = "tests/e2e/"
LONG = (HOUSE, "tests/api", "tests/attacks", "tests/strangers", "tests/faults", "tests/web")
"""Where the long files are. They come first, so that no process is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


class Together(LoadFileScheduling):
    """Every file to one process, and all that walk through one house to the same: a house takes half a minute to open,
    and its worker never rests."""

    def _split_scope(self, nodeid: str) -> str:
        return HOUSE if nodeid.startswith(HOUSE) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI runs, nothing may be missing: a test that skips itself has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a running server, in a database of its own for every test process."""
    folder = tmp_path_factory.mktemp("salus")
    os.environ |= {"SALUS_HOME": str(folder), "SALUS_ENVIRONMENT": "development"}
    settings_module.settings.cache_clear()
    log.configure(quiet=True)
    server = Embedded(folder / "postgres")
    try:
        server.start()
        owner = connect(database_url("owner_database_url"))
        try:
            with owner.begin() as connection:
                schema.create(connection)
        finally:
            owner.dispose()
        yield folder
    finally:
        forget_connections()
        server.stop()


@pytest.fixture(scope="session")
def app(home: Path) -> FastAPI:
    from tests.browsing import application

    return application()


@pytest.fixture(scope="session")
def found_tenant(home: Path) -> Iterator[Callable[[str], UUID]]:
    """Makes a tenant, as the operator would from the command line."""
    owner = connect(database_url("owner_database_url"))

    def make(name: str) -> UUID:
        with owner.begin() as connection:
            tenant_id = found(connection, slug=f"{name}-{new_id().hex}", name=name, hosts=[f"{new_id().hex}.test"])
        forget_tenants()
        return tenant_id

    yield make
    owner.dispose()


@pytest.fixture
def tenant(found_tenant: Callable[[str], UUID]) -> UUID:
    return found_tenant("Testland")


@pytest.fixture
def other_tenant(found_tenant: Callable[[str], UUID]) -> UUID:
    return found_tenant("Elsewhere")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The collected real exports and reference tables, where they are at hand."""
    if not SHARED.joinpath("data").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the sample data must be beside the project when CI runs")
        pytest.skip("the sample data (../shared/data) is not on this machine")
    return SHARED / "data"


@pytest.fixture(scope="session")
def owner_sql(home: Path) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Runs SQL as the owner of the tables: for looking behind the scenes, never for setting one."""
    owner = connect(database_url("owner_database_url"))

    def run(statement: str, tenant: UUID | None = None, **parameters: object) -> list[tuple[object, ...]]:
        with owner.connect() as connection:
            connection.info["tenant"] = tenant
            with connection.begin():
                result = connection.execute(text(statement), parameters)
                return [tuple(row) for row in result] if result.returns_rows else []

    yield run
    owner.dispose()
