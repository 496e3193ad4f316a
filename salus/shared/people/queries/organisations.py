"""Organisations, their members, and what waits for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.people import rules
from salus.shared.people.models import Invitation, Membership, Organisation, Review, User
from salus.shared.people.queries.persons import SHOWN, Person, persons


@dataclass(frozen=True)
class Reviews:
    """What waits for an administrator's decision, oldest first."""

    sellers: list[Person]
    organisations: list[Organisation]

    @property
    def total(self) -> int:
        return len(self.sellers) + len(self.organisations)


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
    its = ctx.get(Organisation, organisation_id)
    inside = select(Membership.user_id).where(Membership.organisation_id == its.id, Membership.ended_at.is_(None))
    return persons(ctx, ctx.db.scalars(select(User).where(User.id.in_(inside)).order_by(User.id)).all())


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
        sellers=persons(ctx, ctx.db.scalars(sellers.order_by(User.id).limit(SHOWN)).all()),
        organisations=list(ctx.db.scalars(organisations.order_by(Organisation.id).limit(SHOWN))),
    )
