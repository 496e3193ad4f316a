"""Security keys and passkeys: registering one, giving it as a second factor, and signing in with nothing else."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.people import rules, sessions
from salus.shared.people.factors import keys
from salus.shared.people.factors.changes import add, go_on, insist_on_right_to_add, remove
from salus.shared.people.factors.keys import Options
from salus.shared.people.models import Challenge, SecurityKey, User
from salus.shared.people.sessions import Ticket


@action(roles={Role.ANYONE}, told="began to register a security key")
def ask_for_new_key(ctx: Context, host: str) -> Options:
    """What a browser needs to make a key for the actor's account. `host` is where the request was sent.

    For somebody signed in, and for whoever must have a second factor and whose session awaits just that.
    """
    session = sessions.current(ctx)
    insist_on_right_to_add(ctx, session)
    known = sessions.keys_of(ctx, session.user_id)
    if len(known) >= rules.MOST_KEYS:
        raise rules.TooManyKeys
    ctx.tell(person_id=session.user_id)
    user = ctx.get(User, session.user_id)
    return keys.ask_for_new(ctx, user, known, keys.asked_at(ctx, host), keys.of_session(session.id))


@action(roles={Role.ANYONE}, told="registered a security key")
def add_key(ctx: Context, answer: str, *, name: str, host: str) -> Ticket:
    """Register the key that answered `ask_for_new_key`. The session goes on under a new token, as one that gave it."""
    session = sessions.current(ctx)
    insist_on_right_to_add(ctx, session)
    party = keys.asked_at(ctx, host)
    made = keys.registered(ctx, answer, party, keys.of_session(session.id))
    is_first = not sessions.has_factor(ctx, session.user_id)
    key = SecurityKey(
        user_id=session.user_id,
        name=name,
        rp_id=party.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=keys.transports_of(answer),
        is_backed_up=made.credential_backed_up,
    )
    try:
        with ctx.db.begin_nested():
            ctx.db.add(key)
            ctx.db.flush()
    except IntegrityError as error:
        raise rules.KeyKnownAlready from error
    ctx.tell(subject=key, person_id=session.user_id)
    return add(ctx, session, is_first=is_first)


@action(roles={Role.ANYONE}, told="asked for your security key")
def ask_for_key(ctx: Context, host: str) -> Options:
    """What a browser needs to let a key of the actor's sign. Raises SetUpFirst where none was registered here."""
    session = sessions.current(ctx)
    party = keys.asked_at(ctx, host)
    known = [key for key in sessions.keys_of(ctx, session.user_id) if key.rp_id == party.id]
    if not known:
        raise rules.SetUpFirst
    ctx.tell(person_id=session.user_id)
    return keys.ask(ctx, known, party, keys.of_session(session.id))


@action(roles={Role.ANYONE}, told="gave your security key")
def confirm_key(ctx: Context, answer: str, host: str) -> Ticket:
    """Give a security key as the second factor: at sign-in, or again. The session goes on under a new token.

    Raises KeyNotRight, also for a key that is somebody else's.
    """
    session = sessions.current(ctx)
    key = keys.answered(ctx, answer, keys.asked_at(ctx, host), keys.of_session(session.id))
    if key.user_id != session.user_id:
        raise rules.KeyNotRight
    return go_on(ctx, session)


@action(roles={Role.ANYONE})
def ask_for_passkey(ctx: Context, *, host: str, visitor: str) -> Options:
    """What a browser needs to let a passkey sign in whoever's it is. It names no keys, so it tells nothing of anybody.

    `visitor` is the cookie by which the browser is known before anybody signed in.
    """
    return keys.ask(ctx, [], keys.asked_at(ctx, host), keys.of_visitor(visitor))


@action(roles={Role.ANYONE}, told="signed in to your account with a passkey")
def sign_in_with_passkey(ctx: Context, answer: str, *, host: str, visitor: str, device: str = "") -> Ticket:
    """Open a session for whoever's passkey answered `ask_for_passkey`: no address, no password.

    The key is something they have, and unlocking it something they are or know, so it counts as both factors. Its
    answers cannot be guessed, so attempts are not counted. Raises KeyNotRight, which says the same for an unknown key
    and a locked account.
    """
    key = keys.answered(ctx, answer, keys.asked_at(ctx, host), keys.of_visitor(visitor))
    user = ctx.get(User, key.user_id)
    if user.suspended_at is not None:
        raise rules.KeyNotRight
    return sessions.begin(ctx, user, device=device, factor_at=ctx.now)


@action(roles={Role.PERSON}, told="gave your security key another name")
def rename_key(ctx: Context, key: SecurityKey, name: str) -> SecurityKey:
    """Call a key of the actor's otherwise."""
    key.name = name
    ctx.tell(person_id=key.user_id)
    return key


@action(roles={Role.PERSON}, told="removed a security key", step_up=True)
def remove_key(ctx: Context, key: SecurityKey) -> None:
    """Do without a key. The last factor of somebody who must have one stays."""
    remove(ctx, key)


@action(roles={Role.SYSTEM})
def forget_challenges(ctx: Context) -> None:
    """Remove the challenges that nobody answered in time."""
    ctx.db.execute(delete(Challenge).where(Challenge.expires_at <= ctx.now))
