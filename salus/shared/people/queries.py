"""Who is asking, who somebody is, and what waits for a decision."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import ANONYMOUS, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, SignInNeeded
from salus.kernel.keys import blind_index
from salus.kernel.operations import WITHIN, query
from salus.shared.people import rules
from salus.shared.people.models import (
    Awaits,
    Channel,
    Invitation,
    Membership,
    Organisation,
    Review,
    Session,
    Totp,
    User,
)

SHOWN = 100
TRADING = frozenset({Role.SELLER, Role.BUYER})

_SESSION = """
SELECT session.id, session.user_id, session.awaits, session.factor_at IS NOT NULL AS has_given_factor,
       session.last_seen_at < %(now)s - make_interval(secs => %(quiet_s)s) AS is_quiet,
       person.verified_at IS NOT NULL AS is_verified,
       coalesce(array_agg(held.role) FILTER (WHERE held.role IS NOT NULL), '{}') AS roles,
       (array_agg(held.organisation_id) FILTER (WHERE held.organisation_id IS NOT NULL))[1] AS organisation_id
FROM sessions AS session
JOIN users AS person ON person.id = session.user_id AND person.suspended_at IS NULL
LEFT JOIN memberships AS held ON held.user_id = person.id AND held.ended_at IS NULL
WHERE session.token_hash = %(token_hash)s AND session.channel = %(channel)s AND session.ended_at IS NULL
  AND session.ends_at > %(now)s AND session.last_seen_at + make_interval(secs => session.idle_s) > %(now)s
GROUP BY session.id, person.id
"""


@dataclass(frozen=True, slots=True)
class InSession(Actor):
    """An actor known by a session. Whoever sees one that `is_quiet` performs `actions.note_activity`."""

    is_quiet: bool = False


@dataclass(frozen=True)
class Me:
    """What somebody is told about themselves."""

    id: UUID
    name: str
    email: str
    roles: list[Role]
    is_verified: bool
    is_approved: bool
    has_second_factor: bool
    organisation_id: UUID | None
    memberships: list[Membership]


@dataclass(frozen=True)
class Person:
    """Somebody with an account, as administrators see them."""

    id: UUID
    created_at: datetime
    name: str
    email: str
    verified_at: datetime | None
    suspended_at: datetime | None
    suspended_because: str | None
    memberships: list[Membership]

    def membership(self, role: Role) -> Membership | None:
        return next((held for held in self.memberships if held.role == role), None)


@dataclass(frozen=True)
class OpenSession:
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    channel: Channel
    device: str
    network: str | None
    is_current: bool


@dataclass(frozen=True)
class SetUp:
    """A second factor that waits for its first right code."""

    secret: str
    uri: str


@dataclass(frozen=True)
class Reviews:
    """What waits for an administrator's decision, oldest first."""

    sellers: list[Person]
    organisations: list[Organisation]

    @property
    def total(self) -> int:
        return len(self.sellers) + len(self.organisations)


@query(roles={Role.ANYONE})
def authenticate(ctx: Context, token: str | None, channel: str) -> Actor:
    """Whoever the token belongs to; anonymous for none, an unknown, an ended or an expired one.

    A token of a browser is not one of the API, nor the other way round. A session that still awaits its second factor
    belongs to nobody yet: its actor has a `session_id` and no `id`.
    """
    if not token:
        return ANONYMOUS
    asked = {"token_hash": rules.token_hash(token), "channel": channel, "now": ctx.now, "quiet_s": rules.QUIET_S}
    for found in ctx.rows(_SESSION, asked):
        if found["awaits"] != Awaits.NOTHING:
            return InSession(None, session_id=found["id"], is_quiet=found["is_quiet"])
        roles = rules.roles_of(
            found["roles"], is_verified=found["is_verified"], has_given_factor=found["has_given_factor"]
        )
        acts_for = found["organisation_id"] if Role.BUYER in roles else None
        return InSession(found["user_id"], roles, acts_for, found["id"], is_quiet=found["is_quiet"])
    return ANONYMOUS


