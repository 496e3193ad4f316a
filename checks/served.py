"""Salus as its operator starts it, for whoever attacks it from outside: `salus serve`, on a database of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.faults.installation import ROOT, free_port, until_it_answers


@contextmanager
def served() -> Iterator[tuple[str, psutil.Process]]:
    """The address of a web server of the installation that the settings name, and its process."""
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-m", "salus", "serve"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORT": str(port)}, **quiet)  # type: ignore[call-overload]
    try:
        until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()
