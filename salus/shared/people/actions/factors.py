"""Codes as a second factor: of an authenticator app, and of paper for the day the app is lost."""

from sqlalchemy import delete

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import rules, sessions
from salus.shared.people.factors.changes import add, go_on, insist_on_right_to_add, remove
from salus.shared.people.factors.codes import insist_on_code, insist_on_recovery_code
from salus.shared.people.models import RecoveryCode, Totp
from salus.shared.people.sessions import Ticket


@action(roles={Role.ANYONE}, told="began to set up a second factor")
def set_up_totp(ctx: Context) -> Totp:
    """A new secret for the actor's authenticator app. It counts once `confirm_totp` saw a right code.

    For somebody signed in, and for whoever must have a second factor and whose session awaits just that.
    """
    session = sessions.current(ctx)
    insist_on_right_to_add(ctx, session)
    totp = sessions.totp_of(ctx, session.user_id)
    if totp is not None and totp.confirmed_at is not None:
        raise rules.AlreadySetUp
    if totp is None:
        totp = Totp(user_id=session.user_id)
        ctx.db.add(totp)
    totp.secret = rules.new_secret()
    ctx.tell(subject=totp, person_id=session.user_id)
    return totp


@action(roles={Role.ANYONE}, told="gave the code of your second factor")
def confirm_totp(ctx: Context, code: str) -> Ticket:
    """Give the second factor: at sign-in, to confirm a new one, or again. The session goes on under a new token.

    Raises CodeNotRight for a wrong code and for one that was used before, or TooManyAttempts.
    """
    session = sessions.current(ctx)
    totp = sessions.totp_of(ctx, session.user_id)
    if totp is None:
        raise rules.SetUpFirst
    ctx.tell(subject=totp, person_id=session.user_id)
    if totp.confirmed_at is not None:
        insist_on_code(ctx, totp, code)
        return go_on(ctx, session)
    insist_on_right_to_add(ctx, session)
    insist_on_code(ctx, totp, code)
    is_first = not sessions.has_factor(ctx, session.user_id)
    totp.confirmed_at = ctx.now
    return add(ctx, session, is_first=is_first)


@action(roles={Role.PERSON}, told="removed your second factor", step_up=True)
def remove_totp(ctx: Context) -> None:
    """Do without the authenticator app. It stays where it is the last factor of somebody who must have one."""
    totp = sessions.totp_of(ctx, ctx.actor.person_id)
    if totp is None or totp.confirmed_at is None:
        raise NotFound
    remove(ctx, totp)


@action(roles={Role.PERSON}, told="made new recovery codes for your account", step_up=True)
def make_recovery_codes(ctx: Context) -> list[str]:
    """Ten new recovery codes, shown this once; the ones from before are worth nothing from here on."""
    user_id = ctx.actor.person_id
    if not sessions.has_factor(ctx, user_id):
        raise rules.SetUpFirst
    ctx.db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = rules.new_recovery_codes()
    ctx.db.add_all(RecoveryCode(user_id=user_id, code_hash=rules.recovery_hash(code)) for code in codes)
    ctx.tell(person_id=user_id)
    return codes


@action(roles={Role.ANYONE}, told="used a recovery code of yours")
def use_recovery_code(ctx: Context, code: str) -> Ticket:
    """Give a recovery code in place of the second factor: at sign-in, or again. Its owner is told.

    Raises RecoveryCodeNotRight for a wrong one and for one that was used before, or TooManyAttempts.
    """
    session = sessions.current(ctx)
    ctx.tell(person_id=session.user_id)
    left = insist_on_recovery_code(ctx, session.user_id, code)
    messages.notify(ctx, session.user_id, "people/recovery-code-used", link="/account/security", left=left)
    ctx.tell(left=left)
    return go_on(ctx, session)
