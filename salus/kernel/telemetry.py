"""Traces: a span for every request, operation, reaction, routine and call to somebody outside.

They are sent by OTLP where `otlp_endpoint` is set, and cost nothing where it is not. A span holds what a log line may
hold and nothing else: never an address, a statement or the message of an exception.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from types import TracebackType
from typing import Self

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer

from salus.kernel import correlation, log, metrics
from salus.kernel.errors import Refusal, Unavailable
from salus.kernel.settings import settings

NAMES = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "error": "error.type",
}
"""How OpenTelemetry's conventions call what our log lines say. All else is under `salus.`."""

_tracer: Tracer | None = None


class Span:
    """A step that is not traced: as good as none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was begun."""

    def call_it(self, name: str) -> None:
        """Give the step another name, now that it is known."""

    def fail(self) -> None:
        """Mark the step as a failure of ours."""

    def tell(self, **what: str | int) -> None:
        """Add to the span what a log line could say as well. Other names are refused with a KeyError."""


class _Traced(Span):
    def __init__(self, tracer: Tracer, name: str, kind: SpanKind, caller: correlation.Span | None) -> None:
        parent, links = _placed(caller)
        self._span = tracer.start_span(name, parent, kind, links=links)
        self._current = trace.use_span(
            self._span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        )

    def __enter__(self) -> Self:
        self._current.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Refusal):
            self.tell(state=error.code)
        elif error is not None:
            self.tell(error=type(error).__name__)
            self.fail()
        # Without the exception, whose message may hold somebody's data.
        self._current.__exit__(None, None, None)

    def call_it(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self) -> None:
        self._span.set_status(Status(StatusCode.ERROR))

    def tell(self, **what: str | int) -> None:
        for name, value in what.items():
            if name not in log.ALLOWED:
                raise KeyError(name)
            self._span.set_attribute(NAMES.get(name, f"salus.{name}"), value)


_NOT_TRACED = Span()


def span(name: str, kind: SpanKind = SpanKind.INTERNAL, caller: correlation.Span | None = None) -> Span:
    """A block that is one step of the current trace; `caller` is the step of somebody else's that it follows."""
    return _NOT_TRACED if _tracer is None else _Traced(_tracer, name, kind, caller)


@contextmanager
def call(service: str) -> Iterator[None]:
    """A block that is one call to somebody outside, by the name of the service."""
    began, outcome = perf_counter(), "failed"
    try:
        with span(service, SpanKind.CLIENT):
            yield
        outcome = "done"
    except Refusal as refusal:
        outcome = "failed" if isinstance(refusal, Unavailable) else "refused"
        raise
    finally:
        metrics.CALLS.labels(service, outcome).inc()
        metrics.CALL_SECONDS.labels(service).observe(perf_counter() - began)


def parting_headers() -> Mapping[str, str]:
    """What a request to somebody outside carries, so that what they do for us can be found under the same id."""
    current = correlation.current()
    if current is None:
        return {}
    return {"x-correlation-id": current, "traceparent": traceparent(current)}


def traceparent(correlation_id: str) -> str:
    """The step that is being taken now, as W3C Trace Context writes it."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return correlation.traceparent(correlation_id)
    return correlation.traceparent(
        correlation_id, trace.format_span_id(here.span_id), is_sampled=here.trace_flags.sampled
    )


def start(service: str) -> None:
    """From here on send traces and metrics of this process to where the operator set, if anywhere."""
    if settings().otlp_endpoint:
        from salus.kernel import otlp

        trace_with(otlp.tracer(service))
        otlp.send_metrics(service)


def trace_with(tracer: Tracer | None) -> None:
    """From here on take the spans from `tracer`; with None, make none."""
    global _tracer
    _tracer = tracer


def _placed(caller: correlation.Span | None) -> tuple[TraceContext | None, list[Link]]:
    """Under the caller's step if its trace is ours; otherwise beside it, with a link to it."""
    if caller is None:
        return None, []
    theirs = SpanContext(int(caller.trace_id, 16), int(caller.span_id, 16), is_remote=True, trace_flags=TraceFlags(0))
    current = correlation.current()
    if current is not None and correlation.trace_id(current) == caller.trace_id:
        return trace.set_span_in_context(NonRecordingSpan(theirs)), []
    return TraceContext(), [Link(theirs)]
