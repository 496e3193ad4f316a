"""Subscribing, and what becomes of a subscription."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select

from salus.kernel import addresses, following
from salus.kernel.actor import Role
from salus.kernel.addresses import AddressRefused
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, Refusal
from salus.kernel.keys import blind_index
from salus.kernel.operations import action
from salus.kernel.outbound import insist_on_reachable
from salus.shared.messages import actions as messages
from salus.shared.people import queries as people
from salus.shared.webhooks.models import Pause, Scope, Subscription, SubscriptionState
from salus.shared.webhooks.queries import SUBSCRIBERS
from salus.shared.webhooks.rules import signing
from salus.shared.webhooks.rules.events import NotYours, insist_on_topics, owners
from salus.shared.webhooks.rules.retrying import MOST_SUBSCRIPTIONS

READER = "webhooks"
"""The name under which webhooks follow the records."""


class TooManySubscriptions(Refusal):
    status = 409
    message = f"You have {MOST_SUBSCRIPTIONS} webhooks already. Please end one that you no longer need."


@dataclass(frozen=True)
class Issued:
    """A subscription with its secret, shown this once."""

    subscription: Subscription
    secret: str = field(repr=False)


@action(roles=SUBSCRIBERS, step_up=True)
def subscribe(ctx: Context, url: str, topics: Sequence[str], *, scope: Scope | None = None) -> Issued:
    """Tell this address of every event from now on that the topics cover: of the actor, their organisation or all.

    Without `scope`, whoever the actor speaks for first. The address is looked up before anything is written, for at
    most two seconds. Raises AddressRefused, UnknownTopic, NotYours or TooManySubscriptions.
    """
    mine = owners(ctx.actor, ctx.tenant_id)
    chosen = scope or next(iter(mine), None)
    if chosen is None or chosen not in mine:
        raise NotYours
    wanted, address = insist_on_topics(topics), _reachable(url)
    _insist_on_room(ctx, mine[chosen])
    if not _is_anyone_subscribed(ctx):
        # Nobody has read since, and what was done meanwhile is nobody's to hear of.
        following.begin(ctx, READER)
    secret = signing.new_secret()
    made = Subscription(
        scope=chosen,
        owner_id=mine[chosen],
        made_by=ctx.actor.person_id,
        topics=wanted,
        destination_digest=blind_index(addresses.read(address).host),
    )
    made.url, made.secret = address, secret
    ctx.db.add(made)
    ctx.tell(subject=made, scope=str(chosen), topics=wanted)
    return Issued(made, secret)


@action(roles=SUBSCRIBERS, step_up=True)
def rotate_secret(ctx: Context, subscription: Subscription) -> Issued:
    """Sign with a new secret from now on; the one before signs beside it for a day, and one before that no more."""
    subscription = _held(ctx, subscription)
    subscription.former_secret, subscription.former_ends_at = subscription.secret, ctx.now + signing.OVERLAP
    secret = subscription.secret = signing.new_secret()
    return Issued(subscription, secret)


@action(roles=SUBSCRIBERS)
def resume(ctx: Context, subscription: Subscription) -> Subscription:
    """Go on with a paused subscription: with what still waits for it, and what happens from now on."""
    subscription = _held(ctx, subscription)
    if not _is_anyone_subscribed(ctx):
        following.begin(ctx, READER)
    subscription.state, subscription.paused_because, subscription.failing_since = SubscriptionState.ACTIVE, None, None
    return subscription


@action(roles=SUBSCRIBERS)
def end(ctx: Context, subscription: Subscription) -> Subscription:
    """Tell this address nothing more, for good."""
    subscription = _held(ctx, subscription)
    subscription.state, subscription.paused_because = SubscriptionState.ENDED, None
    return subscription


@action(roles={Role.SYSTEM})
def pause(ctx: Context, subscription: Subscription, *, because: Pause) -> Subscription:
    """Tell this address nothing more until its owner says so, and write to whoever made the subscription."""
    subscription = ctx.lock(subscription)
    if subscription.state == SubscriptionState.ACTIVE:
        subscription.state, subscription.paused_because = SubscriptionState.PAUSED, because
        # Whoever is locked out or was erased cannot be told; the others see it on the page.
        if people.standing(ctx, subscription.made_by) is not None:
            link = f"/account/webhooks/{subscription.id}"
            messages.notify(ctx, subscription.made_by, "webhooks/paused", link=link, because=str(because))
    ctx.tell(subject=subscription, because=str(because))
    return subscription


def _held(ctx: Context, subscription: Subscription) -> Subscription:
    if subscription.owner_id not in owners(ctx.actor, ctx.tenant_id).values():
        raise NotFound
    locked = ctx.lock(subscription)
    if locked.state == SubscriptionState.ENDED:
        raise NotFound
    return locked


def _reachable(url: str) -> str:
    try:
        return insist_on_reachable(url)
    except AddressRefused as refused:
        raise AddressRefused(refused.message, field="url") from refused


def _insist_on_room(ctx: Context, owner_id: object) -> None:
    its = select(func.count()).where(Subscription.owner_id == owner_id, Subscription.state != SubscriptionState.ENDED)
    if (ctx.db.scalar(its) or 0) >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions


def _is_anyone_subscribed(ctx: Context) -> bool:
    return bool(ctx.db.scalar(select(exists().where(Subscription.state == SubscriptionState.ACTIVE))))
