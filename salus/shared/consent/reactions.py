"""What time does to consents."""

from contextlib import suppress

from salus.kernel.context import Context
from salus.kernel.records import every
from salus.shared.consent import actions, queries
from salus.shared.consent.rules.refusals import NotInForce


@every(seconds=60)
def expire_overdue(ctx: Context) -> None:
    """Say of every consent whose time is over that it is. Nobody waits for this: `rely_on` asks the clock itself."""
    with ctx.again() as asking:
        overdue = queries.overdue(asking)
    for consent_id in overdue:
        with suppress(NotInForce), ctx.again() as one:  # withdrawn since
            actions.expire(one, queries.any_consent(one, consent_id))
