"""Traces and metrics: of everything that is done, with nothing of anybody in them."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from salus import worker
from salus.kernel import correlation, metrics, otlp, outbound, telemetry
from salus.kernel.actor import Actor, Role
from salus.kernel.breaker import WINDOW, Breaker, State
from salus.kernel.context import Context
from salus.kernel.errors import Conflict, Unavailable
from salus.kernel.ids import new_id
from salus.kernel.operations import action, operation_of
from salus.kernel.records import REACTIONS, Record, after
from salus.kernel.settings import settings
from tests.receiver import receiving

PIA = Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}))
WORDS = "Pia Lindqvist sleeps badly"


@action(roles={Role.SELLER})
def rest(ctx: Context, *, how: str = "well") -> None:
    """Something somebody does."""
    if how == "badly":
        raise ValueError(WORDS)
    if how == "not":
        raise Conflict(WORDS)
    doze(ctx)


@action(roles={Role.SELLER, Role.SYSTEM})
def doze(ctx: Context) -> None:
    """A step of it."""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[ReadableSpan]]]:
    """All steps that were traced, in the order in which they ended."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr(settings(), "trace_share", 1.0)
    telemetry.trace_with(otlp.tracer("salus-test", SimpleSpanProcessor(kept)))
    yield lambda: list(kept.get_finished_spans())
    telemetry.trace_with(None)


def named(found: list[ReadableSpan], name: str) -> ReadableSpan:
    return next(one for one in found if one.name == name)


def name_of(function: Callable[..., object]) -> str:
    return operation_of(function).name


