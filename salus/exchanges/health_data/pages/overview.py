"""The first page after signing in: what waits, what happened, what came in."""

from typing import Any

from salus.exchanges.health_data.queries import deliveries, imports, offers, requests
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.shared.consent import queries as consents
from salus.shared.consent.models import ConsentState
from salus.shared.money import queries as money
from salus.shared.people import queries as people
from salus.shared.records import queries as records
from salus.web.doors import CurrentContext, Page, Pages

pages = Pages()
pages.menu("Overview", "/overview", roles={Role.SELLER, Role.BUYER, Role.ADMINISTRATOR}, place=10)


@pages.get("/overview", operation=people.me)
def overview(ctx: CurrentContext) -> Page:
    me = people.me(ctx)
    if ctx.actor.has(Role.SELLER):
        return Page("health_data/overview_seller.html", me=me, **_of_a_seller(ctx))
    if ctx.actor.has(Role.BUYER):
        return Page("health_data/overview_buyer.html", me=me, **_of_a_buyer(ctx))
    if ctx.actor.has(Role.ADMINISTRATOR):
        return Page("health_data/overview_administrator.html", me=me, **_of_an_administrator(ctx))
    return Page("health_data/overview_nobody.html", me=me)


def _of_a_seller(ctx: Context) -> dict[str, Any]:
    return {
        "series": imports.my_series(ctx),
        "offers": offers.my_offers(ctx),
        "requests": requests.requests(ctx),
        "readings": deliveries.readings_of_mine(ctx),
        "earnings": money.earnings(ctx),
        "consents": [one for one in consents.consents(ctx) if one.state == ConsentState.GIVEN],
    }


def _of_a_buyer(ctx: Context) -> dict[str, Any]:
    return {"requests": requests.requests(ctx), "deliveries": deliveries.library(ctx)}


def _of_an_administrator(ctx: Context) -> dict[str, Any]:
    return {
        "reviews": people.pending_reviews(ctx),
        "offers": offers.offers_to_review(ctx),
        "payouts": money.payout_queue(ctx),
        "trial": money.trial_balance(ctx),
        "log": records.log(ctx),
    }
