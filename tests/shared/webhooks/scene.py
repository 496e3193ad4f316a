"""Receivers, who subscribes them, and the background at work."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.shared.people import actions as people
from salus.shared.webhooks import actions, queries
from salus.shared.webhooks.actions import Issued
from salus.shared.webhooks.models import Delivery, Scope, Subscription
from salus.shared.webhooks.reactions import COURIERS, note_news
from salus.shared.webhooks.schemas import AttemptRead
from salus.worker import settle_everything
from tests.receiver import Receiver


@dataclass(frozen=True)
class Subscriber:
    """Somebody with a webhook."""

    tenant: UUID
    actor: Actor
    issued: Issued

    @property
    def secret(self) -> str:
        return self.issued.secret

    def subscription(self) -> Subscription:
        with Context(self.actor, self.tenant) as ctx:
            return queries.subscription(ctx, self.issued.subscription.id)

    def deliveries(self) -> Sequence[Delivery]:
        with Context(self.actor, self.tenant) as ctx:
            return queries.deliveries(ctx, self.issued.subscription.id)

    def attempts(self) -> list[AttemptRead]:
        """Every attempt to the only delivery, the first one first."""
        (only,) = self.deliveries()
        with Context(self.actor, self.tenant) as ctx:
            return [AttemptRead.model_validate(one) for one in reversed(queries.attempts(ctx, only.id))]

    def redeliver(self) -> None:
        (only,) = self.deliveries()
        with Context(self.actor, self.tenant) as ctx:
            actions.redeliver(ctx, queries.delivery(ctx, only.id))

    def send_test(self) -> None:
        with Context(self.actor, self.tenant) as ctx:
            actions.send_test(ctx, queries.subscription(ctx, self.issued.subscription.id))


def subscribed(tenant: UUID, actor: Actor, url: str, *topics: str, scope: Scope | None = None) -> Subscriber:
    """Whoever this is subscribes this address: to renaming, unless said."""
    settle_everything()
    with Context(actor, tenant) as ctx:
        return Subscriber(tenant, actor, actions.subscribe(ctx, url, topics or ["people.rename"], scope=scope))


def rename(tenant: UUID, actor: Actor, name: str = "Pia") -> None:
    """A deed of somebody's own: the event `people.rename`."""
    with Context(actor, tenant) as ctx:
        people.rename(ctx, name)


def carry(tenant: UUID) -> None:
    """All that is owed is done, and everything due is sent, once."""
    settle_everything()
    ctx = Context(SYSTEM, tenant)
    note_news(ctx)
    send(tenant)


def send(tenant: UUID) -> None:
    """Everything due now is sent."""
    while under_way := COURIERS.dispatch(Context(SYSTEM, tenant)):
        for one in under_way:
            one.result()


def told(receiver: Receiver) -> list[str]:
    """The types of events that were received, in the order of their names."""
    return sorted(event["type"] for event in events(receiver))


def events(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in receiver.received]
