"""Shapes of services at the border."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from salus.kernel.breaker import State


class ServiceRead(BaseModel):
    """A service as one process found it at its last call."""

    model_config = ConfigDict(from_attributes=True)

    service: str
    title: str
    process: str
    state: State
    since: datetime
    calls: int
    """How many of the last calls count: at most twenty."""
    failures: int
    probe_at: datetime | None
    """From when on one call is let through; only while the circuit is open."""
    told_at: datetime
