"""Where everything of one installation is, and its processes."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx

from salus.program import PASSWORD

ADMINISTRATOR = "ada@nordic.example"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INSURER_KEY = "key_of_the_exchange"
READY_S = 60


@dataclass(frozen=True)
class House:
    """Addresses, folder and settings of an installation."""

    home: Path
    url: str
    gateway_url: str
    insurer_url: str

    @classmethod
    def planned(cls, home: Path) -> "House":
        return cls(home, *(f"http://127.0.0.1:{_free_port()}" for _ in range(3)))

    @property
    def url_by_name(self) -> str:
        """The same place by a host name: browsers tie passkeys to names and never to bare addresses."""
        return self.url.replace("127.0.0.1", "localhost")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told. Nothing of this process's own settings reaches them."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SALUS_")}
        return inherited | {
            "SALUS_HOME": str(self.home),
            "SALUS_ENVIRONMENT": "development",
            "SALUS_GATEWAY_URL": self.gateway_url,
            "SALUS_INSURER_URL": self.insurer_url,
            "SALUS_INSURER_KEY": INSURER_KEY,
            "SALUS_ADMIN_EMAIL": ADMINISTRATOR,
            "SALUS_ADMIN_PASSWORD": PASSWORD,
            "SALUS_ADMIN_TOTP_SECRET": SECRET,
            "PORT": self.url.rsplit(":", 1)[1],
        }

    def wait_until_ready(self) -> None:
        """Returns once the web server and the gateway answer."""
        for address in (f"{self.url}/healthz", f"{self.gateway_url}/checkout.css"):
            deadline = time.monotonic() + READY_S
            while not _answers(address):
                assert time.monotonic() < deadline, f"{address} does not answer"
                time.sleep(0.05)


class Part:
    """One process of an installation. What it says is shown by pytest when a test fails."""

    def __init__(self, command: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "salus", command], env=environment)

    def __enter__(self) -> "Part":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
