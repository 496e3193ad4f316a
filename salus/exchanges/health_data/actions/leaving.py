"""What ends when a person is erased."""

from uuid import UUID

from sqlalchemy import select

from salus.exchanges.health_data.actions.deliveries import stop
from salus.exchanges.health_data.actions.offers import leave_the_market
from salus.exchanges.health_data.actions.requests import end
from salus.exchanges.health_data.models import (
    Delivery,
    DeliveryState,
    Offer,
    OfferState,
    Request,
    RequestState,
)
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action

BECAUSE = "The person had all their data erased. Please delete every copy."
ON_THE_WAY = (OfferState.SUBMITTED, OfferState.PUBLISHED)
OPEN = (RequestState.ASKED, RequestState.AGREED, RequestState.DELIVERED)
"""Requests that end at once. What is being paid for ends by itself: with the delivery, or with the money given back."""


@action(roles=WITHIN, told="took your offers off the market and closed what was delivered")
def let_go(ctx: Context, person_id: UUID) -> None:
    """Take a person's offers off the market, end the requests for them, and close every delivery."""
    offers = select(Offer).where(Offer.person_id == person_id, Offer.state.in_(ON_THE_WAY))
    for offer in ctx.db.scalars(offers).all():
        leave_the_market(ctx, offer)
    requests = select(Request).where(Request.person_id == person_id, Request.state.in_(OPEN))
    for request in ctx.db.scalars(requests).all():
        end(ctx, request, state=RequestState.ENDED, because=BECAUSE)
    deliveries = select(Delivery).where(Delivery.person_id == person_id, Delivery.state != DeliveryState.STOPPED)
    for delivery in ctx.db.scalars(deliveries).all():
        stop(ctx, delivery, because=BECAUSE)
    ctx.tell(person_id=person_id)
