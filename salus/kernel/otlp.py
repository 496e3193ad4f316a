"""Traces and metrics on their way to a collector, by OTLP over HTTP. Loaded only where one is set.

What is measured is measured once, with the Prometheus client, and translated here. Access to the collector is given as
OpenTelemetry's specification says, in `OTEL_EXPORTER_OTLP_HEADERS`.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import inf

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import export as otel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanKind, Tracer, TraceState
from opentelemetry.util.types import Attributes
from prometheus_client import Metric
from prometheus_client.samples import Sample

from salus.kernel import correlation, log, metrics
from salus.kernel.settings import settings

EVERY_S = 30.0
RANDOM_BITS = 32
"""So many bits at the end of a UUIDv7 are random whenever it was made. Before them stands a counter, and before that
no chance at all: by 64 bits, as OpenTelemetry's own sampler goes, a tenth of our traces would be none of them."""
SCOPE = InstrumentationScope("salus", metrics.VERSION)


class Share(Sampler):
    """Keeps a share of all traces, the same ones in every process and whatever a caller asks for."""

    def __init__(self, share: float) -> None:
        self._bound = round(share * 2**RANDOM_BITS)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        is_kept = trace_id % 2**RANDOM_BITS < self._bound
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_kept else Decision.DROP)

    def get_description(self) -> str:
        return f"Share{{{self._bound / 2**RANDOM_BITS}}}"


class Ids(IdGenerator):
    """The correlation id of what is done is the id of its trace."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_span_id(self) -> int:
        return self._random.generate_span_id()

    def generate_trace_id(self) -> int:
        current = correlation.current()
        return int(correlation.trace_id(current), 16) if current else self._random.generate_trace_id()


def tracer(service: str, processor: SpanProcessor | None = None) -> Tracer:
    """Where spans come from. They go to the collector in batches, or wherever `processor` brings them."""
    provider = TracerProvider(sampler=Share(settings().trace_share), resource=_resource(service), id_generator=Ids())
    provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter(_address("traces"))))
    return provider.get_tracer(SCOPE.name, SCOPE.version)


def send_metrics(service: str) -> None:
    """Send all metrics of this process twice a minute, in a thread of their own, until the process ends."""
    collector, resource = exporter(), _resource(service)

    def send() -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                collector.export(translated(metrics.collected(), resource))
            except Exception as error:
                log.report("metrics could not be sent", error)

    threading.Thread(target=send, name="metrics by OTLP", daemon=True).start()


def exporter() -> OTLPMetricExporter:
    """The way of metrics to the collector."""
    return OTLPMetricExporter(_address("metrics"))


def translated(families: Iterable[Metric], resource: Resource) -> otel.MetricsData:
    """The families of Prometheus as OpenTelemetry calls them: sums, gauges and histograms."""
    now = time.time_ns()
    found = [
        otel.Metric(_name(family), family.documentation, "s" if "_seconds" in family.name else "1", data)
        for family in families
        if (data := _data(family, now)) is not None
    ]
    return otel.MetricsData(
        [otel.ResourceMetrics(resource, [otel.ScopeMetrics(SCOPE, found, schema_url="")], schema_url="")]
    )


def _name(family: Metric) -> str:
    return family.name.replace("_", ".", 1) if family.name.startswith("salus_") else family.name


def _data(family: Metric, now: int) -> otel.Sum | otel.Gauge | otel.Histogram | None:
    begins = {_labels(sample): int(sample.value * 1e9) for sample in family.samples if sample.name.endswith("_created")}
    if family.type == "histogram":
        return otel.Histogram(list(_histograms(family, begins, now)), otel.AggregationTemporality.CUMULATIVE)
    values = [sample for sample in family.samples if not sample.name.endswith("_created")]
    points = [
        otel.NumberDataPoint(sample.labels, begins.get(_labels(sample), 0), now, sample.value) for sample in values
    ]
    if family.type == "counter":
        return otel.Sum(points, otel.AggregationTemporality.CUMULATIVE, is_monotonic=True)
    return otel.Gauge(points) if family.type in {"gauge", "info"} else None


def _histograms(family: Metric, begins: dict[str, int], now: int) -> Iterator[otel.HistogramDataPoint]:
    groups: dict[str, list[Sample]] = {}
    for sample in family.samples:
        groups.setdefault(_labels(sample), []).append(sample)
    for which, samples in groups.items():
        buckets = [(float(one.labels["le"]), one.value) for one in samples if one.name.endswith("_bucket")]
        total = next(one for one in samples if one.name.endswith("_sum"))
        counts = [after - before for (_, before), (_, after) in pairwise([(0.0, 0.0), *buckets])]
        yield otel.HistogramDataPoint(
            attributes=total.labels,
            start_time_unix_nano=begins.get(which, 0),
            time_unix_nano=now,
            count=int(sum(counts)),
            sum=total.value,
            bucket_counts=[int(count) for count in counts],
            explicit_bounds=[bound for bound, _ in buckets if bound != inf],
            min=0.0,
            max=0.0,
        )


def _labels(sample: Sample) -> str:
    return repr(sorted((name, value) for name, value in sample.labels.items() if name != "le"))


def _address(what: str) -> str:
    return f"{settings().otlp_endpoint.rstrip('/')}/v1/{what}"


def _resource(service: str) -> Resource:
    # Ours alone: what the SDK would find out of the machine, like its command lines, is nobody's business.
    return Resource(
        {"service.name": service, "service.version": metrics.VERSION, "service.instance.id": str(os.getpid())}
    )
