"""Slow callers and crowds keep nobody else out."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from salus.kernel.context import Origin, nobody
from salus.shared.people import actions
from salus.web import bodies, security
from tests.cast import PASSWORD, email_of, sign_up

T = TypeVar("T")
BODY = b'{"email": "pia@people.example", "password": "quiet rivers carry seven lanterns"}'


@pytest.fixture
def host(tenant: UUID, owner_sql: Callable[..., list[tuple[Any, ...]]]) -> str:
    ((hosts,),) = owner_sql("SELECT hosts FROM tenants WHERE id = :id", tenant, id=tenant)
    return str(hosts[0])


def answered(
    app: FastAPI, host: str, path: str, pieces: Iterator[bytes], *, method: str = "POST", **headers: str
) -> list[Message]:
    """What comes back to a caller who sends these pieces and then neither more nor an end."""
    sent: list[Message] = []

    async def receive() -> Message:
        for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError("nobody waits for ever")

    async def send(message: Message) -> None:
        sent.append(message)

    in_a_loop_of_its_own(app(asked(host, path, method, **headers), receive, send))
    return sent


def in_a_loop_of_its_own(deed: Coroutine[Any, Any, T]) -> T:
    """The tests of pages keep an event loop open in this thread."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, deed).result()


def asked(host: str, path: str, method: str, **more: str) -> Scope:
    kind = "application/json" if path.startswith("/v1") else "application/x-www-form-urlencoded"
    given = {"host": host, "content-type": kind} | {name.replace("_", "-"): value for name, value in more.items()}
    headers = [(name.encode(), value.encode()) for name, value in given.items()]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 80),
    }  # fmt: skip


class Connection:
    """The server's end of one. It stays open for as long as somebody refers to it, as granian's does."""

    def receive(self) -> "asyncio.Future[Message]":
        return asyncio.get_running_loop().create_future()

    async def send(self, message: Message) -> None:
        pass


def header(answer: list[Message], name: bytes) -> bytes | None:
    return dict(answer[0]["headers"]).get(name)


@pytest.mark.parametrize("path", ["/v1/sessions", "/sign-in"], ids=["program", "browser"])
def test_a_body_that_trickles_is_not_waited_for(
    app: FastAPI, host: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the deadline this waits for ever."""
    monkeypatch.setattr(bodies, "GRACE_S", 0.0)

    answer = answered(app, host, path, iter([BODY[:10]]))

    assert answer[0]["status"] == 408


@pytest.mark.parametrize("path", ["/v1/sessions", "/sign-in"], ids=["program", "browser"])
def test_whoever_was_too_slow_is_hung_up_on_at_once(
    app: FastAPI, host: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `_hung_up` in `BodyLimit` the connection is kept until the garbage collector comes by."""
    monkeypatch.setattr(bodies, "GRACE_S", 0.0)

    async def come_and_go() -> "weakref.ref[Connection]":
        connection = Connection()
        await asyncio.create_task(app(asked(host, path, "POST"), connection.receive, connection.send))
        return weakref.ref(connection)

    gc.disable()
    try:
        left = in_a_loop_of_its_own(come_and_go())
        assert left() is None
    finally:
        gc.enable()


def test_a_large_file_over_a_slow_line_has_the_time_it_needs(
    app: FastAPI, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte that arrives moves the deadline, so only the limit of the size ends this one."""
    monkeypatch.setattr(bodies, "GRACE_S", 0.0)
    monkeypatch.setattr(bodies, "SLOWEST_BODY", 1)

    answer = answered(app, host, "/v1/sessions", iter([b"x" * 65536] * 17))

    assert answer[0]["status"] == 413


def upload() -> Iterator[bytes]:
    """Ten mebibytes of a file."""
    yield b'--b\r\ncontent-disposition: form-data; name="export"; filename="export.zip"\r\n\r\n'
    yield from [b"x" * 65536] * 160


IMPORTS = pytest.mark.parametrize("path", ["/v1/health-data/imports", "/data/bring"], ids=["program", "browser"])
FORM = "multipart/form-data; boundary=b"


@IMPORTS
@pytest.mark.parametrize("token", [None, "invented"], ids=["nothing", "an invented session"])
def test_of_a_large_file_from_nobody_no_more_is_read_than_of_any_form(
    app: FastAPI, host: str, path: str, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form is read before its door asks who sent it: without this anyone fills the disk with gigabytes."""
    monkeypatch.setattr(bodies, "GRACE_S", 0.0)
    monkeypatch.setattr(bodies, "SLOWEST_BODY", 1 << 40)
    pieces = upload()

    answer = answered(app, host, path, pieces, content_type=FORM, **(known_by(token) if token else {}))

    assert answer[0]["status"] == (401 if path.startswith("/v1") else 303)
    assert len(list(pieces)) > 140


@IMPORTS
def test_nor_does_one_address_send_large_files_without_end(
    app: FastAPI, host: str, tenant: UUID, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGER_AT_MOST", "1/hour")
    monkeypatch.setattr(security, "_counts", {})
    monkeypatch.setattr(bodies, "GRACE_S", 0.0)
    monkeypatch.setattr(bodies, "SLOWEST_BODY", 1 << 40)
    sign_up(tenant, "Pia")
    with nobody(tenant, origin=Origin(channel="api" if path.startswith("/v1") else "browser")) as ctx:
        pia = known_by(actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD).token)
    whole, cut = upload(), upload()

    answered(app, host, path, whole, content_type=FORM, **pia)
    answer = answered(app, host, path, cut, content_type=FORM, **pia)

    assert list(whole) == []
    assert answer[0]["status"] == 429
    assert int(header(answer, b"retry-after") or 0) > 3000
    assert len(list(cut)) > 140


def known_by(token: str) -> dict[str, str]:
    """The headers of whoever has this token, at either kind of door."""
    return {"cookie": f"sid={token}", "authorization": f"Bearer {token}"}


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
