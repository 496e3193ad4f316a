"""Logs: JSON lines of ids and codes. A key that is not on the list does not get out."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "correlation_id", "tenant_id", "actor_id", "operation", "route",
        "method", "status", "duration_ms", "error", "sqlstate", "constraint", "frames", "reaction", "record_id",
        "attempts", "routine", "count", "port", "size", "lag_s", "gateway", "payment_id", "import_id", "state",
    }
)  # fmt: skip


def only_allowed(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the allow-list, and say how many were."""
    dropped = [key for key in entry if key not in ALLOWED]
    for key in dropped:
        del entry[key]
    if dropped:
        entry["count"] = len(dropped)
    return entry


def configure(*, quiet: bool = False) -> None:
    """Write to standard error, one JSON object a line; libraries may warn there too, but not chatter.

    `quiet` keeps all of it back, for a command that tells a person itself how it went.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL if quiet else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.CRITICAL if quiet else logging.WARNING, format="%(levelname)s %(name)s"
    )
