"""The second factor at work: steps that several actions share."""

from sqlalchemy import update

from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.shared.people import limits, rules, sessions
from salus.shared.people.models import Session, Totp


def insist_on_code(ctx: Context, totp: Totp, code: str) -> None:
    """Use up a code. Raises CodeNotRight or TooManyAttempts."""
    account = totp.user_id.bytes
    limits.admit(ctx, limits.CODES, account)
    step = rules.step_of(totp.secret, code, ctx.now)
    is_right = step is not None and _use(ctx, totp, step)
    limits.count(ctx, limits.CODES, account, everywhere=not is_right)
    if not is_right:
        raise rules.CodeNotRight
    limits.forget(ctx, limits.CODES, account)


def insist_on_fresh_factor(ctx: Context, code: str | None) -> None:
    """Let nobody pass whose second factor is older than five minutes, unless a current code comes with the request.

    Raises FreshCodeNeeded, CodeNotRight or TooManyAttempts.
    """
    if ctx.actor.session_id is None:
        raise NotAllowed
    session = ctx.get(Session, ctx.actor.session_id)
    if code:
        totp = sessions.totp_of(ctx, ctx.actor.person_id)
        if totp is None or totp.confirmed_at is None:
            raise rules.FreshCodeNeeded
        insist_on_code(ctx, totp, code)
        session.factor_at = ctx.now
    if not rules.is_fresh(session.factor_at, ctx.now):
        raise rules.FreshCodeNeeded


def _use(ctx: Context, totp: Totp, step: int) -> bool:
    """Whether the step was still unused. Of many who come with one code at once, the database lets one pass."""
    unused = update(Totp).where(Totp.id == totp.id, Totp.last_step < step).values(last_step=step)
    return ctx.db.execute(unused.returning(Totp.id)).first() is not None
