"""Events on their way: owed, taken, attempted, and asked for again."""

from collections.abc import Sequence
from datetime import timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.errors import NotFound, Refusal
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.kernel.records import Record
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.messages.rules import home
from salus.shared.webhooks.actions.subscriptions import pause
from salus.shared.webhooks.gateways import Outcome, Parcel
from salus.shared.webhooks.models import Attempt, Delivery, DeliveryState, Pause, Subscription, SubscriptionState
from salus.shared.webhooks.queries import SUBSCRIBERS
from salus.shared.webhooks.rules.events import TEST, Event, OwedEvent, owners
from salus.shared.webhooks.rules.retrying import KEPT_FOR, is_hopeless, retry_after

LEASE = timedelta(seconds=60)
"""An attempt that was not noted by then was made by a process that died, and is made again."""

_dice = SystemRandom()


class NotActive(Refusal):
    message = "This webhook is paused. Please turn it on again first."


@action(roles=SUBSCRIBERS)
def send_test(ctx: Context, subscription: Subscription) -> Delivery:
    """Send one event of type `webhooks.test` that tells of nothing, to see how the receiver takes it."""
    _insist_on_active(ctx, subscription)
    made = Delivery(
        subscription_id=subscription.id, event_id=new_id(), operation=TEST, happened_at=ctx.now, due_at=ctx.now
    )
    ctx.db.add(made)
    return made


@action(roles=SUBSCRIBERS)
def redeliver(ctx: Context, delivery: Delivery) -> Delivery:
    """Send an event once more, whatever became of it before; with the same id, and as often as a new one."""
    _insist_on_active(ctx, ctx.get(Subscription, delivery.subscription_id))
    delivery = ctx.lock(delivery)
    delivery.state, delivery.ended_at, delivery.due_at, delivery.tries = DeliveryState.WAITING, None, ctx.now, 0
    return delivery


@action(roles={Role.SYSTEM})
def owe(ctx: Context, owed: Sequence[OwedEvent]) -> None:
    """Keep what is to be told to whom. Each subscription is owed an event once."""
    rows = [
        {
            "id": new_id(),
            "subscription_id": one.subscription_id,
            "event_id": one.event.id,
            "operation": one.event.operation,
            "happened_at": one.event.happened_at,
            "subject_type": one.event.subject_type,
            "subject_id": one.event.subject_id,
            "due_at": ctx.now,
        }
        for one in owed
    ]
    once = insert(Delivery).on_conflict_do_nothing(index_elements=["tenant_id", "subscription_id", "event_id"])
    if rows:
        ctx.db.execute(once, rows)
    ctx.tell(count=len(rows))


@action(roles={Role.SYSTEM})
def take(ctx: Context, delivery_ids: Sequence[UUID]) -> list[Parcel]:
    """Take what is due for an attempt, so that nobody else does for the length of a lease."""
    mine = (
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.WAITING, Delivery.due_at <= ctx.now)
        .values(due_at=ctx.now + LEASE)
        .returning(Delivery)
    )
    taken = ctx.db.scalars(mine, execution_options={"populate_existing": True}).all()
    ctx.tell(count=len(taken))
    return [_parcel(ctx, one) for one in taken]


@action(roles={Role.SYSTEM})
def note_attempt(ctx: Context, delivery_id: UUID, outcome: Outcome) -> Delivery:
    """Keep what came of an attempt, and decide what becomes of the delivery and of its subscription."""
    delivery = ctx.get(Delivery, delivery_id)
    subscription = ctx.lock(ctx.get(Subscription, delivery.subscription_id))
    delivery = ctx.lock(delivery)
    delivery.tries += 1
    attempt = Attempt(
        delivery_id=delivery.id,
        owner_id=subscription.owner_id,
        started_at=outcome.started_at,
        duration_ms=outcome.duration_ms,
        status=outcome.status,
        problem=outcome.problem,
    )
    attempt.answer = outcome.answer
    ctx.db.add(attempt)
    if outcome.is_success:
        delivery.state, delivery.ended_at, subscription.failing_since = DeliveryState.DELIVERED, ctx.now, None
    elif delivery.state == DeliveryState.WAITING:
        _fail(ctx, delivery, subscription, is_gone=outcome.is_gone)
    ctx.tell(subject=delivery, status=outcome.status, problem=outcome.problem)
    return delivery


@action(roles={Role.SYSTEM})
def forget(ctx: Context) -> None:
    """Remove deliveries that ended long ago or wait for nobody any more, and subscriptions that left nothing."""
    lasting = select(Subscription.id).where(Subscription.state != SubscriptionState.ENDED)
    is_over = Delivery.ended_at.is_not(None) | Delivery.subscription_id.not_in(lasting)
    old = select(Delivery.id).where(Delivery.created_at < ctx.now - KEPT_FOR, is_over)
    ctx.db.execute(delete(Attempt).where(Attempt.delivery_id.in_(old)))
    ctx.db.execute(delete(Delivery).where(Delivery.id.in_(old)))
    is_needed = exists().where(Delivery.subscription_id == Subscription.id)
    ctx.db.execute(delete(Subscription).where(Subscription.state == SubscriptionState.ENDED, ~is_needed))


def _fail(ctx: Context, delivery: Delivery, subscription: Subscription, *, is_gone: bool) -> None:
    subscription.failing_since = subscription.failing_since or ctx.now
    wait = None if is_gone else retry_after(delivery.tries, chance=_dice.random())
    if wait is None:
        delivery.state, delivery.ended_at = DeliveryState.GIVEN_UP, ctx.now
    else:
        delivery.due_at = ctx.now + wait
    if is_gone:
        pause(ctx, subscription, because=Pause.GONE)
    elif is_hopeless(subscription.failing_since, ctx.now):
        pause(ctx, subscription, because=Pause.FAILING)


def _parcel(ctx: Context, delivery: Delivery) -> Parcel:
    subscription = ctx.get(Subscription, delivery.subscription_id)
    event = Event(
        delivery.event_id, delivery.operation, delivery.happened_at, delivery.subject_type, delivery.subject_id
    )
    its = ctx.db.scalar(select(Record.correlation_id).where(Record.id == delivery.event_id))
    return Parcel(
        delivery_id=delivery.id,
        message_id=str(delivery.event_id),
        destination=subscription.destination_digest,
        correlation_id=its or ctx.correlation_id,
        url=subscription.url,
        body=event.body(_resources(), home(settings().url, tenant_named(ctx.tenant_id).hosts)),
        secrets=_secrets(ctx, subscription),
    )


def _secrets(ctx: Context, subscription: Subscription) -> tuple[str, ...]:
    is_former_good = subscription.former_ends_at is not None and subscription.former_ends_at > ctx.now
    return (subscription.secret, subscription.former_secret) if is_former_good else (subscription.secret,)


def _resources() -> dict[str, str]:
    tables = (mapper.class_ for mapper in Table.registry.mappers)
    return {table.__tablename__: table.resource for table in tables if table.resource is not None}


def _insist_on_active(ctx: Context, subscription: Subscription) -> None:
    if subscription.owner_id not in owners(ctx.actor, ctx.tenant_id).values():
        raise NotFound
    if subscription.state != SubscriptionState.ACTIVE:
        raise NotActive
