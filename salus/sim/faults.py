"""The ways in which these servers misbehave when told to."""

from __future__ import annotations

import asyncio
from random import Random
from threading import Lock
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MILLISECONDS = Field(default=0, ge=0, le=600_000)


class WebhookKnobs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = MILLISECONDS
    """An event is first sent this long after it happened."""
    duplicate: int = Field(default=0, ge=0, le=20)
    """How many more copies are sent, at the same instant as the first."""
    reorder: bool = False
    """The newest event goes first; a lone one waits two seconds for company."""
    drop_first: int = Field(default=0, ge=0)
    """So many deliveries are lost on the way and only come with a retry."""
    corrupt_signature: bool = False
    """Deliveries are signed with a secret that is not the receiver's."""


class Knobs(BaseModel):
    """What any of the servers can be told. All off by default.

    Setting them replaces all of them and starts their counting anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    down: bool = False
    """Everything but the knobs answers 503."""
    latency_ms: int = MILLISECONDS
    """Wait before doing anything."""
    hang_ms: int = MILLISECONDS
    """Do it, then hold the answer back: what a caller sees as a timeout that may or may not have worked."""
    fail_rate: float = Field(default=0, ge=0, le=1)
    """Share of requests that are answered 500 and do nothing."""
    next_n_fail: int = Field(default=0, ge=0)
    """So many requests are answered 500 and do nothing."""


class ProcessorKnobs(Knobs):
    failure_after_success: bool = False
    """What succeeded fails a moment later, as when a bank takes a transfer back."""
    payout_ms: int = Field(default=200, ge=0, le=600_000)
    """How long a payout is under way."""
    webhooks: WebhookKnobs = WebhookKnobs()


K = TypeVar("K", bound=Knobs)


class Faults(Generic[K]):
    """The knobs as they stand, and how much of each is used up. With a seed, chance repeats itself."""

    def __init__(self, knobs: K, seed: int | None = None) -> None:
        self._lock = Lock()
        self._random = Random(seed)  # noqa: S311  Chance here decides who is treated badly, it guards nothing.
        self.turn(knobs)

    def turn(self, knobs: K) -> None:
        with self._lock:
            self.knobs = knobs
            self._failures_left = knobs.next_n_fail

    def fails(self) -> bool:
        """Whether this request is one of those that fail."""
        with self._lock:
            if self._failures_left:
                self._failures_left -= 1
                return True
            return self.knobs.fail_rate > 0 and self._random.random() < self.knobs.fail_rate


class ProcessorFaults(Faults[ProcessorKnobs]):
    def turn(self, knobs: ProcessorKnobs) -> None:
        super().turn(knobs)
        with self._lock:
            self._drops_left = knobs.webhooks.drop_first

    def drops(self) -> bool:
        """Whether this delivery is one of those lost on the way."""
        with self._lock:
            if not self._drops_left:
                return False
            self._drops_left -= 1
            return True


class Misbehave:
    """Middleware that applies the knobs to every request except those that turn them."""

    def __init__(self, app: ASGIApp, faults: Faults[Any]) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/knobs":
            await self._app(scope, receive, send)
            return
        knobs = self._faults.knobs
        await asyncio.sleep(knobs.latency_ms / 1000)
        if knobs.down:
            await _error(503, "down", "The server is down for maintenance.")(scope, receive, send)
        elif self._faults.fails():
            await _error(500, "internal", "The server failed. Nothing was done.")(scope, receive, send)
        else:
            await self._app(scope, receive, _held_back(send, knobs.hang_ms / 1000))


def _held_back(send: Send, seconds: float) -> Send:
    async def later(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return later


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
