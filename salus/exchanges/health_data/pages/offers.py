"""Offers: describe a data set, hand it in; for administrators, review it."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import offers as actions
from salus.exchanges.health_data.queries import imports, requests
from salus.exchanges.health_data.queries import offers as queries
from salus.exchanges.health_data.rules import conditions
from salus.kernel.actor import Role
from salus.shared.codes import rules as codes
from salus.shared.people import queries as people
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Offers", "/offers", roles={Role.SELLER}, place=30)
pages.menu("Offers to review", "/review/offers", roles={Role.ADMINISTRATOR}, place=25)


@pages.get("/offers", operation=queries.my_offers)
def offers(ctx: CurrentContext) -> Page:
    return Page("health_data/offers.html", offers=queries.my_offers(ctx), is_approved=people.me(ctx).is_approved)


@pages.get("/offers/new", operation=imports.my_series)
def new(ctx: CurrentContext) -> Page:
    shared = [series for series in imports.my_series(ctx) if series.is_shared]
    return Page("health_data/offer_form.html", series=shared, offer=None, terms=codes.TERMS)


@pages.post("/offers/new", operation=actions.draft, again=new)
def draft(ctx: CurrentContext, described: Annotated[schemas.NewOffer, Form()]) -> Response:
    offer = actions.draft(ctx, described)
    return go(f"/offers/{offer.id}", said="Saved as a draft. Look at it once more, then hand it in.")


@pages.get("/offers/{offer_id}", operation=queries.my_offer)
def offer(ctx: CurrentContext, offer_id: UUID) -> Page:
    found = queries.my_offer(ctx, offer_id)
    series = [one for one in imports.my_series(ctx) if one.code in found.codes]
    return Page(
        "health_data/offer.html",
        offer=found,
        series=series,
        terms=conditions(found.terms, found.term_values),
        requests=requests.requests_for_my_offer(ctx, found.id),
        is_approved=people.me(ctx).is_approved,
    )


@pages.get("/offers/{offer_id}/change", operation=queries.my_offer)
def change_form(ctx: CurrentContext, offer_id: UUID) -> Page:
    found = queries.my_offer(ctx, offer_id)
    shared = [series for series in imports.my_series(ctx) if series.is_shared]
    return Page("health_data/offer_form.html", series=shared, offer=found, terms=codes.TERMS)


@pages.post("/offers/{offer_id}/change", operation=actions.change, again=change_form)
def change(ctx: CurrentContext, offer_id: UUID, described: Annotated[schemas.NewOffer, Form()]) -> Response:
    actions.change(ctx, queries.my_offer(ctx, offer_id), described)
    return go(f"/offers/{offer_id}", said="Your changes are saved.")


@pages.post("/offers/{offer_id}/submit", operation=actions.submit, again=offer)
def submit(ctx: CurrentContext, offer_id: UUID) -> Response:
    actions.submit(ctx, queries.my_offer(ctx, offer_id))
    return go(f"/offers/{offer_id}", said="Handed in. We look at it and write to you.")


@pages.post("/offers/{offer_id}/take-back", operation=actions.take_back, again=offer)
def take_back(ctx: CurrentContext, offer_id: UUID) -> Response:
    actions.take_back(ctx, queries.my_offer(ctx, offer_id))
    return go(f"/offers/{offer_id}", said="Taken back. Nobody can find it any more.")


@pages.get("/review/offers", operation=queries.offers_to_review)
def review(ctx: CurrentContext) -> Page:
    return Page("health_data/review_offers.html", offers=queries.offers_to_review(ctx))


@pages.get("/review/offers/{offer_id}", operation=queries.reviewed_offer)
def review_offer(ctx: CurrentContext, offer_id: UUID) -> Page:
    found = queries.reviewed_offer(ctx, offer_id)
    return Page("health_data/review_offer.html", offer=found, terms=conditions(found.terms, found.term_values))


@pages.post("/review/offers/{offer_id}/publish", operation=actions.publish, again=review_offer)
def publish(ctx: CurrentContext, offer_id: UUID) -> Response:
    offer = actions.publish(ctx, queries.reviewed_offer(ctx, offer_id))
    return go("/review/offers", said=f"“{offer.title}” is on the market.")


@pages.post("/review/offers/{offer_id}/reject", operation=actions.reject, again=review_offer)
def reject(ctx: CurrentContext, offer_id: UUID, rejection: Annotated[schemas.Rejection, Form()]) -> Response:
    actions.reject(ctx, queries.reviewed_offer(ctx, offer_id), reason=rejection.reason)
    return go("/review/offers", said="Sent back with your reason.")
