"""A whole installation of its own, that may be killed: database, data folder, and the gateway as another process."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import text

from salus import migrate, schema
from salus.kernel import settings as settings_module
from salus.kernel.context import database_url, engine, forget_connections
from salus.kernel.db import connect
from salus.kernel.postgres import Embedded
from salus.kernel.tenants import forget_tenants
from salus.shared.money.gateways.configured import configured
from salus.tenancy import open_tenant

ROOT = Path(__file__).parents[2]
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Installation:
    """Where everything is. The settings of this process point to it."""

    home: Path
    server: Embedded
    gateway_url: str
    gateway_key: str
    webhook_port: int
    tenant: UUID
    host: str

    def gateway(self) -> httpx.Client:
        """Whoever looks at the gateway's own books, or holds a card."""
        headers = {"authorization": f"Bearer {self.gateway_key}"}
        # There is nothing to verify without TLS, and reading all the world's certificates takes longer than the call.
        return httpx.Client(base_url=self.gateway_url, headers=headers, trust_env=False, verify=False)  # noqa: S501


def owner_sql(statement: str, tenant: UUID | None = None, **parameters: object) -> list[tuple[object, ...]]:
    """What the owner of the tables sees: for looking behind the scenes, and for letting time pass."""
    with engine("owner_database_url").connect() as connection:
        connection.info["tenant"] = tenant
        with connection.begin():
            result = connection.execute(text(statement), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []


@contextmanager
def installed(*, migrated: bool = False) -> Iterator[Installation]:
    """A new installation with one tenant; all of it is gone afterwards, and the settings are as they were.

    Its webhooks go to `webhook_port`, where whoever uses it may listen. Its tables are made from the models, or by the
    migrations if it is to be `migrated`.
    """
    home, before = Path(tempfile.mkdtemp(prefix="salus-faults-")), dict(os.environ)
    key, webhook_port, gateway_port = secrets.token_hex(16), free_port(), free_port()
    for name in [name for name in os.environ if name.startswith("SALUS_")]:
        del os.environ[name]
    os.environ |= {
        "SALUS_HOME": str(home),
        "SALUS_ENVIRONMENT": "development",
        "SALUS_GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
        "SALUS_GATEWAY_KEY": key,
        "SALUS_GATEWAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    forget_everything()
    server = Embedded(home / "postgres")
    try:
        server.start()
        _make_tables(migrated=migrated)
        host = "faults.test"
        tenant = open_tenant(slug="faults", name="Testland", hosts=[host])
        with gateway_running(home, gateway_port, webhook_port):
            url = f"http://127.0.0.1:{gateway_port}"
            yield Installation(home, server, url, key, webhook_port, tenant, host)
            configured().close()
    finally:
        forget_connections()
        server.stop()
        os.environ.clear()
        os.environ |= before
        forget_everything()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def gateway_running(home: Path, port: int, webhook_port: int) -> Iterator[None]:
    """The gateway as a process of its own, which remembers in `home`."""
    told = f"http://127.0.0.1:{webhook_port}/v1/webhooks/sim"
    command = [sys.executable, "-m", "salus.sim", "--port", str(port), "--home", str(home / "sim")]
    gateway = subprocess.Popen([*command, "--webhook-url", told], cwd=ROOT)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield
    finally:
        gateway.terminate()
        gateway.wait()


def until_it_answers(url: str, *, seconds: float = 60) -> None:
    """Raises TimeoutError if nothing answers there in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise TimeoutError(url)


def forget_everything() -> None:
    """Read the settings anew, and connect anew."""
    settings_module.settings.cache_clear()
    forget_connections()
    forget_tenants()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_tables(*, migrated: bool) -> None:
    if migrated:
        migrate.upgrade()
        return
    owner = connect(database_url("owner_database_url"), pool_size=1)
    try:
        with owner.begin() as connection:
            schema.create(connection)
    finally:
        owner.dispose()
