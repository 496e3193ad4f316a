"""Somebody who calls the assembled application, by browser or by program."""

import asyncio
from typing import Any

import httpx


class Caller:
    """Sends requests and waits for the answers."""

    def __init__(self, app: Any, host: str, **credentials: Any) -> None:
        self.address = f"http://{host}"
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
        self._client = httpx.AsyncClient(transport=transport, base_url=self.address, **credentials)
        self._runner = asyncio.Runner()

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._client.get(path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._client.post(path, **options))

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()
