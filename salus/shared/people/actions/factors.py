"""The second factor: setting it up, giving it, removing it."""

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid, NotFound, SignInNeeded
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import factors, rules, sessions
from salus.shared.people.models import Awaits, Totp, User
from salus.shared.people.sessions import Ticket


@action(roles={Role.ANYONE}, told="began to set up a second factor")
def set_up_totp(ctx: Context) -> Totp:
    """A new secret for the actor's authenticator app. It counts once `confirm_totp` saw a right code.

    For somebody signed in, and for an administrator whose session awaits just that.
    """
    session = sessions.current(ctx)
    if session.awaits == Awaits.CODE:
        raise SignInNeeded
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
    """Give the second factor, at sign-in or to confirm a new one. The session goes on under a new token.

    Raises CodeNotRight for a wrong code and for one that was used before, or TooManyAttempts.
    """
    session = sessions.current(ctx)
    totp = sessions.totp_of(ctx, session.user_id)
    if totp is None:
        raise Invalid("Please set up your second factor first.", field="code")
    ctx.tell(subject=totp, person_id=session.user_id)
    factors.insist_on_code(ctx, totp, code)
    user = ctx.get(User, session.user_id)
    if totp.confirmed_at is None:
        totp.confirmed_at = ctx.now
        # Whoever else is signed in did so without the factor that is asked for from now on.
        sessions.end_all(ctx, user.id, but=session.id)
        messages.notify(ctx, user.id, "people/second-factor-added", link="/account")
    return sessions.begin(ctx, user, device=session.device, factor_at=ctx.now)


@action(roles={Role.PERSON}, told="removed your second factor")
def remove_totp(ctx: Context, code: str) -> None:
    """Do without a second factor again. Not for administrators; asks for a last code."""
    if Role.ADMINISTRATOR in sessions.roles_held(ctx, ctx.actor.person_id):
        raise rules.StillNeeded
    totp = sessions.totp_of(ctx, ctx.actor.person_id)
    if totp is None:
        raise NotFound
    if totp.confirmed_at is not None:
        factors.insist_on_code(ctx, totp, code)
    ctx.tell(subject=totp, person_id=ctx.actor.person_id)
    ctx.db.delete(totp)
    messages.notify(ctx, ctx.actor.person_id, "people/second-factor-removed", link="/account")