@query(roles={Role.PERSON})
def my_name(ctx: Context) -> str:
    """The actor's own name."""
    name: str = ctx.get(User, ctx.actor.person_id).name
    return name


@query(roles={Role.PERSON})
def me(ctx: Context) -> Me:
    """The actor's own account."""
    user = ctx.get(User, ctx.actor.person_id)
    return Me(
        id=user.id,
        name=user.name,
        email=user.email,
        roles=sorted(ctx.actor.roles - {Role.ANYONE, Role.PERSON}),
        is_verified=user.verified_at is not None,
        is_approved=_is_approved(ctx, user.id, TRADING),
        has_second_factor=_has_second_factor(ctx, user.id),
        organisation_id=ctx.actor.organisation_id,
        memberships=next(_persons(ctx, [user])).memberships,
    )


@query(roles={Role.PERSON, Role.SYSTEM})
def is_approved(ctx: Context, person_id: UUID, role: Role | None = None) -> bool:
    """Whether this person may trade in this role (if none is named: in each that they have).

    That is an approved seller, or a buyer of an approved organisation, who is verified and not suspended.
    """
    return _is_approved(ctx, person_id, TRADING if role is None else {role})


@query(roles=WITHIN)
def name(ctx: Context, person_id: UUID) -> str:
    """A person's name, for an operation that decided who may read it."""
    found: str = ctx.get(User, person_id).name
    return found


@query(roles={Role.SYSTEM})
def account(ctx: Context, person_id: UUID) -> User:
    """One account, for the worker that writes to its owner."""
    return ctx.get(User, person_id)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def person(ctx: Context, person_id: UUID) -> Person:
    """One person with their roles."""
    return next(_persons(ctx, [ctx.get(User, person_id)]))


@query(roles={Role.ADMINISTRATOR})
def people(ctx: Context, *, email: str = "", review: Review | None = None) -> Sequence[Person]:
    """The newest hundred persons; only the one with this e-mail address; only those with a role under this review.

    Names and addresses are kept encrypted, so an address is found whole or not at all.
    """
    wanted = select(User).order_by(User.created_at.desc(), User.id.desc()).limit(SHOWN)
    if email.strip():
        wanted = wanted.where(User.email_index == blind_index(email))
    if review is not None:
        held = select(Membership.user_id).where(Membership.review == review, Membership.ended_at.is_(None))
        wanted = wanted.where(User.id.in_(held))
    return list(_persons(ctx, ctx.db.scalars(wanted).all()))


@query(roles={Role.ADMINISTRATOR})
def pending_reviews(ctx: Context) -> Reviews:
    """Sellers with a verified address and organisations that wait for a decision, oldest first."""
    waiting = select(Membership.user_id).where(
        Membership.role == Role.SELLER, Membership.review == Review.PENDING, Membership.ended_at.is_(None)
    )
    sellers = select(User).where(User.id.in_(waiting), User.verified_at.is_not(None), User.suspended_at.is_(None))
    # An organisation whose founder never proved their address is nobody's yet.
    founded = (
        select(Membership.organisation_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.ended_at.is_(None), User.verified_at.is_not(None))
    )
    organisations = select(Organisation).where(Organisation.review == Review.PENDING, Organisation.id.in_(founded))
    return Reviews(
        sellers=list(_persons(ctx, ctx.db.scalars(sellers.order_by(User.id).limit(SHOWN)).all())),
        organisations=list(ctx.db.scalars(organisations.order_by(Organisation.id).limit(SHOWN))),
    )


@query(roles={Role.PERSON, Role.SYSTEM})
def organisation(ctx: Context, organisation_id: UUID) -> Organisation:
    """One organisation: who buys is no secret. What it named as proof is not for the doors to show to everybody."""
    return ctx.get(Organisation, organisation_id)


@query(roles={Role.PERSON})
def my_organisation(ctx: Context) -> Organisation | None:
    """The organisation the actor acts for."""
    return ctx.get(Organisation, ctx.actor.organisation_id) if ctx.actor.organisation_id else None


