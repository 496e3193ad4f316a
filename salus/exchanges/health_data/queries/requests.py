"""Requests, for those who take part in them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from salus.exchanges.health_data.models import LIVE, Offer, Request
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.people import queries as people

PARTIES = {Role.BUYER, Role.SELLER}


@dataclass(frozen=True)
class Named:
    """A request with the names people know it by."""

    request: Request
    title: str
    organisation_name: str

    def __getattr__(self, name: str) -> object:
        return getattr(self.request, name)


@query(roles=PARTIES)
def requests(ctx: Context) -> list[Named]:
    """All requests the actor takes part in, as the person asked or as a member of the organisation that asks."""
    mine = Request.person_id == ctx.actor.person_id
    if ctx.actor.organisation_id is not None:
        mine = or_(mine, Request.organisation_id == ctx.actor.organisation_id)
    found = ctx.db.scalars(select(Request).where(mine).order_by(Request.created_at.desc()))
    return [_named(ctx, request) for request in found]


@query(roles=PARTIES | {Role.SYSTEM})
def request(ctx: Context, request_id: UUID) -> Request:
    """One request, if the actor takes part in it. To anyone else it does not exist."""
    found = ctx.get(Request, request_id)
    if ctx.actor.has(Role.SYSTEM) or found.person_id == ctx.actor.id:
        return found
    if ctx.actor.organisation_id is None or found.organisation_id != ctx.actor.organisation_id:
        raise NotFound
    return found


@query(roles=PARTIES)
def named_request(ctx: Context, request_id: UUID) -> Named:
    """One request with its names."""
    return _named(ctx, request(ctx, request_id))


@query(roles={Role.BUYER})
def my_request_for(ctx: Context, offer_id: UUID) -> Request | None:
    """The acting buyer's organisation's live request for an offer."""
    ours = (Request.offer_id == offer_id, Request.organisation_id == ctx.actor.organisation_id)
    return ctx.db.scalar(select(Request).where(*ours, Request.state.in_(LIVE)))


@query(roles={Role.SELLER})
def requests_for_my_offer(ctx: Context, offer_id: UUID) -> list[Named]:
    """Who asked for one of the acting person's offers."""
    mine = (Request.offer_id == offer_id, Request.person_id == ctx.actor.person_id)
    return [_named(ctx, found) for found in ctx.db.scalars(select(Request).where(*mine).order_by(Request.created_at))]


@query(roles={Role.SYSTEM})
def request_under(ctx: Context, authorisation_id: UUID) -> Request | None:
    """The request an authorisation was asked for, if it was one of health data."""
    return ctx.db.scalar(select(Request).where(Request.authorisation_id == authorisation_id))


@query(roles={Role.SYSTEM})
def request_paid_by(ctx: Context, payment_id: UUID) -> Request | None:
    """The request a payment is for, if it is one of health data."""
    return ctx.db.scalar(select(Request).where(Request.payment_id == payment_id))


def _named(ctx: Context, found: Request) -> Named:
    offer = ctx.get(Offer, found.offer_id)
    return Named(found, offer.title, people.organisation(ctx, found.organisation_id).name)
