"""Circuit breakers: whoever is outside and fails again and again is not asked for a while.

A call to somebody outside who hangs costs two seconds and a thread each time. So once more than half of the last twenty
calls failed, the circuit opens, and for ten seconds every call fails at once. Then it is half-open: one call, and only
one, is let through to see how things are. If it succeeds the circuit closes and the past is forgotten, otherwise
it stays open for ten seconds more. Each process learns for itself, from its own calls.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from threading import BoundedSemaphore, Lock
from time import monotonic

import structlog

from salus.kernel import metrics, telemetry
from salus.kernel.errors import Refusal, Unavailable

WINDOW = 20
"""So many of the last calls count."""
FEWEST = 5
"""With fewer calls than these, no share of failures says anything."""
WAIT_S = 10.0
AT_ONCE = 8
"""Calls to one service under way at the same time, so that a slow one cannot take every thread of the house."""

log = structlog.get_logger()


class State(StrEnum):
    """From good to bad, as `salus_breaker_state` counts them from 0 on."""

    CLOSED = "closed"
    """Calls go through."""
    HALF_OPEN = "half-open"
    """One call is under way to see how things are; no other is made."""
    OPEN = "open"
    """No call is made."""


class CircuitOpen(Unavailable):
    """The call was not made, because the service failed too often. `retry_after_s` is when it is tried again."""

    message = "A service we depend on failed several times, so we leave it alone for some seconds. Please try again."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class Busy(Unavailable):
    """The call was not made, because as many as may be are under way."""

    message = "Very many are waiting for a service we depend on. Please try again in a few seconds."
    retry_after_s = 2


@dataclass(frozen=True)
class Circuit:
    """What the calls so far say of a service. Every step gives a new one; moments are seconds of any one clock."""

    state: State = State.CLOSED
    since: float = 0.0
    outcomes: tuple[bool, ...] = ()
    """Whether each of the last calls failed, the newest last."""
    period: int = 0
    """How often the state changed. A call that began in an earlier period says nothing about this one."""

    def entered(self, now: float) -> "Circuit | None":
        """As it is once a call that may be made has begun; None if it may not."""
        if self.state is State.OPEN and self.wait_s(now) <= 0:
            return self._turned(State.HALF_OPEN, now)
        return self if self.state is State.CLOSED else None

    def told(self, period: int, now: float, *, failed: bool) -> "Circuit":
        """As it is once a call that began in `period` has ended."""
        if period != self.period:
            return self
        if self.state is State.HALF_OPEN and not failed:
            return self._turned(State.CLOSED, now, ())
        outcomes = (*self.outcomes, failed)[-WINDOW:]
        too_many = len(outcomes) >= FEWEST and sum(outcomes) * 2 > len(outcomes)
        if self.state is State.HALF_OPEN or too_many:
            return self._turned(State.OPEN, now, outcomes)
        return replace(self, outcomes=outcomes)

    def wait_s(self, now: float) -> float:
        """Seconds until an open circuit lets a call through."""
        return self.since + WAIT_S - now

    def _turned(self, state: State, now: float, outcomes: tuple[bool, ...] | None = None) -> "Circuit":
        return Circuit(state, now, self.outcomes if outcomes is None else outcomes, self.period + 1)


@dataclass(frozen=True)
class Reading:
    """A circuit as people and metrics read it."""

    name: str
    state: State
    since: datetime
    calls: int
    failures: int
    """Of the last calls, of which there are at most twenty."""
    probe_at: datetime | None
    """From when on an open circuit lets one call through."""


class Breaker:
    """The circuit of one service, for all threads of this process."""

    def __init__(self, name: str, *, at_once: int = AT_ONCE, clock: Callable[[], float] = monotonic) -> None:
        self.name = name
        self._clock = clock
        self._circuit = Circuit(since=clock())
        self._lock = Lock()
        self._places = BoundedSemaphore(at_once)
        metrics.BREAKER_STATE.labels(name).set(0)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one call, which must have a deadline of its own. Raises CircuitOpen or Busy instead of making it.

        Whatever it raises is a failure, except a Refusal that is not Unavailable: that is a clear answer, which is no.
        """
        if not self._places.acquire(blocking=False):
            metrics.CALLS.labels(self.name, "skipped").inc()
            raise Busy
        try:
            period, failed = self._begin(), True
            try:
                with telemetry.call(self.name):
                    yield
                failed = False
            except Refusal as refusal:
                failed = isinstance(refusal, Unavailable)
                raise
            finally:
                self._end(period, failed)
        finally:
            self._places.release()

    def lets_through(self) -> bool:
        """Whether a call would be made now, as far as can be told without making one."""
        with self._lock:
            return self._circuit.entered(self._clock()) is not None

    def reading(self) -> Reading:
        with self._lock:
            circuit, ago = self._circuit, timedelta(seconds=self._clock() - self._circuit.since)
        since = datetime.now(UTC) - ago
        probe_at = since + timedelta(seconds=WAIT_S) if circuit.state is State.OPEN else None
        return Reading(self.name, circuit.state, since, len(circuit.outcomes), sum(circuit.outcomes), probe_at)

    def _begin(self) -> int:
        with self._lock:
            now = self._clock()
            entered = self._circuit.entered(now)
            if entered is None:
                metrics.CALLS.labels(self.name, "skipped").inc()
                raise CircuitOpen(max(1, ceil(self._circuit.wait_s(now))))
            self._become(entered)
            return entered.period

    def _end(self, period: int, failed: bool) -> None:
        with self._lock:
            self._become(self._circuit.told(period, self._clock(), failed=failed))

    def _become(self, circuit: Circuit) -> None:
        if circuit.state is not self._circuit.state:
            log.warning("circuit changed", gateway=self.name, state=circuit.state.value)
            metrics.BREAKER_STATE.labels(self.name).set(list(State).index(circuit.state))
        self._circuit = circuit


_breakers: dict[str, Breaker] = {}
_lock = Lock()


def breaker(name: str, *, anew: bool = False) -> Breaker:
    """The breaker of the service with this name, one for the whole process; `anew` forgets what was known of it."""
    with _lock:
        if anew or name not in _breakers:
            _breakers[name] = Breaker(name)
        return _breakers[name]


def readings() -> list[Reading]:
    """Every circuit of this process, by name."""
    with _lock:
        known = sorted(_breakers.items())
    return [one.reading() for _, one in known]
