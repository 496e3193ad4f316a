"""Who somebody is, and whether they may trade."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import PersonKey, blind_index
from salus.kernel.operations import WITHIN, query
from salus.shared.people import rules, sessions
from salus.shared.people.models import Membership, Organisation, Review, SecurityKey, User

SHOWN = 100
TRADING = frozenset({Role.SELLER, Role.BUYER, Role.DOCTOR})


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
    """Somebody with an account, as administrators see them: masked. `actions.open_contact` tells who they are."""

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
class Standing:
    """What an account is good for at this moment, for a program that acts in its name."""

    held: frozenset[Role]
    organisation_id: UUID | None


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
        has_second_factor=sessions.has_factor(ctx, user.id),
        organisation_id=ctx.actor.organisation_id,
        memberships=persons(ctx, [user])[0].memberships,
    )


@query(roles=WITHIN)
def with_address(ctx: Context, email: str) -> User | None:
    """The account with this address, for an operation in which somebody else vouches for whose it is."""
    return ctx.db.scalars(select(User).where(User.email_index == blind_index(email))).one_or_none()


@query(roles=WITHIN)
def has_own_way_in(ctx: Context, person_id: UUID) -> bool:
    """Whether somebody can sign in with what they gave to Salus itself: a password, or a key."""
    keys = select(SecurityKey.id).where(SecurityKey.user_id == person_id)
    return ctx.get(User, person_id).password_hash is not None or ctx.db.execute(keys).first() is not None


@query(roles={Role.PERSON, Role.SYSTEM})
def is_approved(ctx: Context, person_id: UUID, role: Role | None = None) -> bool:
    """Whether this person may trade in this role (if none is named: in each that they have).

    That is an approved seller, or a buyer or doctor of an approved organisation, who is verified and not suspended.
    """
    return _is_approved(ctx, person_id, TRADING if role is None else {role})


@query(roles=WITHIN)
def name(ctx: Context, person_id: UUID) -> str:
    """A person's name, for an operation that decided who may read it."""
    found: str = ctx.get(User, person_id).name
    return found


@query(roles=WITHIN)
def standing(ctx: Context, person_id: UUID) -> Standing | None:
    """The roles somebody holds now; None for an account that is locked, gone, or whose address was never proven."""
    wanted = (
        select(Membership.role, Membership.organisation_id)
        .select_from(User)
        .outerjoin(Membership, (Membership.user_id == User.id) & Membership.ended_at.is_(None))
        .where(User.id == person_id, User.suspended_at.is_(None), User.verified_at.is_not(None))
    )
    found = ctx.db.execute(wanted).all()
    if not found:
        return None
    organisation_id = next((row.organisation_id for row in found if row.organisation_id is not None), None)
    return Standing(frozenset(Role(row.role) for row in found if row.role is not None), organisation_id)


@query(roles={Role.SYSTEM})
def acting(ctx: Context, email: str) -> Actor:
    """Whoever has this address, in the roles they hold now: for what the operator does in their name.

    Raises NotFound for an address of no account, or of one that is locked.
    """
    user = with_address(ctx, email)
    its = standing(ctx, user.id) if user is not None else None
    if user is None or its is None:
        raise NotFound("No account that can be used has this address.")
    roles = rules.roles_of(its.held, is_verified=True, has_given_factor=True)
    return Actor(user.id, roles, organisation_id=its.organisation_id)


@query(roles={Role.SYSTEM})
def account(ctx: Context, person_id: UUID) -> User:
    """One account, for the worker that writes to its owner."""
    return ctx.get(User, person_id)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def person(ctx: Context, person_id: UUID) -> Person:
    """One person with their roles."""
    return persons(ctx, [ctx.get(User, person_id)])[0]


@query(roles={Role.ADMINISTRATOR})
def people(ctx: Context, *, email: str = "", review: Review | None = None) -> Sequence[Person]:
    """The newest hundred persons; only the one with this e-mail address; only those with a role under this review.

    Names and addresses are kept encrypted, so an address is found whole or not at all.
    """
    # Of somebody who was erased there is nothing left to show.
    known = select(PersonKey.person_id).where(PersonKey.wrapped.is_not(None))
    wanted = select(User).where(User.id.in_(known)).order_by(User.created_at.desc(), User.id.desc()).limit(SHOWN)
    if email.strip():
        wanted = wanted.where(User.email_index == blind_index(email))
    if review is not None:
        held = select(Membership.user_id).where(Membership.review == review, Membership.ended_at.is_(None))
        wanted = wanted.where(User.id.in_(held))
    return persons(ctx, ctx.db.scalars(wanted).all())


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


@query(roles=WITHIN)
def persons(ctx: Context, users: Sequence[User]) -> list[Person]:
    """These users with their roles, for the other questions about people."""
    ids = [user.id for user in users]
    held = ctx.db.scalars(
        select(Membership).where(Membership.user_id.in_(ids), Membership.ended_at.is_(None)).order_by(Membership.id)
    ).all()
    return [
        Person(
            id=user.id,
            created_at=user.created_at,
            name=rules.masked_name(user.name),
            email=rules.masked_address(user.email),
            verified_at=user.verified_at,
            suspended_at=user.suspended_at,
            suspended_because=user.suspended_because,
            memberships=[membership for membership in held if membership.user_id == user.id],
        )
        for user in users
    ]
