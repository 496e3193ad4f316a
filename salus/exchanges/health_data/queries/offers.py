"""A person's own offers, and those waiting for review."""

from uuid import UUID

from sqlalchemy import select

from salus.exchanges.health_data.models import Offer, OfferState
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query


@query(roles={Role.SELLER})
def my_offers(ctx: Context) -> list[Offer]:
    """The acting person's offers, newest first."""
    mine = select(Offer).where(Offer.person_id == ctx.actor.person_id)
    return list(ctx.db.scalars(mine.order_by(Offer.created_at.desc())))


@query(roles={Role.SELLER})
def my_offer(ctx: Context, offer_id: UUID) -> Offer:
    """One offer of the acting person."""
    found = ctx.get(Offer, offer_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.ADMINISTRATOR})
def offers_to_review(ctx: Context) -> list[Offer]:
    """Offers that wait for a decision, the longest waiting first."""
    return list(ctx.db.scalars(select(Offer).where(Offer.state == OfferState.SUBMITTED).order_by(Offer.created_at)))


@query(roles={Role.ADMINISTRATOR})
def reviewed_offer(ctx: Context, offer_id: UUID) -> Offer:
    """One offer, as an administrator reviews it: its description, none of its data."""
    found = ctx.get(Offer, offer_id)
    if found.state is OfferState.DRAFT:
        raise NotFound
    return found


@query(roles=WITHIN)
def offer(ctx: Context, offer_id: UUID) -> Offer:
    """One offer, for the steps of a trade."""
    return ctx.get(Offer, offer_id)
