"""What protection costs: sign-in, row-level security and records, each taken out of the same endpoint in turn.

The endpoint lists the actor's last twenty notices. It is asked as it is, without one protection, without all three, and
as the same SQL behind a bare Starlette route; all answer the same. "Without row-level security" is the same door
on connections of a role that no policy binds. The ways to come in are compared at the endpoint without a record.

The application is called in this process, without a network, so that the process's CPU time is that of the requests.
CPU of PostgreSQL is that of the backends that answer, as the kernel's scheduler counts it.

    uv run python -m benchmarks.overhead [--rounds 15] [--requests 200] [--dry]
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from benchmarks.machine import described, write_section
from salus.app import create_app
from salus.kernel import context, log
from salus.kernel import settings as settings_module
from salus.kernel.actor import Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.db import connect
from salus.kernel.operations import query
from salus.kernel.postgres import Embedded
from salus.shared.people import actions as people
from salus.web.doors import Api, CurrentContext, Pages
from tests.cast import PASSWORD, actor_of, email_of, sign_up, ticket
from tests.faults.installation import Installation, installed, owner_sql

UNBOUND = "overhead_unbound"
PEOPLE, EACH = 100, 400
# The tenant stands in the statement, so that the plan is the same where no policy adds it.
LATEST = """
SELECT id, created_at, template, link FROM notices
WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s ORDER BY created_at DESC LIMIT 20
"""
FILL = """
INSERT INTO notices (id, person_id, template, title_sealed, link)
SELECT uuidv7(), person, 'health_data/request', '', '/requests'
FROM unnest(CAST(:people AS uuid[])) AS person, generate_series(1, :each)
"""
ABOUT = """\
One endpoint, the actor's last twenty of {notices:,} notices: as it is, with one protection taken out in turn, without
all three, and the same SQL behind a bare Starlette route. Called in this process without a network, {rounds} rounds of
{requests} requests each, the variants alternating; medians [min-max] in microseconds of CPU for each request.
"""
somebody: UUID
"""Whose notices are listed where nobody signs in."""


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


@query(roles={Role.PERSON}, discloses=True)
def disclosed(ctx: Context) -> list[dict[str, Any]]:
    """The actor's last notices, with a record of the look at them."""
    return _latest(ctx, ctx.actor.person_id)


@query(roles={Role.PERSON})
def listed(ctx: Context) -> list[dict[str, Any]]:
    """The same without a record."""
    return _latest(ctx, ctx.actor.person_id)


@query(roles={Role.ANYONE}, discloses=True)
def disclosed_to_anyone(ctx: Context) -> list[dict[str, Any]]:
    """The same without sign-in."""
    return _latest(ctx, somebody)


@query(roles={Role.ANYONE})
def listed_to_anyone(ctx: Context) -> list[dict[str, Any]]:
    """The same without sign-in and without a record."""
    return _latest(ctx, somebody)


def _latest(ctx: Context, person_id: UUID) -> list[dict[str, Any]]:
    return ctx.rows(LATEST, {"tenant_id": ctx.tenant_id, "person_id": person_id})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    log.configure(quiet=True)
    with installed() as here, unbound(here.server) as pool:
        without_limit()
        app = application()
        parts, ways = taken_out(here, app), ways_in(here, app)
        runs = alternating(parts | ways, pool, options)
    lines = [ABOUT.format(notices=PEOPLE * EACH, **vars(options)), *of_parts(runs, parts), *of_ways(runs, ways)]
    print("\n".join(lines))
    if not options.dry:
        write_section("Overhead of protection", [described(), "", *lines])


def application() -> ASGIApp:
    """Salus with five more doors, behind the same middleware as all the others."""
    app, api, pages = create_app(), Api("/overhead"), Pages()

    @api.get("/disclosed", operation=disclosed, produces="application/json")
    def disclosed_door(ctx: CurrentContext) -> Response:
        return answer(disclosed(ctx))

    @api.get("/listed", operation=listed, produces="application/json")
    def listed_door(ctx: CurrentContext) -> Response:
        return answer(listed(ctx))

    @api.get("/disclosed-to-anyone", operation=disclosed_to_anyone, produces="application/json")
    def disclosed_to_anyone_door(ctx: CurrentContext) -> Response:
        return answer(disclosed_to_anyone(ctx))

    @api.get("/listed-to-anyone", operation=listed_to_anyone, produces="application/json")
    def listed_to_anyone_door(ctx: CurrentContext) -> Response:
        return answer(listed_to_anyone(ctx))

    @pages.get("/overhead/listed", operation=listed)
    def listed_page(ctx: CurrentContext) -> Response:
        return answer(listed(ctx))

    for doors in (api, pages):
        app.include_router(doors.router)
    return app


