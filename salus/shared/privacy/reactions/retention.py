"""Deleting what is over its time, every day."""

from salus.kernel.context import Context
from salus.kernel.records import every
from salus.shared.privacy.actions import retention as actions
from salus.shared.privacy.queries import retention as queries


@every(seconds=24 * 3600)
def delete_what_is_over(ctx: Context) -> None:
    """Delete what is over its time, each kind in a transaction of its own, until nothing is left of it."""
    with ctx.again() as own:
        periods = queries.periods(own)
    for period in periods:
        finished = False
        while not finished:
            with ctx.again() as own:
                finished = actions.delete_what_is_over(own, period) is None
