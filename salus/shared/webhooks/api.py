"""Webhooks as an API."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.webhooks import actions, queries
from salus.shared.webhooks.actions import Issued
from salus.shared.webhooks.models import Attempt, Delivery, Subscription
from salus.shared.webhooks.schemas import AttemptRead, DeliveryRead, IssuedRead, SubscriptionRead, SubscriptionWrite
from salus.web.doors import Api, CurrentContext

FEW = "30/minute"
"""For what makes Salus go out to somebody else's server."""

api = Api("/webhooks")


@api.get("/subscriptions", operation=queries.subscriptions, answer=list[SubscriptionRead])
def subscriptions(ctx: CurrentContext) -> Sequence[Subscription]:
    return queries.subscriptions(ctx)


@api.post("/subscriptions", operation=actions.subscribe, answer=IssuedRead, status=201, limit=FEW)
def subscribe(ctx: CurrentContext, new: SubscriptionWrite) -> Issued:
    return actions.subscribe(ctx, new.url, new.topics, scope=new.scope)


@api.get("/subscriptions/{subscription_id}", operation=queries.subscription, answer=SubscriptionRead)
def subscription(ctx: CurrentContext, subscription_id: UUID) -> Subscription:
    return queries.subscription(ctx, subscription_id)


@api.delete("/subscriptions/{subscription_id}", operation=actions.end)
def end(ctx: CurrentContext, subscription_id: UUID) -> None:
    actions.end(ctx, queries.subscription(ctx, subscription_id))


@api.post(
    "/subscriptions/{subscription_id}/secret", operation=actions.rotate_secret, answer=IssuedRead, status=201, limit=FEW
)
def rotate_secret(ctx: CurrentContext, subscription_id: UUID) -> Issued:
    return actions.rotate_secret(ctx, queries.subscription(ctx, subscription_id))


@api.post("/subscriptions/{subscription_id}/resumption", operation=actions.resume, answer=SubscriptionRead)
def resume(ctx: CurrentContext, subscription_id: UUID) -> Subscription:
    return actions.resume(ctx, queries.subscription(ctx, subscription_id))


@api.post(
    "/subscriptions/{subscription_id}/test", operation=actions.send_test, answer=DeliveryRead, status=201, limit=FEW
)
def send_test(ctx: CurrentContext, subscription_id: UUID) -> Delivery:
    return actions.send_test(ctx, queries.subscription(ctx, subscription_id))


@api.get("/subscriptions/{subscription_id}/deliveries", operation=queries.deliveries, answer=list[DeliveryRead])
def deliveries(ctx: CurrentContext, subscription_id: UUID) -> Sequence[Delivery]:
    return queries.deliveries(ctx, subscription_id)


@api.get("/deliveries/{delivery_id}", operation=queries.delivery, answer=DeliveryRead)
def delivery(ctx: CurrentContext, delivery_id: UUID) -> Delivery:
    return queries.delivery(ctx, delivery_id)


@api.get("/deliveries/{delivery_id}/attempts", operation=queries.attempts, answer=list[AttemptRead])
def attempts(ctx: CurrentContext, delivery_id: UUID) -> Sequence[Attempt]:
    return queries.attempts(ctx, delivery_id)


@api.post("/deliveries/{delivery_id}/redelivery", operation=actions.redeliver, answer=DeliveryRead, limit=FEW)
def redeliver(ctx: CurrentContext, delivery_id: UUID) -> Delivery:
    return actions.redeliver(ctx, queries.delivery(ctx, delivery_id))
