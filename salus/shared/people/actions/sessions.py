"""Signing in and out."""

from datetime import datetime

from sqlalchemy import delete, select

from salus.kernel.actor import ANONYMOUS, Role
from salus.kernel.context import Context
from salus.kernel.keys import blind_index
from salus.kernel.operations import WITHIN, action
from salus.shared.people import limits, passwords, rules, sessions
from salus.shared.people.actions.factors import confirm_totp
from salus.shared.people.models import Attempts, Awaits, Session, User
from salus.shared.people.sessions import Ticket


@action(roles={Role.ANYONE}, told="signed in to your account")
def sign_in(ctx: Context, *, email: str, password: str, code: str | None = None, device: str = "") -> Ticket:
    """Open a session for whoever has this address and password.

    Where a second factor is needed and no `code` comes along, the session belongs to nobody until `confirm_totp`.
    Raises SignInFailed, which says and costs the same for an unknown address, TooManyAttempts, or CodeNotRight.
    """
    account = blind_index(email)
    limits.admit(ctx, limits.PASSWORDS, account)
    user = ctx.db.scalars(select(User).where(User.email_index == account)).one_or_none()
    ctx.tell(subject=user, person_id=user.id if user else None)
    is_right = passwords.fits(user.password_hash if user else None, password)
    limits.count(ctx, limits.PASSWORDS, account, everywhere=not is_right)
    if user is None or user.password_hash is None or not is_right or user.suspended_at is not None:
        raise rules.SignInFailed
    limits.forget(ctx, limits.PASSWORDS, account)
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)
    ticket = sessions.begin(ctx, user, device=device)
    return confirm_totp(ctx, code) if code and ticket.awaits == Awaits.CODE else ticket


@action(roles=WITHIN, told="signed in to your account")
def let_in(ctx: Context, user: User, *, device: str, factor_at: datetime | None = None) -> Ticket:
    """Open a session for somebody who was proven to be this user elsewhere.

    `factor_at` says when they gave a second factor there, if that counts. Raises SignInFailed for a locked account.
    """
    if user.suspended_at is not None:
        raise rules.SignInFailed
    return sessions.begin(ctx, user, device=device, factor_at=factor_at)


@action(roles={Role.ANYONE}, told="signed out")
def sign_out(ctx: Context) -> None:
    """End the actor's session. From here on nobody acts."""
    session = sessions.current(ctx)
    session.ended_at = ctx.now
    ctx.tell(subject=session, person_id=session.user_id)
    ctx.become(ANONYMOUS)


@action(roles={Role.PERSON}, told="signed out everywhere")
def sign_out_everywhere(ctx: Context) -> None:
    """End every session of the actor, this one too."""
    sessions.end_all(ctx, ctx.actor.person_id)
    ctx.tell(person_id=ctx.actor.person_id)


@action(roles={Role.PERSON}, told="signed out everywhere else")
def sign_out_elsewhere(ctx: Context) -> None:
    """End every session of the actor but this one."""
    sessions.end_all(ctx, ctx.actor.person_id, but=sessions.current(ctx).id)
    ctx.tell(person_id=ctx.actor.person_id)


@action(roles={Role.PERSON}, told="signed out on another device")
def end_session(ctx: Context, session: Session) -> Session:
    """Sign out on another device."""
    session.ended_at = session.ended_at or ctx.now
    return session


@action(roles={Role.ANYONE})
def note_activity(ctx: Context) -> None:
    """The actor's session is in use: it does not end for being idle. To be asked for at most once a minute."""
    sessions.current(ctx).last_seen_at = ctx.now


@action(roles={Role.SYSTEM})
def forget_attempts(ctx: Context) -> None:
    """Remove the counters of attempts whose windows ended long ago: guessed addresses would fill the table."""
    ctx.db.execute(delete(Attempts).where(Attempts.window_started_at < ctx.now - limits.KEPT))
