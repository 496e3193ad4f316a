"""What protection costs: sign-in, row-level security and records, each taken out of the same endpoint in turn.

The endpoint lists the actor's last twenty notices. It is asked as it is, without one protection, without all three, and
as the same SQL behind a bare Starlette route; all answer the same. "Without row-level security" is the same door
on connections of a role that no policy binds. The ways to come in are compared at the endpoint without a record.

    uv run python -m benchmarks.overhead [--rounds 15] [--requests 200] [--dry]
"""

import argparse
import json
import os
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from benchmarks.inside import UNBOUND, Cost, Variant, alternating, unbound
from benchmarks.machine import described, write_section
from salus.app import create_app
from salus.kernel import log
from salus.kernel import settings as settings_module
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.operations import query
from salus.shared.api_keys import actions as api_keys
from salus.shared.people import actions as people
from salus.web.doors import Api, CurrentContext, Pages
from tests.cast import PASSWORD, administrator, code, email_of, ticket
from tests.faults.installation import Installation, installed, owner_sql
from tests.shared.oauth.scene import fresh, system_of

SCOPE = "messages:read"
PROMISES = Path(__file__).parents[1] / "docs" / "security.md"
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
{requests} requests each, the variants alternating; medians [min-max] in microseconds of CPU for each request. Where the
load is above the number of cores, differences smaller than the spread say more of the machine than of the protection.
"""
somebody: UUID
"""Whose notices are listed where nobody signs in."""


@query(roles={Role.PERSON}, discloses=True)
def disclosed(ctx: Context) -> list[dict[str, Any]]:
    """The actor's last notices, with a record of the look at them."""
    return _latest(ctx, ctx.actor.person_id)


@query(roles={Role.PERSON}, scope=SCOPE)
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
    global somebody
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    log.configure(quiet=True)
    with installed() as here, unbound(here.server) as pool:
        without_limit()
        app, ada = application(), administrator(here.tenant)
        somebody = ada.person_id
        ways = ways_in(here, app, ada)
        fill(here, somebody)
        parts = taken_out(here, app, ways["session in a header"].headers)
        runs = alternating(parts | ways, pool, rounds=options.rounds, requests=options.requests)
    lines = [ABOUT.format(notices=PEOPLE * EACH, **vars(options)), *of_parts(runs, parts), *of_ways(runs, ways)]
    print("\n".join(lines))
    if not options.dry:
        measured = [described(), "", *lines]
        write_section("Overhead of protection", measured)
        write_section("What protection costs", measured, file=PROMISES)


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


def taken_out(here: Installation, app: ASGIApp, headers: Mapping[str, str]) -> dict[str, Variant]:
    """The endpoint as it is, without each protection, without all, and bare."""
    stranger = {"host": here.host}
    return {
        "as it is": Variant(app, "/v1/overhead/disclosed", headers),
        "without the record": Variant(app, "/v1/overhead/listed", headers),
        "without row-level security": Variant(app, "/v1/overhead/disclosed", headers, unbound=True),
        "without sign-in": Variant(app, "/v1/overhead/disclosed-to-anyone", stranger),
        "without all three": Variant(app, "/v1/overhead/listed-to-anyone", stranger, unbound=True),
        "bare Starlette and psycopg": Variant(bare(here), "/"),
    }


def ways_in(here: Installation, app: ASGIApp, ada: Actor) -> dict[str, Variant]:
    """Every way to say who one is, at the endpoint without a record. It is Ada each time."""
    cookie = ticket(here.tenant, "Ada", code=code()).token
    with nobody(here.tenant, origin=Origin("192.0.2.0/24", "api")) as ctx:
        session = people.sign_in(ctx, email=email_of("Ada"), password=PASSWORD, code=code(steps=1)).token
    with Context(fresh(ada), here.tenant) as ctx:
        key = api_keys.make(ctx, name="Overhead", scopes=[SCOPE]).key
    access_token = system_of(here.tenant, ada, [SCOPE]).token().access_token
    listed_here = "/v1/overhead/listed"
    return {
        "session in a header": Variant(app, listed_here, as_bearer(here, session)),
        "session in a cookie, on a page": Variant(
            app, "/overhead/listed", {"host": here.host, "cookie": f"sid={cookie}"}
        ),
        "API key": Variant(app, listed_here, as_bearer(here, key)),
        "access token (ES256)": Variant(app, listed_here, as_bearer(here, access_token)),
        "nobody signs in": Variant(app, "/v1/overhead/listed-to-anyone", {"host": here.host}),
    }


def as_bearer(here: Installation, token: str) -> dict[str, str]:
    return {"host": here.host, "authorization": f"Bearer {token}"}


def fill(here: Installation, person_id: UUID) -> None:
    """Notices of this person and of many others."""
    others = [uuid4() for _ in range(PEOPLE - 1)]
    owner_sql(FILL, here.tenant, people=[person_id, *others], each=EACH)
    with psycopg.connect(here.server.url("salus_admin"), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")


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
