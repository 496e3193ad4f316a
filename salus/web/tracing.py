"""One correlation id for every request: taken or made, given back, and in the one line it leaves in the log."""

from http import HTTPStatus
from time import perf_counter

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.kernel import correlation, metrics, telemetry

log = structlog.get_logger()
QUIET = ("/static/", "/healthz", "/readyz")


class Tracing:
    """Plain ASGI. Log, span and statistics name the route's pattern, never the address itself, which may hold an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        came = correlation.arrival(headers.get("x-correlation-id", ""), headers.get("traceparent", ""))
        scope.setdefault("state", {})["correlation_id"] = came.id
        with correlation.under(came.id), metrics.REQUESTS_NOW.track_inprogress():
            await self._traced(scope, receive, send, came)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, came: correlation.Arrival) -> None:
        began, status = perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = MutableHeaders(scope=message)
                answered["x-correlation-id"] = came.id
                answered["traceparent"] = telemetry.traceparent(came.id)
            await send(message)

        try:
            with telemetry.span(scope["method"], SpanKind.SERVER, came.caller) as span:
                try:
                    await self.app(scope, receive, send_with_id)
                finally:
                    span.call_it(f"{scope['method']} {_route(scope)}".rstrip())
                    span.tell(method=scope["method"], route=_route(scope), status=status)
                    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                        span.fail()
        finally:
            _tell(scope, status, perf_counter() - began)


def _route(scope: Scope) -> str:
    """The pattern of the address; of one that nobody serves, nothing."""
    found = getattr(scope.get("route"), "path", None)
    return found if isinstance(found, str) else ""


def _tell(scope: Scope, status: int, seconds: float) -> None:
    if scope["path"].startswith(QUIET):
        return
    method, route = scope["method"], _route(scope)
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
    log.info("request", method=method, route=route or None, status=status, duration_ms=round(seconds * 1000, 1))
