"""What follows when somebody came from elsewhere."""

from salus.kernel.context import Context
from salus.kernel.records import Record, after, every
from salus.shared.federation import actions
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries


@after("federation.open_account")
def announce_whoever_waits(ctx: Context, record: Record) -> None:
    if record.person_id is not None:
        people.announce(ctx, people_queries.account(ctx, record.person_id))


@every(seconds=60 * 60)
def forget_attempts(ctx: Context) -> None:
    with ctx.again() as own:
        actions.forget_attempts(own)