def taken_out(here: Installation, app: ASGIApp) -> dict[str, Variant]:
    """The endpoint as it is, without each protection, without all, and bare."""
    global somebody
    sign_up(here.tenant, "Pia")
    token = bearer(here.tenant, "Pia")
    somebody = actor_of(here.tenant, token, "api").person_id
    others = [uuid4() for _ in range(PEOPLE - 1)]
    owner_sql(FILL, here.tenant, people=[somebody, *others], each=EACH)
    with psycopg.connect(here.server.url("salus_admin"), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")
    signed_in = {"host": here.host, "authorization": f"Bearer {token}"}
    stranger = {"host": here.host}
    return {
        "as it is": Variant(app, "/v1/overhead/disclosed", signed_in),
        "without the record": Variant(app, "/v1/overhead/listed", signed_in),
        "without row-level security": Variant(app, "/v1/overhead/disclosed", signed_in, unbound=True),
        "without sign-in": Variant(app, "/v1/overhead/disclosed-to-anyone", stranger),
        "without all three": Variant(app, "/v1/overhead/listed-to-anyone", stranger, unbound=True),
        "bare Starlette and psycopg": Variant(bare(here), "/"),
    }


def ways_in(here: Installation, app: ASGIApp) -> dict[str, Variant]:
    """Every way to say who one is, at the endpoint without a record."""
    cookie = ticket(here.tenant, "Pia").token
    return {
        "session in a cookie": Variant(app, "/overhead/listed", {"host": here.host, "cookie": f"sid={cookie}"}),
        "session in a header": Variant(
            app,
            "/v1/overhead/listed",
            {"host": here.host, "authorization": f"Bearer {bearer(here.tenant, 'Pia')}"},
        ),
    }


def bearer(tenant: UUID, name: str) -> str:
    """A session's token for the API."""
    with nobody(tenant, origin=Origin("192.0.2.0/24", "api")) as ctx:
        return people.sign_in(ctx, email=email_of(name), password=PASSWORD).token


def bare(here: Installation) -> ASGIApp:
    """The same SQL and the same answer, with nothing around them."""
    connection = psycopg.connect(here.server.url(UNBOUND), autocommit=True, row_factory=dict_row)
    asked = {"tenant_id": here.tenant, "person_id": somebody}

    def endpoint(_: Request) -> Response:
        with connection.transaction():
            found = connection.execute(LATEST, asked).fetchall()
        return answer(found)

    return Starlette(routes=[Route("/", endpoint)])


def answer(notices: list[dict[str, Any]]) -> Response:
    return Response(json.dumps(notices, default=str), media_type="application/json")


def alternating(variants: Mapping[str, Variant], pool: Engine, options: argparse.Namespace) -> list[dict[str, Cost]]:
    """The cost of every variant in every round, once it is certain that all answer the same."""
    bound = context.engine()

    def run(variant: Variant, times: int) -> list[bytes]:
        context._engines["database_url"] = pool if variant.unbound else bound
        return asyncio.run(asked(variant, times))

    answers = {body for variant in variants.values() for body in run(variant, 20)}
    assert len(answers) == 1, "the variants do not answer the same, so comparing them means nothing"
    backends = Backends()
    rounds = []
    for _ in range(options.rounds):
        costs = {}
        for name, variant in variants.items():
            before, theirs = time.process_time(), backends.cpu_s()
            run(variant, options.requests)
            spent = (time.process_time() - before, backends.cpu_s() - theirs)
            costs[name] = Cost(*(seconds * 1e6 / options.requests for seconds in spent))
        rounds.append(costs)
    context._engines["database_url"] = bound
    return rounds


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


@contextmanager
def unbound(server: Embedded) -> Iterator[Engine]:
    """A pool of a role with the rights of the application's, which no policy binds."""
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


def without_limit() -> None:
    """Let one address ask as often as it likes."""
    os.environ["SALUS_REQUEST_LIMIT"] = "1000000/second"
    settings_module.settings.cache_clear()


def of_parts(runs: list[dict[str, Cost]], parts: Mapping[str, Variant]) -> Iterator[str]:
    """What each variant costs, and what is saved by leaving the protection out, round by round."""
    whole = next(iter(parts))
    yield "| variant | process µs | PostgreSQL µs | both µs | less than as it is, both µs |"
    yield "|---|---|---|---|---|"
    for name in parts:
        cells = [spread(getattr(run[name], figure) for run in runs) for figure in ("process", "postgres", "total")]
        saved = "" if name == whole else spread(run[whole].total - run[name].total for run in runs)
        yield f"| {name} | {' | '.join(cells)} | {saved} |"
    yield ""


def of_ways(runs: list[dict[str, Cost]], ways: Mapping[str, Variant]) -> Iterator[str]:
    """What each way in costs in all, and beyond the endpoint that asks nobody who they are."""
    yield "| way in, at the endpoint without a record | process µs | PostgreSQL µs | both µs |"
    yield "|---|---|---|---|"
    for name in ways:
        cells = [spread(getattr(run[name], figure) for run in runs) for figure in ("process", "postgres", "total")]
        yield f"| {name} | {' | '.join(cells)} |"


def spread(values: Iterable[float]) -> str:
    found = list(values)
    return f"{statistics.median(found):,.0f} [{min(found):,.0f}-{max(found):,.0f}]"


if __name__ == "__main__":
    main()
