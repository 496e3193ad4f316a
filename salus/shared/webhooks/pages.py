"""Where people set up webhooks, and see what came of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.webhooks import actions, queries
from salus.shared.webhooks.queries import SUBSCRIBERS
from salus.shared.webhooks.rules.retrying import KEPT_FOR, PROBLEMS
from salus.shared.webhooks.schemas import SubscriptionForm
from salus.web.doors import CurrentContext, Page, Pages, go

FEW = "30/minute"
"""For what makes Salus go out to somebody else's server."""

pages = Pages()
pages.account("Webhooks", "/account/webhooks", place=50, roles=SUBSCRIBERS)


@pages.get("/account/webhooks", operation=queries.subscriptions)
def subscriptions(ctx: CurrentContext) -> Page:
    return Page("webhooks/subscriptions.html", subscriptions=queries.subscriptions(ctx))


@pages.get("/account/webhooks/new", operation=queries.on_offer)
def new(ctx: CurrentContext) -> Page:
    return Page("webhooks/new.html", offer=queries.on_offer(ctx))


@pages.post("/account/webhooks", operation=actions.subscribe, again=new, limit=FEW)
def subscribe(ctx: CurrentContext, form: Annotated[SubscriptionForm, Form()]) -> Page:
    issued = actions.subscribe(ctx, form.url, form.topics.split(), scope=form.scope)
    return Page("webhooks/issued.html", issued=issued)


@pages.get("/account/webhooks/{subscription_id}", operation=queries.subscription)
def subscription(ctx: CurrentContext, subscription_id: UUID) -> Page:
    return Page(
        "webhooks/subscription.html",
        subscription=queries.subscription(ctx, subscription_id),
        deliveries=queries.deliveries(ctx, subscription_id),
        kept_days=KEPT_FOR.days,
        now=ctx.now,
    )


@pages.post("/account/webhooks/{subscription_id}/secret", operation=actions.rotate_secret)
def rotate_secret(ctx: CurrentContext, subscription_id: UUID) -> Page:
    issued = actions.rotate_secret(ctx, queries.subscription(ctx, subscription_id))
    return Page("webhooks/issued.html", issued=issued)


@pages.post("/account/webhooks/{subscription_id}/test", operation=actions.send_test, limit=FEW)
def send_test(ctx: CurrentContext, subscription_id: UUID) -> Response:
    made = actions.send_test(ctx, queries.subscription(ctx, subscription_id))
    return go(f"/account/webhooks/deliveries/{made.id}", said="The test event is on its way.")


@pages.post("/account/webhooks/{subscription_id}/resume", operation=actions.resume)
def resume(ctx: CurrentContext, subscription_id: UUID) -> Response:
    actions.resume(ctx, queries.subscription(ctx, subscription_id))
    return go(f"/account/webhooks/{subscription_id}", said="The webhook is on again.")


@pages.post("/account/webhooks/{subscription_id}/end", operation=actions.end)
def end(ctx: CurrentContext, subscription_id: UUID) -> Response:
    actions.end(ctx, queries.subscription(ctx, subscription_id))
    return go("/account/webhooks", said="The webhook is ended. Nothing more is sent to that address.")


@pages.get("/account/webhooks/deliveries/{delivery_id}", operation=queries.delivery)
def delivery(ctx: CurrentContext, delivery_id: UUID) -> Page:
    found = queries.delivery(ctx, delivery_id)
    return Page(
        "webhooks/delivery.html",
        delivery=found,
        attempts=queries.attempts(ctx, delivery_id),
        subscription=queries.subscription(ctx, found.subscription_id),
        problems=PROBLEMS,
    )


@pages.post("/account/webhooks/deliveries/{delivery_id}/redeliver", operation=actions.redeliver, limit=FEW)
def redeliver(ctx: CurrentContext, delivery_id: UUID) -> Response:
    actions.redeliver(ctx, queries.delivery(ctx, delivery_id))
    return go(f"/account/webhooks/deliveries/{delivery_id}", said="The event is sent once more.")
