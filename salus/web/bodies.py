"""How large a body may be, how slowly it may come, and who may send a larger one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.kernel.errors import Refusal, SignInNeeded
from salus.web.context import Visit
from salus.web.security import refuse_crowd, refuse_too_many

GRACE_S = 20.0
SLOWEST_BODY = 8 * 1024
"""Bytes a second that a body must bring on the average, once the grace is over."""
LARGER_AT_MOST = "30/hour"
"""Bodies over the usual limit from one network address."""


class Larger(NamedTuple):
    """What an address takes: bytes, from whoever is known as `known_by` tells."""

    limit: int
    known_by: Callable[[Request], Awaitable[Visit]]


LARGER_BODIES: dict[str, Larger] = {}
"""Addresses that take more than the usual mebibyte."""


class TooLarge(Refusal):
    status = 413
    message = "This is more than can be sent here at once. Please send a smaller file."


class TooSlow(Refusal):
    status = 408
    message = "What you sent did not arrive in time. Please try again over a better connection."


async def refuse_larger(came: Visit) -> None:
    """Raises SignInNeeded for a body over the usual limit from nobody, TooMany for one of very many, or Crowded."""
    refuse_crowd()
    if came.token is None:
        raise SignInNeeded
    await run_in_threadpool(came.insist_on_somebody)
    refuse_too_many(LARGER_AT_MOST, came.request.client.host if came.request.client else "", "larger bodies")


class BodyLimit:
    """Refuses bodies over the route's limit while they arrive, whatever length they claimed (Starlette sets none).

    A form is read before its door asks who sent it, so where more than usual may come, that is asked in between.
    And bodies that trickle: the server has a deadline for headers and none for what follows, so that a thousand
    callers who each send a byte now and then would keep everybody else out.
    """

    def __init__(self, app: ASGIApp, *, limit: int = 1 << 20) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        larger = LARGER_BODIES.get(scope["path"])
        limit, is_larger = larger.limit if larger else self.limit, False
        received, began, is_whole = 0, 0.0, False

        async def receive_within_limits() -> Message:
            nonlocal received, began, is_whole, is_larger
            if is_whole:  # whoever asks again waits for the caller to hang up, which may take as long as a download
                return await receive()
            began = began or asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout_at(began + GRACE_S + received / SLOWEST_BODY):
                    message = await receive()
            except TimeoutError as error:
                raise TooSlow from error
            received += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if received > limit:
                raise TooLarge
            if larger and received > self.limit and not is_larger:
                await refuse_larger(await larger.known_by(Request(scope)))
                is_larger = True
            return message

        async def send_while_asked(message: Message) -> None:
            await send(message)

        try:
            await self.app(scope, receive_within_limits, send_while_asked)
        finally:
            # The exception of a refused body lives on with the request in a circle of references. Were the server's
            # ends of the connection in it, the connection stayed open until the garbage collector came (measured).
            receive = send = _hung_up


async def _hung_up(*_: object) -> Any:
    raise ConnectionError("this request was answered")
