"""Giving money back to buyers."""

from salus.formats.amounts import amount_text
from salus.kernel import records
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.kernel.operations import WITHIN, action
from salus.shared.messages import actions as messages
from salus.shared.money import gateways
from salus.shared.money.actions.ledger import post, reverse
from salus.shared.money.models import Payment, PaymentState, PostingKind, Refund, RefundReason, RefundState
from salus.shared.money.queries.ledger import held
from salus.shared.money.queries.payments import left_of
from salus.shared.money.rules import (
    GATEWAY,
    LOSSES,
    REFUNDS,
    Leg,
    NotRefundable,
    both_sides,
    part_of,
    payable,
    return_legs,
)


@action(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def refund(ctx: Context, payment: Payment, *, because: RefundReason, amount: Money | None = None) -> Refund:
    """Give back a settled payment, or a part of it, out of the parts it was split into.

    The money leaves the balances at once, so that it cannot be paid out meanwhile; the gateway hears of it after the
    commit. Raises NotRefundable for more than is left.
    """
    payment = ctx.lock(payment)
    left = left_of(ctx, payment)
    price = amount or Money(left.total, payment.currency)
    if payment.state is not PaymentState.SETTLED or price.currency != payment.currency:
        raise NotRefundable
    parts = part_of(price.amount, left)
    covered = held(ctx, payable(payment.payee_id), payment.currency)
    made = Refund(
        payment_id=payment.id,
        amount=price.amount,
        currency=price.currency,
        seller_share=parts.seller_share,
        commission=parts.commission,
        commission_tax=parts.commission_tax,
        sale_tax=parts.sale_tax,
        reason=because,
        asked_by=ctx.actor.id,
        state=RefundState.INTENDED,
    )
    ctx.db.add(made)
    legs = return_legs(payment.payee_id, parts, covered=covered, to=REFUNDS)
    post(ctx, f"refund:{made.id}", PostingKind.REFUND, legs, currency=made.currency, subject_id=made.id)
    if price.amount == left.total:
        payment.state = PaymentState.REFUNDED
    ctx.tell(concerns=both_sides(payment), amount=made.amount, currency=made.currency)
    return made


@action(roles={Role.SYSTEM})
def learn_refund(ctx: Context, refund: Refund, told: gateways.Refund) -> Refund:
    """Take in what the gateway tells of a refund. Once it is sent or failed, nothing more is learnt of it."""
    refund = ctx.lock(refund)
    records.go_on_with(ctx, refund.id)
    if refund.state is not RefundState.INTENDED:
        return refund
    refund.gateway_id = told.id
    if told.status is gateways.RefundStatus.SUCCEEDED:
        settle_refund(ctx, refund)
    elif told.status is gateways.RefundStatus.FAILED:
        fail_refund(ctx, refund, reason="failed")
    return refund


@action(roles={Role.SYSTEM})
def abandon_refund(ctx: Context, refund: Refund, *, reason: str) -> Refund:
    """The gateway refused this refund. `reason` is its code."""
    refund = ctx.lock(refund)
    if refund.state is RefundState.INTENDED:
        fail_refund(ctx, refund, reason=reason)
    return refund


@action(roles=WITHIN)
def settle_refund(ctx: Context, refund: Refund) -> Refund:
    """The money has left the gateway."""
    refund.state = RefundState.SENT
    legs = [Leg(REFUNDS, GATEWAY, refund.amount)]
    post(ctx, f"refund-sent:{refund.id}", PostingKind.REFUND_SENT, legs, currency=refund.currency, subject_id=refund.id)
    payment = ctx.get(Payment, refund.payment_id)
    amount = amount_text(refund.amount, refund.currency)
    messages.notify(ctx, payment.payer_id, "money/refunded", link=f"/payments/{payment.id}", amount=amount)
    messages.notify(ctx, payment.payee_id, "money/given-back", link="/earnings", amount=amount)
    ctx.tell(concerns=both_sides(payment), amount=refund.amount, currency=refund.currency)
    return refund


@action(roles=WITHIN)
def fail_refund(ctx: Context, refund: Refund, *, reason: str) -> Refund:
    """It was not given back after all: each has their part again."""
    payment = ctx.lock(ctx.get(Payment, refund.payment_id))
    refund.state, refund.failure = RefundState.FAILED, reason
    if payment.state in {PaymentState.SETTLED, PaymentState.REFUNDED}:
        reverse(ctx, f"refund:{refund.id}")
        payment.state = PaymentState.SETTLED
    else:
        # The bank took the whole price back meanwhile, and the loss booked then was too large by this refund.
        legs = [Leg(REFUNDS, LOSSES, refund.amount)]
        key = f"refund-kept:{refund.id}"
        post(ctx, key, PostingKind.REFUND_KEPT, legs, currency=refund.currency, subject_id=refund.id)
    ctx.tell(concerns=both_sides(payment), reason=reason)
    return refund
