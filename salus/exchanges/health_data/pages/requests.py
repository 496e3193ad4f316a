"""Requests, for both sides: what was asked, what was agreed, what was paid, what was read."""

from uuid import UUID

from starlette.responses import Response

from salus.exchanges.health_data.actions import requests as actions
from salus.exchanges.health_data.queries import deliveries
from salus.exchanges.health_data.queries import requests as queries
from salus.kernel.actor import Role
from salus.shared.codes.rules import MEANINGS, Purpose
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Requests", "/requests", roles={Role.SELLER, Role.BUYER}, place=40, also=("/library",))


@pages.get("/requests", operation=queries.requests)
def requests(ctx: CurrentContext) -> Page:
    found = queries.requests(ctx)
    return Page("health_data/requests.html", requests=found, is_buyer=ctx.actor.has(Role.BUYER))


@pages.get("/requests/{request_id}", operation=queries.named_request)
def request(ctx: CurrentContext, request_id: UUID) -> Page:
    found = queries.named_request(ctx, request_id)
    delivery = deliveries.delivery_for(ctx, request_id)
    return Page(
        "health_data/request.html",
        request=found,
        delivery=delivery,
        downloads=deliveries.downloads(ctx, delivery) if delivery else [],
        is_mine=found.person_id == ctx.actor.id,
        purpose=MEANINGS[Purpose(found.request.purpose)],
    )


@pages.post("/requests/{request_id}/pay", operation=actions.pay, again=request)
def pay(ctx: CurrentContext, request_id: UUID) -> Response:
    paying = actions.pay(ctx, queries.request(ctx, request_id))
    return go(f"/payments/{paying.payment_id}")


@pages.post("/requests/{request_id}/cancel", operation=actions.cancel, again=request)
def cancel(ctx: CurrentContext, request_id: UUID) -> Response:
    actions.cancel(ctx, queries.request(ctx, request_id))
    return go(f"/requests/{request_id}", said="Taken back.")
