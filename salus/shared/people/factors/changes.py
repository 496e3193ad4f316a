"""A second factor comes, is given, or goes: what is the same for every kind."""

from sqlalchemy import delete

from salus.kernel.context import Context
from salus.kernel.errors import SignInNeeded
from salus.kernel.operations import insist_on_fresh_factor
from salus.shared.messages import actions as messages
from salus.shared.people import rules, sessions
from salus.shared.people.models import Awaits, RecoveryCode, SecurityKey, Session, Totp, User
from salus.shared.people.sessions import Ticket


def insist_on_right_to_add(ctx: Context, session: Session) -> None:
    """Nobody adds a second factor who has one and did not give it: what it keeps out would add its own.

    Raises SignInNeeded at sign-in, FreshFactorNeeded later.
    """
    if not sessions.has_factor(ctx, session.user_id):
        return
    if session.awaits != Awaits.NOTHING:
        raise SignInNeeded
    insist_on_fresh_factor(ctx)


def go_on(ctx: Context, session: Session) -> Ticket:
    """The second factor was given: the session goes on under a new token, as one in which it was."""
    return sessions.begin(ctx, ctx.get(User, session.user_id), device=session.device, factor_at=ctx.now)


def add(ctx: Context, session: Session, *, is_first: bool) -> Ticket:
    """A new factor was confirmed. With the first, whoever else is signed in is out: they gave none."""
    if is_first:
        sessions.end_all(ctx, session.user_id, but=session.id)
    messages.notify(ctx, session.user_id, "people/second-factor-added", link="/account/security")
    ticket = go_on(ctx, session)
    return Ticket(ticket.token, ticket.awaits, is_first)


def remove(ctx: Context, factor: Totp | SecurityKey) -> None:
    """Remove a factor of the actor's, and end all other sessions: one may have been opened with it.

    The account is locked, so that of the last two only one can be removed at once. Raises StillNeeded,
    PasswordTooShortAlone.
    """
    user = ctx.lock(ctx.get(User, ctx.actor.person_id))
    if sessions.count_factors(ctx, user.id) == 1:
        if rules.needs_factor(sessions.roles_held(ctx, user.id)):
            raise rules.StillNeeded
        if user.password_needs_factor:
            raise rules.PasswordTooShortAlone
        ctx.db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    ctx.tell(subject=factor, person_id=user.id)
    ctx.db.delete(factor)
    sessions.end_all(ctx, user.id, but=ctx.actor.session_id)
    messages.notify(ctx, user.id, "people/second-factor-removed", link="/account/security")
