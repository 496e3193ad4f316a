"""No way into the application goes past an operation."""

import re
from collections import Counter
from collections.abc import Iterator
from copy import copy, deepcopy

import jinja2.meta
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, Route, WebSocketRoute

from salus.kernel.operations import OPERATIONS
from salus.web import render
from salus.web.audit import audit, doors
from salus.web.routing import beginning
from tests.architecture.tree import SALUS, name, tracked

TEMPLATE = re.compile(r"""(?:Page|get_template|html)\(\s*["']([\w/.-]+\.html)["']""")
LETTER = re.compile(r"""(?:notify|letters\.write|send_mail)\([^"']*["']([a-z_]+/[\w-]+)["']""")

OPEN_TO_ALL = {
    *(
        "/",
        "/sign-in",
        "/sign-up",
        "/sign-up/seller",
        "/sign-up/buyer",
        "/sign-up/patient",
        "/sign-up/doctor",
        "/sign-up/sent",
        "/verify",
        "/forgot",
        "/reset",
        "/disclosure",
        "/report",
    ),
    "/inspections",
}
"""Pages that touch no data: the landing page, the forms of people who are not signed in, and the one that asks an
administrator for whose health data is to be opened, and why."""


@pytest.fixture
def copied(app: FastAPI) -> FastAPI:
    """The application for those who add something to it: nobody else's has it then."""
    made = copy(app)
    made.router = copy(app.router)
    made.router.routes = list(app.routes)
    made.openapi_schema = deepcopy(app.openapi())
    return made


def nothing() -> None:
    """An endpoint that is no door."""


def planted() -> Iterator[object]:
    inner = APIRouter()
    inner.add_api_route("/inner", nothing)
    deeper = APIRouter()
    deeper.include_router(inner, prefix="/deeper")
    yield pytest.param(lambda app: app.add_api_route("/v1/planted", nothing), id="a route")
    yield pytest.param(lambda app: app.include_router(deeper), id="a route of a router in a router")
    yield pytest.param(lambda app: app.router.routes.append(Route("/planted", nothing)), id="a bare route")
    yield pytest.param(lambda app: app.mount("/planted", FastAPI()), id="a mounted application")
    yield pytest.param(lambda app: app.router.routes.append(Mount("/static2", FastAPI())), id="a bare mount")
    yield pytest.param(lambda app: app.router.routes.append(WebSocketRoute("/ws", nothing)), id="a web socket")
    yield pytest.param(lambda app: app.router.routes.append(Route("/healthz/more", nothing)), id="below a public one")


@pytest.mark.parametrize("plant", list(planted()))
def test_the_server_refuses_to_start_with(plant, copied: FastAPI) -> None:
    assert audit(copied) > 0
    plant(copied)

    with pytest.raises(RuntimeError, match="not behind an operation"):
        audit(copied)


def test_the_walk_over_the_routes_misses_no_documented_address(app: FastAPI) -> None:
    seen = doors(app)
    documented = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}

    assert documented
    assert documented <= set(seen)


def test_an_address_that_the_walk_did_not_see_stops_the_server(copied: FastAPI) -> None:
    copied.openapi()["paths"]["/v1/hidden"] = {}

    with pytest.raises(RuntimeError, match="/v1/hidden"):
        audit(copied)


def test_no_door_is_served_twice(app: FastAPI) -> None:
    """A request looks at one route after the other: twice as many cost it a millisecond more (measured)."""
    served = Counter(
        (method, context.path) for context in iter_route_contexts(app.routes) for method in context.methods or ()
    )

    assert [door for door, times in served.items() if times > 1] == []


def test_every_door_is_found_by_how_its_address_begins(app: FastAPI) -> None:
    """A router is passed over for an address that begins otherwise, so a parameter may not stand there."""
    assert [path for _, path in doors(app) if "{" in beginning(path)] == []


def test_every_door_is_for_an_operation_that_exists(app: FastAPI) -> None:
    served = {door.operation.name for door in doors(app).values() if door.operation is not None}

    assert served <= set(OPERATIONS)


def test_only_reviewed_pages_touch_no_operation(app: FastAPI) -> None:
    """A door without an operation is open to everyone: each is looked at once and then listed here."""
    open_doors = {path for (_, path), door in doors(app).items() if door.operation is None}

    assert open_doors <= OPEN_TO_ALL


def test_addresses_carry_ids_only(app: FastAPI) -> None:
    """An address ends up in logs and histories of browsers, so it may hold no e-mail address, name or health data.

    `at` is the moment of a free time, which everybody may look at.
    """
    parameters = {parameter for _, path in doors(app) for parameter in re.findall(r"{(\w+)", path)}
    telling = {
        parameter for parameter in parameters if not re.search(r"(_id|^token|^code|^key|^kind|^slug|^at)$", parameter)
    }

    assert telling == set()


def test_every_template_can_be_read() -> None:
    environment = render.environment()
    broken = {}
    for path in tracked():
        if path.suffix == ".html" and SALUS in path.parents:
            try:
                environment.parse(path.read_text())
            except jinja2.TemplateError as error:
                broken[name(path)] = str(error)

    assert broken == {}


def test_every_template_that_is_named_is_there() -> None:
    environment = render.environment()
    python = [path for path in tracked() if path.suffix == ".py" and SALUS in path.parents]
    named = {(name(path), found) for path in python for found in TEMPLATE.findall(path.read_text())}
    known = set(environment.list_templates())
    pages = [path for path in tracked() if path.suffix == ".html" and SALUS / "sim" not in path.parents]
    for path in pages:
        if SALUS in path.parents:
            tree = environment.parse(path.read_text())
            named |= {(name(path), found) for found in jinja2.meta.find_referenced_templates(tree) if found}

    assert named
    assert {(place, found) for place, found in named if found not in known and "/sim/" not in place} == set()
