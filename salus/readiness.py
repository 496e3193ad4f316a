"""Whether an installation can serve: for whoever sends it visitors, and for whoever looks after it."""

from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from salus.kernel import log
from salus.kernel.context import WORKER, engine
from salus.migrate import MIGRATIONS

ASKED_EVERY_S = 1.0
"""Everybody may ask, so the database is not asked each time."""
LATELY_S = 60.0
"""A worker looks for work every second, whatever else it does."""

# A worker keeps no book of itself: it is seen by its connections, of which one at least asks something every second.
WORKER_SEEN = text("""
SELECT extract(epoch FROM clock_timestamp() - max(state_change))::float8
FROM pg_stat_activity WHERE application_name = :worker AND datname = current_database()
""")
APPLIED = text("SELECT version_num FROM alembic_version")

_last: tuple[float, "Readiness"] | None = None


@dataclass(frozen=True)
class Readiness:
    """What must be there. Each says `ok` or what is wrong with it."""

    database: str = "unavailable"
    migrations: str = "unknown"
    worker: str = "unknown"

    @property
    def can_serve(self) -> bool:
        return self.database == self.migrations == "ok"

    @property
    def status(self) -> str:
        """Without a worker people are served all the same, and what follows from what they do comes later: to send
        nobody here any more would make of a delay an outage."""
        if not self.can_serve:
            return "unavailable"
        return "ok" if self.worker == "ok" else "degraded"


def readiness() -> Readiness:
    """As it is now, or was up to a second ago."""
    global _last
    if _last is None or monotonic() - _last[0] > ASKED_EVERY_S:
        _last = (monotonic(), _look())
    return _last[1]


def _look() -> Readiness:
    try:
        applied = _ask(APPLIED)
        seen = _ask(WORKER_SEEN, worker=WORKER)
    except ProgrammingError:
        return Readiness("ok", "missing")
    except Exception as error:
        log.report("not ready", error)
        return Readiness()
    is_seen = seen[0] is not None and seen[0] < LATELY_S
    return Readiness("ok", "ok" if set(applied) == _heads() else "behind", "ok" if is_seen else "not seen")


def _ask(statement: Any, **asked: str) -> list[Any]:
    with engine().connect() as connection:
        connection.info["tenant"] = None
        return list(connection.execute(statement, asked).scalars())


@cache
def _heads() -> set[str]:
    return set(ScriptDirectory(str(MIGRATIONS)).get_heads())
