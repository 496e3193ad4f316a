"""What time does to keys."""

from salus.kernel.context import Context
from salus.kernel.records import every
from salus.shared.api_keys import actions, queries


@every(seconds=60 * 60)
def warn_of_expiry(ctx: Context) -> None:
    with ctx.again() as own:
        for key in queries.expiring(own):
            actions.warn(own, key)
