"""What is done with records in the background."""

import structlog

from salus.kernel.context import Context
from salus.kernel.measures import measure
from salus.kernel.records import every
from salus.kernel.settings import settings
from salus.shared.records import actions, queries, sealing, verification

log = structlog.get_logger()


@every(seconds=settings().sealing_interval_s)
def seal(ctx: Context) -> None:
    """Seal what was recorded since, unless that is the work of another machine that holds the key."""
    if settings().database_url is None or settings().sealer_database_url is not None:
        sealing.seal(ctx.tenant_id)


@measure("salus_seal_lag_seconds", "Age of the first record that is not sealed yet")
def lag(ctx: Context) -> float:
    """That of a tenant."""
    with ctx.again() as own:
        return queries.sealing_lag(own)


@every(seconds=3600)
def verify(ctx: Context) -> None:
    """Look whether the log is whole, outside any transaction, and keep on record what was found."""
    found = verification.verify(ctx.tenant_id)
    if not found.is_whole:
        log.error("the log of records is damaged", tenant_id=str(ctx.tenant_id), state=" ".join(sorted(found.faults)))
    with ctx.again() as own:
        actions.note_verification(own, found)
