"""What time does to holds."""

from salus.kernel.context import Context
from salus.kernel.records import every
from salus.shared.calendar import actions, queries


@every(seconds=60)
def sweep_holds(ctx: Context) -> None:
    """Remove holds that are over. Nobody waits for it: they count no more from the moment they are."""
    with ctx.again() as own:
        over = queries.holds_over(own)
        if over:
            actions.sweep_holds(own, over)
