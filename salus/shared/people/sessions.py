"""How a session begins and ends: steps that several actions share."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import SignInNeeded
from salus.shared.messages import actions as messages
from salus.shared.people import rules
from salus.shared.people.models import Awaits, Channel, Membership, SecurityKey, Session, Totp, User


@dataclass(frozen=True)
class Ticket:
    """What a sign-in gives: the session's token, shown this once, and what the session still lacks.

    With the first factor of an account, it is time for recovery codes.
    """

    token: str
    awaits: Awaits
    is_first_factor: bool = False


def begin(ctx: Context, user: User, *, device: str, factor_at: datetime | None = None) -> Ticket:
    """A new session under a new token, in which the context's actor is from here on this user.

    The session the actor had before ends: whoever planted its token, or read it, is left with nothing.
    `factor_at` says that the second factor was given, and when. A sign-in from a device that was never seen before is
    told to its owner.
    """
    before = ctx.get(Session, ctx.actor.session_id) if ctx.actor.session_id is not None else None
    if before is not None:
        before.ended_at = ctx.now
    held = roles_held(ctx, user.id)
    token, awaits = rules.new_token(), Awaits.NOTHING if factor_at else _awaits(ctx, user, held)
    idle, longest = rules.lifetime(is_administrator=Role.ADMINISTRATOR in held)
    session = Session(
        user_id=user.id,
        token_hash=rules.token_hash(token),
        channel=Channel.BROWSER if ctx.origin.channel == Channel.BROWSER else Channel.API,
        awaits=awaits,
        device=device,
        network=ctx.origin.network,
        factor_at=factor_at,
        last_seen_at=ctx.now,
        idle_s=int(idle.total_seconds()),
        ends_at=ctx.now + longest,
    )
    goes_on = before is not None and before.user_id == user.id and before.awaits == Awaits.NOTHING
    if awaits == Awaits.NOTHING and not goes_on and _is_new_device(ctx, session):
        messages.notify(ctx, user.id, "people/new-device", link="/account/security", device=device)
    ctx.db.add(session)
    _become(ctx, user, session, held)
    ctx.tell(subject=session, person_id=user.id, awaits=awaits.value)
    return Ticket(token, awaits)


def current(ctx: Context) -> Session:
    """The session the actor is known by. Raises SignInNeeded if there is none."""
    if ctx.actor.session_id is None:
        raise SignInNeeded
    return ctx.get(Session, ctx.actor.session_id)


def end_all(ctx: Context, user_id: UUID, *, but: UUID | None = None) -> None:
    """Whoever holds a token of this user holds nothing any more, except for the session `but`."""
    theirs = update(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
    if but is not None:
        theirs = theirs.where(Session.id != but)
    ctx.db.execute(theirs.values(ended_at=ctx.now))


def roles_held(ctx: Context, user_id: UUID) -> Set[str]:
    held = select(Membership.role).where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    return set(ctx.db.scalars(held))


def administrators(ctx: Context) -> Sequence[UUID]:
    """The ids of all who are administrators and may act."""
    held = select(Membership.user_id).join(User, User.id == Membership.user_id)
    acting = held.where(
        Membership.role == Role.ADMINISTRATOR, Membership.ended_at.is_(None), User.suspended_at.is_(None)
    )
    return ctx.db.scalars(acting).all()


def totp_of(ctx: Context, user_id: UUID) -> Totp | None:
    return ctx.db.scalars(select(Totp).where(Totp.user_id == user_id)).one_or_none()


def keys_of(ctx: Context, user_id: UUID) -> Sequence[SecurityKey]:
    return ctx.db.scalars(select(SecurityKey).where(SecurityKey.user_id == user_id).order_by(SecurityKey.id)).all()


def count_factors(ctx: Context, user_id: UUID) -> int:
    """How many second factors somebody has. Recovery codes are none: they only stand in for one."""
    totp = totp_of(ctx, user_id)
    has_app = totp is not None and totp.confirmed_at is not None
    return has_app + len(keys_of(ctx, user_id))


def has_factor(ctx: Context, user_id: UUID) -> bool:
    return count_factors(ctx, user_id) > 0


def _is_new_device(ctx: Context, session: Session) -> bool:
    """Whether this person was signed in before, but never with such a device from such a network.

    Sessions that never got past the password do not count: a thief's would make the thief's device a known one.
    """
    theirs = select(Session.device, Session.network).where(
        Session.user_id == session.user_id, Session.awaits == Awaits.NOTHING
    )
    seen = {(row.device, row.network) for row in ctx.db.execute(theirs.distinct())}
    return bool(seen) and (session.device, session.network) not in seen


def _awaits(ctx: Context, user: User, held: Set[str]) -> Awaits:
    if has_factor(ctx, user.id):
        return Awaits.CODE
    return Awaits.SET_UP if rules.needs_factor(held) else Awaits.NOTHING


def _become(ctx: Context, user: User, session: Session, held: Set[str]) -> None:
    if session.awaits != Awaits.NOTHING:
        ctx.become(Actor(None, session_id=session.id))
        return
    roles = rules.roles_of(held, is_verified=user.verified_at is not None, has_given_factor=bool(session.factor_at))
    ctx.become(Actor(user.id, roles, session_id=session.id, factor_at=session.factor_at))
