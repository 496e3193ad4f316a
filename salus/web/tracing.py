"""One correlation id for every request: taken or made, given back, and in the one line it leaves in the log."""

from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.web.context import correlation_id_of

log = structlog.get_logger()
QUIET = ("/static/", "/healthz")


class Tracing:
    """Plain ASGI. The log names the route's pattern, never the address itself, which may hold an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation_id = correlation_id_of(Headers(scope=scope))
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        began = perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-correlation-id"] = correlation_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if not scope["path"].startswith(QUIET):
                log.info(
                    "request",
                    method=scope["method"],
                    route=getattr(scope.get("route"), "path", None),
                    status=status,
                    duration_ms=round((perf_counter() - began) * 1000, 1),
                    correlation_id=correlation_id,
                )
