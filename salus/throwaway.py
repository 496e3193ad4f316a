"""A whole installation in a temporary folder: database, gateway, web server, worker. Afterwards all of it is gone."""

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from salus import migrate
from salus.kernel import log
from salus.kernel import settings as settings_module
from salus.kernel.context import forget_connections
from salus.kernel.postgres import Embedded
from salus.kernel.settings import settings
from salus.kernel.tenants import forget_tenants
from salus.program import PASSWORD, served
from salus.sim.app import create_app as create_gateway
from salus.sim.running import running
from salus.tenancy import open_tenant
from salus.worker import run as work


class Administrator(NamedTuple):
    email: str
    totp_secret: str


class Installation(NamedTuple):
    tenant_id: UUID
    url: str
    home: Path


ADMINISTRATOR = Administrator("anna@trade.example", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
"""Of a tenant that is gone in a minute."""
OTHER_SERVERS = ("SALUS_DATABASE_URL", "SALUS_OWNER_DATABASE_URL", "SALUS_SEALER_DATABASE_URL")


@contextmanager
def installation() -> Iterator[Installation]:
    """Everything running, with one tenant and its administrator. The process's own settings are put back at the end."""
    home = Path(tempfile.mkdtemp(prefix="salus-throwaway-"))
    before = dict(os.environ)
    web_port, gateway_port = free_port(), free_port()
    for url in OTHER_SERVERS:
        os.environ.pop(url, None)
    os.environ |= {
        "SALUS_HOME": str(home),
        "SALUS_ENVIRONMENT": "development",
        "SALUS_GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
        "PORT": str(web_port),
        "SALUS_ADMIN_EMAIL": ADMINISTRATOR.email,
        "SALUS_ADMIN_PASSWORD": PASSWORD,
        "SALUS_ADMIN_TOTP_SECRET": ADMINISTRATOR.totp_secret,
    }
    _forget_everything()
    server, stop = Embedded(home / "postgres"), threading.Event()
    worker = threading.Thread(target=work, args=(stop,))
    log.configure(quiet=True)
    try:
        server.start()
        migrate.upgrade()
        tenant_id = open_tenant(slug="trade", name="A throw-away exchange", hosts=[])
        gateway = create_gateway(
            secret_key=settings().secret("gateway_key"),
            webhook_secret=settings().secret("gateway_webhook_secret"),
            webhook_url=f"http://127.0.0.1:{web_port}/v1/webhooks/sim",
        )
        with running(gateway, gateway_port), served(web_port) as url:
            worker.start()
            yield Installation(tenant_id, url, home)
            stop.set()
            worker.join()
    finally:
        stop.set()
        forget_connections()
        server.stop()
        os.environ.clear()
        os.environ |= before
        _forget_everything()
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _forget_everything() -> None:
    settings_module.settings.cache_clear()
    forget_connections()
    forget_tenants()
