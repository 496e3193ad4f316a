"""What it costs to be watched: log lines, metrics and traces, taken out of and added to the same endpoint.

The endpoint lists the actor's last twenty notices and leaves a record, as in `benchmarks.overhead`. It is asked as it
is where no traces are sent, unwatched, and with traces: spans go as far as the bytes of OTLP and then nowhere.

    uv run python -m benchmarks.telemetry [--rounds 15] [--requests 200] [--dry]
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import structlog
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.inside import Cost, Variant, alternating, unbound
from benchmarks.machine import described, write_section
from benchmarks.overhead import application, fill, spread, ways_in, without_limit
from salus.kernel import log, operations, otlp, telemetry
from salus.kernel import settings as settings_module
from salus.web.tracing import Tracing
from tests.cast import administrator
from tests.faults.installation import installed

DISCLOSED = "/v1/overhead/disclosed"
ABOUT = """\
One endpoint with sign-in, row-level security and a record, called in this process without a network, {rounds} rounds of
{requests} requests each, the variants alternating; medians [min-max] in microseconds of CPU for each request.
"""


class Nowhere(SpanExporter):
    """Writes spans as OTLP does, and drops them."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


class Watched:
    """The application, with so many of its requests traced as this tracer keeps."""

    def __init__(self, app: ASGIApp, tracer: Tracer | None) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telemetry.trace_with(self._tracer)
        await self._app(scope, receive, send)


class Unwatched:
    """The application without log lines, metrics or spans."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telemetry.trace_with(None)
        measured, traced = operations._measured, Tracing.__call__
        operations._measured = _unmeasured  # type: ignore[assignment]
        Tracing.__call__ = _untraced  # type: ignore[method-assign]
        try:
            await self._app(scope, receive, send)
        finally:
            operations._measured = measured
            Tracing.__call__ = traced  # type: ignore[method-assign]


def _unmeasured(*_: Any) -> AbstractContextManager[None]:
    return nullcontext()


async def _untraced(tracing: Tracing, scope: Scope, receive: Receive, send: Send) -> None:
    scope.setdefault("state", {})["correlation_id"] = "0" * 32
    await tracing.app(scope, receive, send)


def tracer(share: float) -> Tracer:
    """Keeps this share of all traces."""
    os.environ["SALUS_TRACE_SHARE"] = str(share)
    settings_module.settings.cache_clear()
    return otlp.tracer("salus-web", BatchSpanProcessor(Nowhere()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    with installed() as here, unbound(here.server) as pool, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        log.configure()
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=nowhere))
        app, ada = application(), administrator(here.tenant)
        tracers = {share: tracer(share) for share in (0.1, 1.0)}
        without_limit()
        headers = ways_in(here, app, ada)["session in a header"].headers
        fill(here, ada.person_id)
        apps: dict[str, ASGIApp] = {
            "as it is, without a collector": Watched(app, None),
            "unwatched": Unwatched(app),
            "a tenth of all traces kept": Watched(app, tracers[0.1]),
            "all traces kept": Watched(app, tracers[1.0]),
        }
        variants = {name: Variant(each, DISCLOSED, headers) for name, each in apps.items()}
        runs = alternating(variants, pool, rounds=options.rounds, requests=options.requests)
    lines = [ABOUT.format(**vars(options)), *table(runs, list(variants))]
    print("\n".join(lines))
    if not options.dry:
        write_section("Overhead of being watched", [described(), "", *lines])


def table(runs: list[dict[str, Cost]], names: list[str]) -> Iterator[str]:
    """What each variant costs, and what it costs beyond the one that nobody watches, round by round."""
    yield "| variant | process µs | PostgreSQL µs | both µs | process, more than unwatched µs |"
    yield "|---|---|---|---|---|"
    for name in names:
        cells = [spread(getattr(run[name], figure) for run in runs) for figure in ("process", "postgres", "total")]
        more = "" if name == "unwatched" else spread(run[name].process - run["unwatched"].process for run in runs)
        yield f"| {name} | {' | '.join(cells)} | {more} |"
    yield ""


if __name__ == "__main__":
    main()
