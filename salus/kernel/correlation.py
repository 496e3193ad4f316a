"""One correlation id for all that follows from one deed: in answers, logs, records, reactions and calls to others.

Traces go by it too. An id of ours is a trace id already, and of any other the trace id is the beginning of its SHA-256:
whoever knows the one knows the other, and a reaction hours later joins the trace although only a record was kept.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256

from salus.kernel.ids import new_id

PLAIN = re.compile(r"[A-Za-z0-9-]{8,64}")
TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
"""W3C Trace Context, section 3.2. Later versions may go on after the flags; version 00 ends there."""

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


@dataclass(frozen=True, slots=True)
class Span:
    """A step of a trace that somebody else took before us, by its ids in hexadecimal."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Under which id a request is served, and which step of the caller's it follows, if it said so."""

    id: str
    caller: Span | None = None


def arrival(correlation_id: str, traceparent: str) -> Arrival:
    """How a request with these headers is served: under the caller's own id if it is a plain token, else under its
    trace's, else under a new one."""
    caller = _caller(traceparent)
    if PLAIN.fullmatch(correlation_id):
        return Arrival(correlation_id, caller)
    return Arrival(caller.trace_id if caller else new_id().hex, caller)


def trace_id(correlation_id: str) -> str:
    """The id of the trace, 32 hexadecimal digits."""
    return correlation_id if TRACE_ID.fullmatch(correlation_id) else sha256(correlation_id.encode()).hexdigest()[:32]


def traceparent(correlation_id: str, span_id: str | None = None, *, is_sampled: bool = False) -> str:
    """The header of W3C Trace Context. Without a span of ours it names one that nobody records, as it must name one."""
    return f"00-{trace_id(correlation_id)}-{span_id or secrets.token_hex(8)}-{'01' if is_sampled else '00'}"


def current() -> str | None:
    """The correlation id of what this thread does now, if it does something for somebody."""
    return _current.get()


def switch_to(correlation_id: str | None) -> str | None:
    """From here on this thread does something under another id; which one it was before."""
    before = _current.get()
    _current.set(correlation_id)
    return before


@contextmanager
def under(correlation_id: str) -> Iterator[None]:
    """A block whose log lines, spans and calls to others belong to this id."""
    before = switch_to(correlation_id)
    try:
        yield
    finally:
        # Not by a token: a stream goes on in other threads, where a token of this one means nothing.
        switch_to(before)


def _caller(traceparent: str) -> Span | None:
    found = TRACEPARENT.fullmatch(traceparent)
    if found is None or (found[1] == "00" and found[4]):
        return None
    return Span(found[2], found[3])
