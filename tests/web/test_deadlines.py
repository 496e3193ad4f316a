"""Slow callers and crowds keep nobody else out."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.types import Message

from salus.app import create_app
from salus.web import security

BODY = b'{"email": "pia@people.example", "password": "quiet rivers carry seven lanterns"}'


@pytest.fixture(scope="module")
def app(home: object) -> FastAPI:
    return create_app()


@pytest.fixture
def host(tenant: UUID, owner_sql: Callable[..., list[tuple[Any, ...]]]) -> str:
    ((hosts,),) = owner_sql("SELECT hosts FROM tenants WHERE id = :id", tenant, id=tenant)
    return str(hosts[0])


def answered(app: FastAPI, host: str, path: str, pieces: Iterator[bytes], *, method: str = "POST") -> list[Message]:
    """What comes back to a caller who sends these pieces and then neither more nor an end."""
    sent: list[Message] = []

    async def receive() -> Message:
        for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError("nobody waits for ever")

    async def send(message: Message) -> None:
        sent.append(message)

    kind = b"application/json" if path.startswith("/v1") else b"application/x-www-form-urlencoded"
    headers = [(b"host", host.encode()), (b"content-type", kind)]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent


def header(answer: list[Message], name: bytes) -> bytes | None:
    return dict(answer[0]["headers"]).get(name)


@pytest.mark.parametrize("path", ["/v1/sessions", "/sign-in"], ids=["program", "browser"])
def test_a_body_that_trickles_is_not_waited_for(
    app: FastAPI, host: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the deadline this waits for ever."""
    monkeypatch.setattr(security, "GRACE_S", 0.0)

    answer = answered(app, host, path, iter([BODY[:10]]))

    assert answer[0]["status"] == 408


def test_a_large_file_over_a_slow_line_has_the_time_it_needs(
    app: FastAPI, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte that arrives moves the deadline, so only the limit of the size ends this one."""
    monkeypatch.setattr(security, "GRACE_S", 0.0)
    monkeypatch.setattr(security, "SLOWEST_BODY", 1)

    answer = answered(app, host, "/v1/sessions", iter([b"x" * 65536] * 17))

    assert answer[0]["status"] == 413


@pytest.mark.parametrize("path", ["/v1/me", "/overview"], ids=["program", "browser"])
def test_where_very_many_wait_the_next_one_is_told_at_once_when_to_come_again(
    app: FastAPI, host: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "MOST_WAITING", 0)

    answer = answered(app, host, path, iter(()), method="GET")

    assert answer[0]["status"] == 503
    assert header(answer, b"retry-after") == b"3"


def test_a_crowd_is_told_without_a_thread(app: FastAPI, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads are what is missing then: an answer that needed one would wait with all the others."""

    async def no_thread(*_: object, **__: object) -> None:
        raise AssertionError("this took a thread")

    monkeypatch.setattr(security, "MOST_WAITING", 0)
    monkeypatch.setattr("salus.web.doors.run_in_threadpool", no_thread)

    assert answered(app, host, "/overview", iter(()), method="GET")[0]["status"] == 503
