"""Runs the processor, or any ASGI application, inside this process over real HTTP; and an inbox for its webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from time import sleep
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp


@contextmanager
def running(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve the application on the loopback interface and yield its address; port 0 takes a free one."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
    )
    thread = Thread(target=server.run, name="sim", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError(f"the server could not start on port {port}")
        sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class Told(NamedTuple):
    """One delivery, exactly as it came."""

    body: bytes
    headers: dict[str, str]


class Inbox:
    """Receives webhooks and keeps them. It answers with the statuses in `answers` first, and 204 from then on."""

    def __init__(self, *answers: int) -> None:
        self._told: Queue[Told] = Queue()
        self._answers = list(answers)
        self.app = Starlette(routes=[Route("/", self._hear, methods=["POST"])])

    def next(self, timeout_s: float = 5.0) -> Told:
        """The next delivery; AssertionError if none comes in time."""
        try:
            return self._told.get(timeout=timeout_s)
        except Empty:
            raise AssertionError("no webhook came") from None

    def is_quiet(self, for_s: float = 0.3) -> bool:
        """Whether nothing more comes for so long."""
        try:
            self._told.get(timeout=for_s)
        except Empty:
            return True
        return False

    async def _hear(self, request: Request) -> Response:
        self._told.put(Told(await request.body(), dict(request.headers)))
        return Response(status_code=self._answers.pop(0) if self._answers else 204)
