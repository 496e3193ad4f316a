"""Everything at once on one machine: database, gateway, worker, web server and demo data, in one place to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from urllib.request import urlopen

from rich.console import Console

from salus import demo, migrate
from salus.kernel import log
from salus.kernel.context import forget_connections
from salus.kernel.postgres import Embedded
from salus.kernel.settings import DEVELOPMENT_LOG, settings

console = Console()
STOP_AFTER_S = 10


class Stopped(Exception):
    """Somebody pressed Ctrl-C, or asked the process to end."""


def run() -> int:
    """Start everything, say where it is, and stay until told to stop. Returns the exit code."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    # The children log; this process tells a person.
    log.configure(quiet=True)
    server = Embedded(settings().home / "postgres")
    children: list[subprocess.Popen[bytes]] = []
    try:
        _refuse_taken_port()
        with console.status("Starting PostgreSQL …"):
            server.start()
        with console.status("Bringing the database up to date …"):
            migrate.upgrade()
        children += [_child("salus", "gateway"), _child("salus", "insurer")]
        with console.status("Loading the demo (only the first time) …"):
            accounts = demo.load(console.log)
        forget_connections()
        children += [_child("salus", "worker"), _child("salus", "serve")]
        _wait_until_ready(children)
        _greet(accounts)
        return _watch(children)
    except Stopped:
        return 0
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        _end(children)
        forget_connections()
        server.stop()
        console.print("Stopped.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings().host, settings().port))
        except OSError:
            sys.exit(f"Port {settings().port} is taken. Stop what uses it, or choose another: PORT=8001 bin/dev")


def _watchable() -> dict[str, str]:
    """Settings by which what is started here keeps its log and serves its metrics, unless they are set otherwise."""
    here = settings()
    return {
        "SALUS_LOG_FILE": str(here.log_file or here.home / DEVELOPMENT_LOG),
        "SALUS_METRICS_PORT": str(here.metrics_port or _beside(1_000)),
        "SALUS_WORKER_METRICS_PORT": str(here.worker_metrics_port or _beside(2_000)),
    }


def _beside(distance: int) -> int:
    """A port so far from the one people type in, which is another for each installation on this machine."""
    port = settings().port
    return port + distance if port + distance <= 65_535 else port - distance


def _child(*command: str) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C in the terminal reaches only us, and we stop the others in order.
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        start_new_session=True,
        env=os.environ | _watchable() | {"PYTHONUNBUFFERED": "1"},
    )


def _wait_until_ready(children: list[subprocess.Popen[bytes]]) -> None:
    _until(lambda: _answers(f"{settings().url}/readyz"), children)


def _until(ready: Callable[[], bool], children: list[subprocess.Popen[bytes]]) -> None:
    while not ready():
        if any(child.poll() is not None for child in children):
            sys.exit("A part of Salus did not start. Its own message stands above.")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except OSError:
        return False


def _greet(accounts: list[demo.Account]) -> None:
    say = partial(console.print, soft_wrap=True, highlight=False)
    say("\n[bold]Demo accounts[/bold], all with the password [bold]" + accounts[0].password + "[/bold]")
    for account in accounts:
        say(
            f"  {account.email:22} {account.who}" + (f"; code {account.second_factor}" if account.second_factor else "")
        )
    say(f"\nSalus is ready at [bold]{settings().url}[/bold]   E-mail lands at {settings().url}/dev/mail")
    # Browsers tie security keys to a name, and 127.0.0.1 is none.
    say(f"Security keys and passkeys work at http://localhost:{settings().port}")
    watched = _watchable()
    ports = watched["SALUS_METRICS_PORT"], watched["SALUS_WORKER_METRICS_PORT"]
    say(f"Metrics are at ports {' and '.join(ports)}, `/metrics`; `salus trace` reads {watched['SALUS_LOG_FILE']}")
    say("Ctrl-C stops everything; all data stays.\n")


def _watch(children: list[subprocess.Popen[bytes]]) -> int:
    while True:
        time.sleep(0.5)
        ended = [child for child in children if child.poll() is not None]
        if ended:
            console.print("[red]A part of Salus ended by itself; stopping the rest.[/red]")
            return 1


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_AFTER_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
