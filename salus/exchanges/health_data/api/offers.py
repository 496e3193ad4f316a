"""Offers and their review."""

from uuid import UUID

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import offers as actions
from salus.exchanges.health_data.models import Offer
from salus.exchanges.health_data.queries import offers as queries
from salus.web.doors import Api, CurrentContext

api = Api("/health-data/offers", tag="Offers")


@api.get("", operation=queries.my_offers, answer=list[schemas.OfferRead])
def my_offers(ctx: CurrentContext) -> list[Offer]:
    return queries.my_offers(ctx)


@api.post("", operation=actions.draft, answer=schemas.OfferRead, status=201)
def draft(ctx: CurrentContext, described: schemas.NewOffer) -> Offer:
    return actions.draft(ctx, described)


@api.get("/to-review", operation=queries.offers_to_review, answer=list[schemas.OfferRead])
def offers_to_review(ctx: CurrentContext) -> list[Offer]:
    return queries.offers_to_review(ctx)


@api.get("/{offer_id}", operation=queries.my_offer, answer=schemas.OfferRead)
def my_offer(ctx: CurrentContext, offer_id: UUID) -> Offer:
    return queries.my_offer(ctx, offer_id)


@api.put("/{offer_id}", operation=actions.change, answer=schemas.OfferRead)
def change(ctx: CurrentContext, offer_id: UUID, described: schemas.NewOffer) -> Offer:
    return actions.change(ctx, queries.my_offer(ctx, offer_id), described)


@api.post("/{offer_id}/submission", operation=actions.submit, answer=schemas.OfferRead, status=201)
def submit(ctx: CurrentContext, offer_id: UUID) -> Offer:
    return actions.submit(ctx, queries.my_offer(ctx, offer_id))


@api.delete("/{offer_id}/submission", operation=actions.take_back, answer=schemas.OfferRead)
def take_back(ctx: CurrentContext, offer_id: UUID) -> Offer:
    return actions.take_back(ctx, queries.my_offer(ctx, offer_id))


@api.get("/{offer_id}/review", operation=queries.reviewed_offer, answer=schemas.OfferRead)
def reviewed_offer(ctx: CurrentContext, offer_id: UUID) -> Offer:
    return queries.reviewed_offer(ctx, offer_id)


@api.post("/{offer_id}/approval", operation=actions.publish, answer=schemas.OfferRead, status=201)
def publish(ctx: CurrentContext, offer_id: UUID) -> Offer:
    return actions.publish(ctx, queries.reviewed_offer(ctx, offer_id))


@api.post("/{offer_id}/rejection", operation=actions.reject, answer=schemas.OfferRead, status=201)
def reject(ctx: CurrentContext, offer_id: UUID, rejection: schemas.Rejection) -> Offer:
    return actions.reject(ctx, queries.reviewed_offer(ctx, offer_id), reason=rejection.reason)
