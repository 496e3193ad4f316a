"""Variants of a request, asked inside this process without a network, and the CPU time each of them takes.

CPU of this process is that of all its threads; CPU of PostgreSQL is that of the backends that answer, as the kernel's
scheduler counts it.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import Engine
from starlette.types import ASGIApp, Message

from salus.kernel import context
from salus.kernel.db import connect
from salus.kernel.postgres import Embedded
from tests.faults.installation import owner_sql

UNBOUND = "overhead_unbound"
"""A role with the rights of the application's, which no policy binds."""


class Cost(NamedTuple):
    """Microseconds of CPU per request."""

    process: float
    postgres: float

    @property
    def total(self) -> float:
        return self.process + self.postgres


class Variant(NamedTuple):
    """One way to ask. `unbound` is served on connections that no policy binds."""

    app: ASGIApp
    path: str
    headers: Mapping[str, str] = {}
    unbound: bool = False


@contextmanager
def unbound(server: Embedded) -> Iterator[Engine]:
    """A pool of connections that no policy binds."""
    with psycopg.connect(server.url("salus_admin", "postgres"), autocommit=True) as admin:
        password = secrets.token_urlsafe(16)
        (server.folder / "passwords" / UNBOUND).write_text(password)
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS IN ROLE salus_app PASSWORD {}").format(
                sql.Identifier(UNBOUND), sql.Literal(password)
            )
        )
    pool = connect(server.url(UNBOUND))
    yield pool
    pool.dispose()


def alternating(variants: Mapping[str, Variant], pool: Engine, *, rounds: int, requests: int) -> list[dict[str, Cost]]:
    """The cost of every variant in every round, once it is certain that all answer the same."""
    bound = context.engine()

    def run(variant: Variant, times: int) -> list[bytes]:
        context._engines["database_url"] = pool if variant.unbound else bound
        return asyncio.run(asked(variant, times))

    answers = {body for variant in variants.values() for body in run(variant, 20)}
    assert len(answers) == 1, "the variants do not answer the same, so comparing them means nothing"
    backends = Backends()
    measured = []
    for _ in range(rounds):
        costs = {}
        for name, variant in variants.items():
            before, theirs = time.process_time(), backends.cpu_s()
            run(variant, requests)
            spent = (time.process_time() - before, backends.cpu_s() - theirs)
            costs[name] = Cost(*(seconds * 1e6 / requests for seconds in spent))
        measured.append(costs)
    context._engines["database_url"] = bound
    return measured


async def asked(variant: Variant, times: int) -> list[bytes]:
    """The bodies of so many answers, one request after the other, straight from the application."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": variant.path, "raw_path": variant.path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in variant.headers.items()],
        "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    bodies = []
    for _ in range(times):
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        await variant.app(dict(scope), receive, send)
        assert sent[0]["status"] == 200, f"{variant.path} answered {sent[0]['status']}"
        bodies.append(b"".join(message.get("body", b"") for message in sent[1:]))
    return bodies


class Backends:
    """CPU time of PostgreSQL's processes that serve the variants."""

    def __init__(self) -> None:
        found = owner_sql("SELECT pid FROM pg_stat_activity WHERE usename IN ('salus_app', :unbound)", unbound=UNBOUND)
        self.files = [Path(f"/proc/{pid}/schedstat") for (pid,) in found]

    def cpu_s(self) -> float:
        return sum(int(file.read_text().split()[0]) for file in self.files) / 1e9
