"""What is counted and timed, as Prometheus reads it at an internal port.

Labels are names of ours alone: operations, patterns of routes, reactions, codes. Never an id, and never anything that
somebody typed. A new metric stands here, so that dashboards, alerts and their tests know of it.
"""

import os
import threading
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import structlog
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from salus.kernel.settings import settings

VERSION = version("salus")
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
"""Where this is set in the environment, all processes of a server count into files in that folder."""
TRY_AGAIN_S = 2.0
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)

log = structlog.get_logger()

BUILD = Gauge("salus_build_info", "Which version runs; always 1", ["version"], multiprocess_mode="livemax")
BUILD.labels(VERSION).set(1)

REQUESTS = Counter("salus_http_requests", "Requests that were answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "salus_http_request_seconds", "From a request to the end of its answer", ["method", "route"], buckets=QUICK
)
REQUESTS_NOW = Gauge("salus_http_requests_in_progress", "Requests under way", multiprocess_mode="livesum")

OPERATIONS = Counter("salus_operations", "Actions and queries that were performed", ["operation", "outcome"])
OPERATION_SECONDS = Histogram(
    "salus_operation_seconds", "How long an action or query took, with those within it", ["operation"], buckets=QUICK
)
ERRORS = Counter("salus_errors", "Mistakes of ours, by where they happened", ["error", "fingerprint"])

REACTIONS = Counter("salus_reactions", "Reactions that were run", ["reaction", "outcome"])
REACTION_SECONDS = Histogram("salus_reaction_seconds", "How long a reaction took", ["reaction"], buckets=SLOW)
REACTION_WAIT_SECONDS = Histogram("salus_reaction_wait_seconds", "From a deed to the end of what it owed", buckets=SLOW)
ROUTINES = Counter("salus_routines", "Rounds of routines, one for each tenant", ["routine", "outcome"])
ROUTINE_SECONDS = Histogram("salus_routine_seconds", "How long a round took", ["routine"], buckets=SLOW)

CALLS = Counter("salus_outbound_calls", "Calls to services of others", ["service", "outcome"])
CALL_SECONDS = Histogram("salus_outbound_call_seconds", "How long they took to answer", ["service"], buckets=QUICK)
BREAKER_STATE = Gauge(
    "salus_breaker_state", "Circuit: 0 closed, 1 half-open, 2 open", ["name"], multiprocess_mode="livemax"
)

POOL_SIZE = Gauge("salus_pool_size", "Connections a pool may have", ["role"], multiprocess_mode="livesum")
POOL_IN_USE = Gauge("salus_pool_in_use", "Connections of a pool at work", ["role"], multiprocess_mode="livesum")


def expect(operation: str) -> None:
    """Begin to count an operation at nought: of a series that begins with the first time, that time is not seen."""
    for outcome in ("done", "refused", "failed"):
        OPERATIONS.labels(operation, outcome)


def collected() -> Iterable[Metric]:
    """Everything this process has counted."""
    return REGISTRY.collect()


def serve(port: int | None) -> None:
    """Serve all metrics at `/metrics` of this port, in a thread of its own; nowhere if it is None.

    Of several processes of one server one serves what all have counted, and another takes over when it ends.
    """
    if port is not None:
        threading.Thread(target=_serve, args=(port,), name="metrics", daemon=True).start()


def _serve(port: int) -> None:
    host = settings().metrics_host
    is_told = TOGETHER in os.environ
    while True:
        try:
            _, thread = start_http_server(port, host, registry=_registry())
        except OSError as error:
            if not is_told:
                log.error("metrics cannot be served", port=port, error=type(error).__name__)
                is_told = True
            time.sleep(TRY_AGAIN_S)
        else:
            thread.join()
            return


def _registry() -> CollectorRegistry:
    if TOGETHER not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    together.register(_Together(os.environ[TOGETHER]))
    return together


class _Together(Collector):
    """What all processes of a server have counted, those that ended too; but of these no gauge of what is now."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def collect(self) -> Iterable[Metric]:
        for file in self._folder.glob("gauge_live*.db"):
            if not _is_alive(int(file.stem.rsplit("_", 1)[1])):
                file.unlink(missing_ok=True)
        found: Iterable[Metric] = MultiProcessCollector.merge(map(str, self._folder.glob("*.db")))  # type: ignore[no-untyped-call]
        return found


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
