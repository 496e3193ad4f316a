"""Subscriptions and their deliveries, as their owners see them; and what the background needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.webhooks.models import Attempt, Delivery, DeliveryState, Scope, Subscription, SubscriptionState
from salus.shared.webhooks.rules.events import Listener, catalogue, owners
from salus.shared.webhooks.rules.retrying import AT_ONCE, KEPT_FOR

SUBSCRIBERS = {Role.SELLER, Role.PATIENT, Role.BUYER, Role.DOCTOR, Role.ADMINISTRATOR}
SHOWN = 100

# Every subscription offers the few that wait longest, so that one with a long queue takes nobody's place.
DUE = """
SELECT d.id, s.destination_digest, CASE WHEN s.failing_since IS NULL THEN %(at_once)s ELSE 1 END AS at_once
FROM webhook_subscriptions s
CROSS JOIN LATERAL (
  SELECT w.id, w.due_at FROM webhook_deliveries w
  WHERE w.tenant_id = s.tenant_id AND w.subscription_id = s.id AND w.state = 'waiting' AND w.due_at <= %(now)s
  ORDER BY w.due_at, w.id LIMIT %(at_once)s
) d
WHERE s.state = 'active'
ORDER BY d.due_at, d.id
LIMIT %(most)s
"""


@dataclass(frozen=True)
class Offer:
    """What can be subscribed to: whose events, and all there are with what each tells of, by module."""

    scopes: list[Scope]
    events: dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Due:
    """A delivery that waits for an attempt, and how many requests its server is sent at once."""

    id: UUID
    destination: bytes
    at_once: int


@query(roles=SUBSCRIBERS)
def subscriptions(ctx: Context) -> Sequence[Subscription]:
    """The subscriptions of whomever the actor speaks for, newest first, without those that have ended."""
    mine = select(Subscription).where(Subscription.owner_id.in_(owners(ctx.actor, ctx.tenant_id).values()))
    lasting = mine.where(Subscription.state != SubscriptionState.ENDED)
    return ctx.db.scalars(lasting.order_by(Subscription.id.desc())).all()


@query(roles=SUBSCRIBERS)
def on_offer(ctx: Context) -> Offer:
    """Whose events the actor may subscribe to, and which there are."""
    return Offer(list(owners(ctx.actor, ctx.tenant_id)), catalogue())


@query(roles=SUBSCRIBERS)
def subscription(ctx: Context, subscription_id: UUID) -> Subscription:
    """One subscription of whomever the actor speaks for. To anyone else it does not exist."""
    found = ctx.get(Subscription, subscription_id)
    if found.owner_id not in owners(ctx.actor, ctx.tenant_id).values() or found.state == SubscriptionState.ENDED:
        raise NotFound
    return found


@query(roles=SUBSCRIBERS)
def deliveries(ctx: Context, subscription_id: UUID) -> Sequence[Delivery]:
    """The last hundred deliveries to one subscription, newest first."""
    its = select(Delivery).where(Delivery.subscription_id == subscription(ctx, subscription_id).id)
    return ctx.db.scalars(its.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(SHOWN)).all()


@query(roles=SUBSCRIBERS)
def delivery(ctx: Context, delivery_id: UUID) -> Delivery:
    """One delivery to a subscription of whomever the actor speaks for."""
    found = ctx.get(Delivery, delivery_id)
    subscription(ctx, found.subscription_id)
    return found


@query(roles=SUBSCRIBERS)
def attempts(ctx: Context, delivery_id: UUID) -> Sequence[Attempt]:
    """Every attempt of a delivery, newest first, with how the receiver answered."""
    its = select(Attempt).where(Attempt.delivery_id == delivery(ctx, delivery_id).id)
    return ctx.db.scalars(its.order_by(Attempt.started_at.desc(), Attempt.id.desc())).all()


@query(roles={Role.SYSTEM})
def deliveries_of(ctx: Context, event_ids: Sequence[UUID]) -> Sequence[tuple[Delivery, list[Attempt]]]:
    """How these events were told, each delivery with its attempts, for whoever looks after the installation."""
    told = ctx.db.scalars(select(Delivery).where(Delivery.event_id.in_(event_ids)).order_by(Delivery.id)).all()
    tried = ctx.db.scalars(select(Attempt).where(Attempt.delivery_id.in_([one.id for one in told]))).all()
    return [(one, [attempt for attempt in tried if attempt.delivery_id == one.id]) for one in told]


@query(roles={Role.SYSTEM})
def waiting(ctx: Context) -> int:
    """How many deliveries are due and were not attempted yet, or not taken well."""
    due = select(func.count()).where(Delivery.state == DeliveryState.WAITING, Delivery.due_at <= ctx.now)
    return ctx.db.scalars(due).one()


@query(roles={Role.SYSTEM})
def listeners(ctx: Context) -> list[Listener]:
    """Every active subscription, as far as it matters for who hears what."""
    table = Subscription
    columns = (table.id, table.owner_id, table.topics, table.created_at)
    rows = ctx.db.execute(select(*columns).where(table.state == SubscriptionState.ACTIVE))
    return [Listener(*row) for row in rows]


@query(roles={Role.SYSTEM})
def due(ctx: Context, *, most: int) -> list[Due]:
    """Deliveries that are due for an attempt, those that wait longest first."""
    rows = ctx.rows(DUE, {"now": ctx.now, "at_once": AT_ONCE, "most": most})
    return [Due(row["id"], bytes(row["destination_digest"]), row["at_once"]) for row in rows]


@query(roles={Role.SYSTEM})
def made_by(ctx: Context, person_id: UUID) -> Sequence[Subscription]:
    """The active subscriptions that somebody made, for whomever."""
    active = Subscription.state == SubscriptionState.ACTIVE
    return ctx.db.scalars(select(Subscription).where(Subscription.made_by == person_id, active)).all()


@query(roles={Role.SYSTEM})
def is_anything_old(ctx: Context) -> bool:
    """Whether the log of deliveries reaches back longer than it is kept."""
    return bool(ctx.db.scalar(select(exists().where(Delivery.created_at < ctx.now - KEPT_FOR))))
