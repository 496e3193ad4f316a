"""Callers of the assembled application: programs, and a browser without a screen."""

import re
from functools import cache
from typing import Any

from fastapi import FastAPI
from httpx2 import Cookies, Response
from starlette.testclient import TestClient

from salus.app import create_app


@cache
def application() -> FastAPI:
    """The one that all tests of a process share: putting it together takes seconds. Whoever changes it mends it."""
    return create_app()


def caller(app: FastAPI, host: str, **credentials: Any) -> TestClient:
    """Sends requests from one address and follows no redirect.

    The application runs in a thread of its own: the tests of pages keep an event loop open in this one.
    """
    return TestClient(app, base_url=f"http://{host}", client=("192.0.2.7", 4711), follow_redirects=False, **credentials)


class Browser:
    """Visits pages and sends the forms it finds there, as one person's browser would."""

    def __init__(self, app: FastAPI, host: str) -> None:
        self._client = caller(app, host)

    def request(self, method: str, path: str, **options: Any) -> Response:
        return self._client.request(method, path, **options)

    def get(self, path: str, **options: Any) -> Response:
        return self.request("GET", path, **options)

    def submit(self, path: str, *, on: str, **fields: str) -> Response:
        """Send a form to `path` with the CSRF token of the page `on`."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.get(on).text)
        assert token is not None, f"{on} holds no form"
        return self.request("POST", path, data={"csrf_token": token[1], **fields})

    @property
    def cookies(self) -> Cookies:
        return self._client.cookies

    def close(self) -> None:
        self._client.close()