def hexadecimal(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def test_a_step_of_an_operation_lies_within_it_in_the_trace_of_the_correlation_id(
    tenant: UUID, spans: Callable[[], list[ReadableSpan]]
) -> None:
    with Context(PIA, tenant, correlation_id="from-a-phone-1") as ctx:
        rest(ctx)

    step, whole = spans()
    assert (step.name, whole.name) == (name_of(doze), name_of(rest))
    assert step.parent is not None
    assert whole.context is not None
    assert step.parent.span_id == whole.context.span_id
    assert {hexadecimal(step), hexadecimal(whole)} == {correlation.trace_id("from-a-phone-1")}


def test_a_reaction_joins_the_trace_of_the_deed_it_follows(
    tenant: UUID, spans: Callable[[], list[ReadableSpan]]
) -> None:
    def follow(ctx: Context, record: Record) -> None:
        doze(ctx)

    after(name_of(rest))(follow)
    try:
        with Context(PIA, tenant) as ctx:
            rest(ctx)
            deed = ctx.correlation_id
        worker.settle_everything()
    finally:
        REACTIONS.pop(name_of(rest))

    # What others owe may be paid in the same round.
    (reaction,) = [one for one in spans() if one.name.endswith(".follow")]
    assert reaction.kind is SpanKind.CONSUMER
    assert hexadecimal(reaction) == deed
    assert (reaction.attributes or {})["salus.operation"] == name_of(rest)


def test_the_callers_step_is_the_parent_in_its_own_trace_and_a_link_in_any_other(
    spans: Callable[[], list[ReadableSpan]],
) -> None:
    theirs = correlation.Span(new_id().hex, "00f067aa0ba902b7")

    with correlation.under(theirs.trace_id), telemetry.span("within", caller=theirs):
        pass
    with correlation.under("from-a-phone-1"), telemetry.span("beside", caller=theirs):
        pass

    within, beside = spans()
    assert within.parent is not None
    assert f"{within.parent.span_id:016x}" == theirs.span_id
    assert beside.parent is None
    assert [f"{link.context.trace_id:032x}" for link in beside.links] == [theirs.trace_id]


def test_a_failure_tells_its_kind_and_none_of_its_words(tenant: UUID, spans: Callable[[], list[ReadableSpan]]) -> None:
    for how, error in (("badly", ValueError), ("not", Conflict)):
        with pytest.raises(error), Context(PIA, tenant) as ctx:
            rest(ctx, how=how)

    failed, refused = spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["error.type"] == "ValueError"
    assert refused.status.status_code is StatusCode.UNSET
    assert (refused.attributes or {})["salus.state"] == "conflict"
    assert WORDS not in "".join(one.to_json() for one in spans())


def test_a_span_says_only_what_a_log_line_may_say(spans: Callable[[], list[ReadableSpan]]) -> None:
    with pytest.raises(KeyError), telemetry.span("any") as span:
        span.tell(title=WORDS)


def test_a_call_to_somebody_outside_carries_the_id(
    spans: Callable[[], list[ReadableSpan]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "outbound_allow", ("127.0.0.1/32",))
    with receiving() as receiver, correlation.under("from-a-phone-1"):
        monkeypatch.setattr(outbound, "_is_allowed", lambda _: True)
        outbound.request("POST", receiver.url)

    (call,) = spans()
    (received,) = receiver.received
    assert call.context is not None
    assert received.headers["x-correlation-id"] == "from-a-phone-1"
    assert received.headers["traceparent"] == f"00-{hexadecimal(call)}-{call.context.span_id:016x}-01"
    assert receiver.url not in call.to_json()


def test_without_a_trace_a_call_carries_the_id_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "_is_allowed", lambda _: True)
    with receiving() as receiver, correlation.under("from-a-phone-1"):
        outbound.request("POST", receiver.url)

    sent = receiver.received[0].headers["traceparent"]
    assert sent.startswith(f"00-{correlation.trace_id('from-a-phone-1')}-")
    assert sent.endswith("-00")


def test_a_tenth_of_all_traces_is_a_tenth_of_ours() -> None:
    """A UUIDv7 is not random in the bits by which OpenTelemetry's own sampler goes: it would keep none of them."""
    share = otlp.Share(0.1)

    kept = sum(share.should_sample(None, new_id().int, "any").decision.is_sampled() for _ in range(10_000))

    assert 800 < kept < 1_200


def counted(metric: Counter, *labels: str) -> float:
    return float(metric.labels(*labels)._value.get())


def test_every_outcome_of_an_operation_is_counted(tenant: UUID) -> None:
    name = name_of(rest)
    before = {outcome: counted(metrics.OPERATIONS, name, outcome) for outcome in ("done", "refused", "failed")}

    for how, error in (("badly", ValueError), ("not", Conflict)):
        with pytest.raises(error), Context(PIA, tenant) as ctx:
            rest(ctx, how=how)
    with Context(PIA, tenant) as ctx:
        rest(ctx)

    assert {outcome: counted(metrics.OPERATIONS, name, outcome) - value for outcome, value in before.items()} == {
        "done": 1, "refused": 1, "failed": 1,
    }  # fmt: skip


def test_a_circuit_shows_its_state() -> None:
    breaker = Breaker("a service of these tests")
    state = metrics.BREAKER_STATE.labels(breaker.name)
    assert state._value.get() == 0

    for _ in range(WINDOW):
        with pytest.raises(Unavailable), breaker.call():
            raise Unavailable
    assert state._value.get() == list(State).index(State.OPEN) == 2
    outcomes = {outcome: counted(metrics.CALLS, breaker.name, outcome) for outcome in ("failed", "skipped")}
    assert min(outcomes.values()) > 0
    assert sum(outcomes.values()) == WINDOW


def test_a_connection_at_work_is_counted(tenant: UUID) -> None:
    in_use = metrics.POOL_IN_USE.labels("application")
    before = in_use._value.get()

    with Context(PIA, tenant):
        assert in_use._value.get() == before + 1
    assert in_use._value.get() == before


def test_metrics_say_the_same_to_a_collector() -> None:
    """What is measured once, Prometheus reads and OpenTelemetry is sent."""
    registry = CollectorRegistry()
    Counter("salus_done", "Done", ["what"], registry=registry).labels("rest").inc(3)
    Gauge("salus_waiting", "Waiting", registry=registry).set(7)
    seconds = Histogram("salus_rest_seconds", "Rest", registry=registry, buckets=(1, 10))
    for took in (0.5, 5, 50, 500):
        seconds.observe(took)

    data = otlp.translated(registry.collect(), Resource({}))

    done, waiting, rested = data.resource_metrics[0].scope_metrics[0].metrics
    assert (done.name, done.data.data_points[0].value, done.data.data_points[0].attributes) == (
        "salus.done", 3, {"what": "rest"},
    )  # fmt: skip
    assert waiting.data.data_points[0].value == 7
    (point,) = rested.data.data_points
    assert (point.count, point.sum, point.bucket_counts, point.explicit_bounds) == (4, 555.5, [1, 1, 2], [1, 10])


def test_traces_and_metrics_arrive_at_a_collector(monkeypatch: pytest.MonkeyPatch, tenant: UUID) -> None:
    with receiving() as collector:
        monkeypatch.setattr(settings(), "otlp_endpoint", collector.url.removesuffix("/hook"))
        monkeypatch.setattr(settings(), "trace_share", 1.0)
        tracer = otlp.tracer("salus-test")
        telemetry.trace_with(tracer)
        try:
            with Context(PIA, tenant) as ctx:
                rest(ctx)
        finally:
            telemetry.trace_with(None)
            tracer.span_processor.shutdown()
        otlp.exporter().export(otlp.translated(metrics.collected(), Resource({})))

    sent = {one.path: one.body for one in collector.received}
    assert sent.keys() == {"/v1/traces", "/v1/metrics"}
    assert b"rest" in sent["/v1/traces"]
    assert b"salus.operations" in sent["/v1/metrics"]
