"""A browser without a screen: requests to the assembled application, with cookies and forms."""

import asyncio
import re
from typing import Any

import httpx
from fastapi import FastAPI


class Browser:
    """Visits pages and sends the forms it finds there, as one person's browser would."""

    def __init__(self, app: FastAPI, host: str) -> None:
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
        self._client = httpx.AsyncClient(transport=transport, base_url=f"http://{host}")
        self._runner = asyncio.Runner()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def submit(self, path: str, *, on: str, **fields: str) -> httpx.Response:
        """Send a form to `path` with the CSRF token of the page `on`."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.get(on).text)
        assert token is not None, f"{on} holds no form"
        return self.request("POST", path, data={"csrf_token": token[1], **fields})

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()
