"""What follows in the background, so that the answer tells nobody whether an address is known."""

from salus.kernel.context import Context
from salus.kernel.records import Record, after, every
from salus.shared.people import actions, queries


@after("people.sign_up")
def write_to_whoever_signed_up(ctx: Context, record: Record) -> None:
    if record.person_id is None:
        return
    user = queries.account(ctx, record.person_id)
    if record.facts["known"]:
        actions.warn_of_sign_up(ctx, user)
    else:
        actions.send_verification(ctx, user)


@after("people.request_reset")
def write_to_whoever_forgot(ctx: Context, record: Record) -> None:
    # Of an unknown address the record names nobody, and there is nobody to write to.
    if record.person_id is not None:
        actions.send_reset(ctx, queries.account(ctx, record.person_id))


@after("people.verify_email")
def announce_whoever_waits(ctx: Context, record: Record) -> None:
    if record.person_id is not None:
        actions.announce(ctx, queries.account(ctx, record.person_id))


@every(seconds=6 * 60 * 60)
def forget_attempts(ctx: Context) -> None:
    with ctx.again() as own:
        actions.forget_attempts(own)


@every(seconds=60 * 60)
def forget_challenges(ctx: Context) -> None:
    with ctx.again() as own:
        actions.forget_challenges(own)
