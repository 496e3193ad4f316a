"""What is done with records in the background."""

from salus.kernel.context import Context
from salus.kernel.records import every
from salus.kernel.settings import settings
from salus.shared.records import sealing


@every(seconds=settings().sealing_interval_s)
def seal(ctx: Context) -> None:
    """Seal what was recorded since, unless that is the work of another machine that holds the key."""
    if settings().database_url is None or settings().sealer_database_url is not None:
        sealing.seal(ctx.tenant_id)
