"""How the services outside are, as each process finds them: kept, so that one page shows what all of them know.

A breaker belongs to one process and forgets when it ends. What it says is no deed of anybody's, so it leaves no record.
"""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from salus.kernel.breaker import Reading, State
from salus.kernel.context import Context
from salus.kernel.db import Table, one_of
from salus.kernel.ids import new_id

KEPT = timedelta(days=1)
"""After so long without news, nobody knows whether the process still runs."""

_told: dict[tuple[object, str], tuple[object, ...]] = {}
"""What was written last, by tenant and service: a healthy service changes nothing, and so costs nothing."""


class OutsideService(Table):
    """One service as one process found it at its last call."""

    __tablename__ = "outside_services"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "service", "process"), one_of("state", State))

    service: Mapped[str]
    """The name of its breaker."""
    title: Mapped[str]
    """What people call it."""
    process: Mapped[str]
    state: Mapped[State]
    since: Mapped[datetime]
    calls: Mapped[int]
    failures: Mapped[int]
    """Of the last calls."""
    probe_at: Mapped[datetime | None]
    told_at: Mapped[datetime]


def note(ctx: Context, reading: Reading, title: str) -> None:
    """Keep what a breaker says, if it says something new: in a transaction of its own. `ctx` need not be open."""
    key, news = (ctx.tenant_id, reading.name), (title, reading.state, reading.calls, reading.failures)
    if _told.get(key) == news:
        return
    with ctx.again() as own:
        told = {
            "title": title,
            "state": reading.state,
            "since": reading.since,
            "calls": reading.calls,
            "failures": reading.failures,
            "probe_at": reading.probe_at,
            "told_at": own.now,
        }
        row = insert(OutsideService).values(id=new_id(), service=reading.name, process=_process(), **told)
        newest = row.on_conflict_do_update(index_elements=["tenant_id", "service", "process"], set_=told)
        own._open_connection.execute(newest)
        own._open_connection.execute(delete(OutsideService).where(OutsideService.told_at < own.now - KEPT))
    _told[key] = news


def _process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"