@query(roles={Role.ADMINISTRATOR})
def members(ctx: Context, organisation_id: UUID) -> Sequence[Person]:
    """Everyone who acts for an organisation."""
    inside = select(Membership.user_id).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    return list(_persons(ctx, ctx.db.scalars(select(User).where(User.id.in_(inside)).order_by(User.id)).all()))


@query(roles={Role.ANYONE})
def invitation(ctx: Context, token: str) -> Invitation:
    """The invitation behind a link, while it holds."""
    wanted = select(Invitation).where(
        Invitation.token_hash == rules.token_hash(token),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > ctx.now,
    )
    found = ctx.db.scalars(wanted).one_or_none()
    if found is None:
        raise rules.LinkNotGood
    return found


@query(roles={Role.PERSON})
def sessions(ctx: Context) -> Sequence[OpenSession]:
    """Where the actor is signed in, last used first."""
    mine = select(Session).where(
        Session.user_id == ctx.actor.person_id,
        Session.ended_at.is_(None),
        Session.ends_at > ctx.now,
        Session.last_seen_at + func.make_interval(0, 0, 0, 0, 0, 0, Session.idle_s) > ctx.now,
    )
    return [
        OpenSession(
            id=each.id,
            created_at=each.created_at,
            last_seen_at=each.last_seen_at,
            channel=each.channel,
            device=each.device,
            network=each.network,
            is_current=each.id == ctx.actor.session_id,
        )
        for each in ctx.db.scalars(mine.order_by(Session.last_seen_at.desc()))
    ]


@query(roles={Role.PERSON})
def session(ctx: Context, session_id: UUID) -> Session:
    """One of the actor's own sessions."""
    found = ctx.get(Session, session_id)
    if found.user_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.ANYONE})
def second_step(ctx: Context) -> Awaits:
    """What the actor's session still lacks. Raises SignInNeeded if there is no session."""
    if ctx.actor.session_id is None:
        raise SignInNeeded
    return ctx.get(Session, ctx.actor.session_id).awaits


@query(roles={Role.ANYONE})
def set_up(ctx: Context) -> SetUp | None:
    """The second factor that the actor's session is setting up; None if there is none, or it is confirmed.

    A confirmed secret is never shown again.
    """
    if ctx.actor.session_id is None:
        return None
    user_id = ctx.get(Session, ctx.actor.session_id).user_id
    wanted = select(Totp).where(Totp.user_id == user_id, Totp.confirmed_at.is_(None))
    totp = ctx.db.scalars(wanted).one_or_none()
    if totp is None:
        return None
    return SetUp(totp.secret, rules.provisioning_uri(totp.secret, ctx.get(User, user_id).email))


def _is_approved(ctx: Context, person_id: UUID, roles: Set[Role]) -> bool:
    held = (
        select(Membership.review, Organisation.review.label("of_organisation"))
        .join(User, User.id == Membership.user_id)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.user_id == person_id,
            Membership.role.in_(roles),
            Membership.ended_at.is_(None),
            User.verified_at.is_not(None),
            User.suspended_at.is_(None),
        )
    )
    reviews = [{row.review, row.of_organisation or row.review} for row in ctx.db.execute(held)]
    return bool(reviews) and all(review == {Review.APPROVED} for review in reviews)


def _has_second_factor(ctx: Context, person_id: UUID) -> bool:
    wanted = select(Totp.id).where(Totp.user_id == person_id, Totp.confirmed_at.is_not(None))
    return ctx.db.execute(wanted).first() is not None


def _persons(ctx: Context, users: Sequence[User]) -> Iterator[Person]:
    ids = [user.id for user in users]
    held = ctx.db.scalars(
        select(Membership).where(Membership.user_id.in_(ids), Membership.ended_at.is_(None)).order_by(Membership.id)
    ).all()
    for user in users:
        yield Person(
            id=user.id,
            created_at=user.created_at,
            name=user.name,
            email=user.email,
            verified_at=user.verified_at,
            suspended_at=user.suspended_at,
            suspended_because=user.suspended_because,
            memberships=[membership for membership in held if membership.user_id == user.id],
        )
