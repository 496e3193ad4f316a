"""Logs: JSON lines of ids and codes. A key that is not on the list does not get out."""

import io
import logging
import sys
from collections.abc import Callable, MutableMapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TextIO, cast

import structlog

from salus.kernel import correlation, metrics
from salus.kernel.settings import settings

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "correlation_id", "tenant_id", "actor_id", "operation", "route",
        "method", "status", "duration_ms", "error", "fingerprint", "sqlstate", "constraint", "frames", "reaction",
        "record_id", "attempts", "routine", "count", "port", "size", "lag_s", "gateway", "payment_id", "import_id",
        "delivery_id", "subject_id", "state", "service",
    }
)  # fmt: skip
DEEPEST = 8
"""Frames of a failure that are told, from where it happened upwards."""
OURS = Path(__file__).parents[1]


def only_allowed(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the allow-list, and say how many were."""
    dropped = [key for key in entry if key not in ALLOWED]
    for key in dropped:
        del entry[key]
    if dropped:
        entry["count"] = len(dropped)
    return entry


def under_its_id(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Every line that is written while something is done for somebody carries the correlation id."""
    current = correlation.current()
    if current is not None:
        entry.setdefault("correlation_id", current)
    return entry


def configure(*, quiet: bool = False) -> None:
    """Write one JSON object a line to standard error, and to `log_file` if one is set; libraries warn there too.

    `quiet` keeps all of it back, for a command that tells a person itself how it went.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            under_its_id,
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL if quiet else logging.INFO),
        logger_factory=_loggers(),
    )
    root = logging.getLogger()
    root.setLevel(logging.CRITICAL if quiet else logging.WARNING)
    if not any(isinstance(known, _Libraries) for known in root.handlers):
        root.addHandler(_Libraries())


def report(event: str, error: BaseException, **ids: object) -> None:
    """Log a mistake of ours: its type, what the database calls it and where it happened, and count it.

    Never its message, which may hold somebody's data. The fingerprint is the same for all failures of one kind at one
    place, whichever version of the file: by it they are counted, found and told apart.
    """
    fingerprint = _fingerprint(error)
    diagnosis = getattr(getattr(error, "orig", error), "diag", None)
    metrics.ERRORS.labels(type(error).__name__, fingerprint).inc()
    structlog.get_logger().error(
        event,
        error=type(error).__name__,
        fingerprint=fingerprint,
        sqlstate=getattr(diagnosis, "sqlstate", None),
        constraint=getattr(diagnosis, "constraint_name", None),
        frames=[str(frame) for frame in _frames(error.__traceback__)[-DEEPEST:]],
        **ids,
    )


def place(error: BaseException) -> str:
    """Type and place of a failure, in a few words."""
    frames = _frames(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].function}:{frames[-1].line}" if frames else type(error).__name__


class _Frame(NamedTuple):
    file: Path
    function: str
    line: int

    @property
    def is_ours(self) -> bool:
        return OURS in self.file.parents

    def __str__(self) -> str:
        return f"{self.file.stem}:{self.function}:{self.line}"


def _fingerprint(error: BaseException) -> str:
    """By type and by the innermost function of ours, without its line, which every change of the file moves."""
    frames = _frames(error.__traceback__)
    places = [frame for frame in frames if frame.is_ours] or frames
    where = f"{places[-1].file.stem}:{places[-1].function}" if places else ""
    return sha256(f"{type(error).__name__} {where}".encode()).hexdigest()[:12]


def _frames(trace: TracebackType | None) -> list[_Frame]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(_Frame(Path(code.co_filename), code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _loggers() -> Callable[..., Any]:
    path = settings().log_file
    if path is None:
        return structlog.WriteLoggerFactory(file=sys.stderr)
    path.parent.mkdir(parents=True, exist_ok=True)
    return structlog.WriteLoggerFactory(file=cast(TextIO, _Both(path.open("a", encoding="utf-8"))))


class _Both(io.TextIOBase):
    """Standard error and a file. The file is appended to line by line, so that several processes may share it."""

    def __init__(self, kept: TextIO) -> None:
        self._kept = kept

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        return self._kept.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
        self._kept.flush()

    def close(self) -> None:
        self._kept.close()


class _Libraries(logging.Handler):
    """What libraries warn of, by the name of who warns: their words may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno, "a library warns", logger=record.name, error=error.__name__ if error else None
        )
