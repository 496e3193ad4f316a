"""What a gateway tells us of its own accord."""

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.shared.money import gateways
from salus.shared.money.actions.payments import learn
from salus.shared.money.actions.payouts import learn_payout
from salus.shared.money.actions.refunds import learn_refund
from salus.shared.money.gateways.configured import configured
from salus.shared.money.models import GatewayMessage
from salus.shared.money.queries.payments import payment_known_by, refund_known_by
from salus.shared.money.queries.payouts import payout_known_by
from salus.shared.money.rules import is_for_another_tenant, referenced


@action(roles={Role.ANYONE})
def receive(ctx: Context, raw_body: bytes, headers: Mapping[str, str]) -> None:
    """Take in one event of the gateway, once however often it comes, and act on it.

    An event about something unknown is kept, and asked about later. Raises ForgedWebhook for one that the gateway has
    not signed; nothing is written then.
    """
    event = configured().parse_webhook(raw_body, headers)
    if is_for_another_tenant(event.subject.reference, ctx.tenant_id):
        raise NotFound
    # The signature has shown who speaks: not an anonymous visitor, but the gateway to Salus itself.
    ctx.become(SYSTEM)
    ctx.tell(event=event.id, type=event.type)
    new = insert(GatewayMessage).values(
        id=new_id(),
        gateway=configured().name,
        event_id=event.id,
        about=type(event.subject).__name__.lower(),
        gateway_id=event.subject.id,
        reference=event.subject.reference,
        sequence=event.sequence,
    )
    kept = ctx.db.execute(
        new.on_conflict_do_nothing(index_elements=["tenant_id", "gateway", "event_id"]).returning(GatewayMessage.id)
    ).scalar_one_or_none()
    if kept is not None and hear(ctx, event.subject):
        ctx.db.execute(update(GatewayMessage).where(GatewayMessage.id == kept).values(applied_at=ctx.now))


@action(roles={Role.SYSTEM})
def hear(ctx: Context, told: gateways.Payment | gateways.Refund | gateways.Payout) -> bool:
    """Learn the state of whatever the gateway speaks of. Whether it is known here."""
    row_id = referenced(told.reference, ctx.tenant_id)
    if row_id is None:
        return False
    if isinstance(told, gateways.Payment) and (payment := payment_known_by(ctx, row_id)):
        learn(ctx, payment, told)
    elif isinstance(told, gateways.Refund) and (refund := refund_known_by(ctx, row_id)):
        learn_refund(ctx, refund, told)
    elif isinstance(told, gateways.Payout) and (payout := payout_known_by(ctx, row_id)):
        learn_payout(ctx, payout, told)
    else:
        return False
    return True


@action(roles={Role.SYSTEM})
def hear_again(ctx: Context, message: GatewayMessage, told: gateways.Payment | gateways.Payout) -> GatewayMessage:
    """Try once more with an event that was about something unknown."""
    message = ctx.lock(message)
    if hear(ctx, told):
        message.applied_at = ctx.now
    return message
