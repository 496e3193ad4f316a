"""The web server: every module's doors under one frame."""

from dataclasses import asdict, dataclass
from importlib.resources import files

from fastapi import FastAPI
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from salus import modules
from salus.kernel import log, metrics, telemetry
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, call_connections
from salus.kernel.errors import NotFound, Refusal, Unavailable
from salus.kernel.settings import settings
from salus.readiness import readiness
from salus.shared.api_keys import actions as api_keys_actions
from salus.shared.api_keys import queries as api_keys
from salus.shared.api_keys.rules import PREFIX as KEY_PREFIX
from salus.shared.messages import queries as messages
from salus.shared.oauth import queries as oauth
from salus.shared.people import actions as people_actions
from salus.shared.people import queries as people
from salus.web import render, well_known
from salus.web.answers import refuse_stranger
from salus.web.audit import audit
from salus.web.bodies import BodyLimit
from salus.web.context import Visit
from salus.web.doors import Api, Page, Pages, go
from salus.web.fhir.refusals import refuse as outcome
from salus.web.fhir.slashes import WithoutSlash
from salus.web.refusals import problem
from salus.web.render import Frame
from salus.web.security import SecurityHeaders
from salus.web.tracing import Tracing

STATIC = files("salus.web") / "static"
NOBODYS_HOME = "/overview"


@dataclass(frozen=True)
class Viewer:
    """Who is looking, as the layout shows them."""

    name: str
    roles: frozenset[str]

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def serving() -> ASGIApp:
    """The application as the server runs it: watched by its operator, and behind the proxies that they trust."""
    call_connections("salus web")
    log.configure()
    telemetry.start("salus-web")
    app = create_app()
    metrics.serve(settings().metrics_port)
    # Only what these say of the caller's address is believed. From anybody else it is just a header.
    proxies = [str(network) for network in settings().trusted_proxies]
    return wrap_asgi_with_proxy_headers(app, proxies) if proxies else app


def create_app() -> FastAPI:
    """The application. Raises RuntimeError if any route is not behind an operation: it then refuses to start."""
    modules.load_all()
    app = FastAPI(title="Salus", version="1", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.state.ready = True
    app.state.authenticate = _authenticate
    app.state.frame = _frame
    # Where a module's doors lie in several files, each of them holds the same object; a request looks at every route.
    found = [getattr(module, part, None) for part in ("fhir", "pages", "api") for module in modules.load(part)]
    for doors in dict.fromkeys(doors for doors in found if isinstance(doors, Pages | Api)):
        app.include_router(doors.router)
    app.include_router(_public().router)
    _plain_routes(app)
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Tracing)
    app.add_middleware(WithoutSlash)
    audit(app)
    return app


def _authenticate(ctx: Context, token: str | None, channel: str, address: str) -> Actor:
    if channel == "api" and token is not None and token.startswith(KEY_PREFIX):
        return _by_key(ctx, token, address)
    if channel == "api" and token is not None and token.count(".") == 2:  # a JWT; a session's token has no dots
        return oauth.authenticate(ctx, token)
    actor = people.authenticate(ctx, token, channel)
    if getattr(actor, "is_quiet", False):
        ctx.become(actor)
        people_actions.note_activity(ctx)
    return actor


def _by_key(ctx: Context, key: str, address: str) -> Actor:
    actor = api_keys.authenticate(ctx, key, address)
    if actor is None:
        api_keys_actions.refuse(ctx, key)
    if actor.is_quiet:
        ctx.become(actor)
        api_keys_actions.note_use(ctx)
    return actor


def _frame(ctx: Context) -> Frame:
    if not ctx.actor.is_signed_in:
        return render.NO_FRAME
    roles = frozenset(role.value for role in ctx.actor.roles) - {"anyone", "person"}
    return Frame(viewer=Viewer(people.my_name(ctx), roles), unread=messages.unread(ctx))


def _public() -> Pages:
    pages = Pages()

    @pages.public("/")
    def landing(ctx: Context) -> Page | Response:
        """What Salus is, for strangers; whoever is signed in begins at the first place of their menu."""
        if not ctx.actor.has(Role.PERSON):
            return Page("landing.html")
        roles = ctx.actor.roles - {Role.ANYONE, Role.PERSON}
        return go(next((link.href for link in render.navigation(roles, "/", render.MENU)), NOBODYS_HOME))

    @pages.public("/disclosure")
    def disclosure(ctx: Context) -> Page:
        """How to report a weakness, and what follows."""
        return Page("disclosure.html")

    return pages


def _plain_routes(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        """This process is alive. It asks nobody, so that it is not killed for what others fail at."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        """Whether visitors may be sent here, and what is missing."""
        if not app.state.ready:
            return JSONResponse({"status": "starting"}, 503)
        found = readiness()
        return JSONResponse({"status": found.status, **asdict(found)}, 200 if found.can_serve else 503)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(render.environment().get_template("docs.html").render())

    well_known.add_to(app)


async def _refuse_http(request: Request, error: Exception) -> Response:
    """Addresses nobody serves, methods nobody takes, bodies nobody can read."""
    if not isinstance(error, HTTPException):
        raise error
    refusal = error.__cause__ if isinstance(error.__cause__, Refusal) else _refusal_for(error.status_code)
    if request.url.path.startswith("/v1"):
        return problem(refusal, request.state.correlation_id)
    if request.url.path.startswith("/fhir"):
        return outcome(refusal, request.state.correlation_id)
    return refuse_stranger(Visit(request, "browser", None, ""), refusal)


def _refusal_for(status: int) -> Refusal:
    if status == 404:
        return NotFound()
    refusal = Unavailable() if status == 503 else Refusal("This address does not take what was sent to it.")
    refusal.status = status
    return refusal
