"""A payment from the intention to the settlement."""

from sqlalchemy import update

from salus.kernel import records
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.kernel.operations import WITHIN, action
from salus.shared.money import gateways
from salus.shared.money.actions.discrepancies import note_discrepancy, note_wrong_amount
from salus.shared.money.actions.ledger import post
from salus.shared.money.gateways.configured import configured
from salus.shared.money.models import DiscrepancyKind, Payment, PaymentState, PostingKind
from salus.shared.money.queries.ledger import held
from salus.shared.money.queries.payments import left_of, live_payment
from salus.shared.money.queries.terms import terms
from salus.shared.money.rules import (
    GATEWAY,
    LOSSES,
    AlreadyPaying,
    AlreadySettled,
    Leg,
    PriceTooLow,
    Purchase,
    both_sides,
    parts_of,
    payable,
    return_legs,
    sale_legs,
    split,
)

WAITING = (PaymentState.INTENDED, PaymentState.REQUESTED)
SETTLED = (PaymentState.SETTLED, PaymentState.REFUNDED)
GIVEN_UP = (PaymentState.FAILED, PaymentState.CANCELLED)


@action(roles=WITHIN)
def intend(ctx: Context, purchase: Purchase) -> Payment:
    """Store what is to be paid, and how it will be split; the gateway hears of it after the commit.

    Raises AlreadyPaying if a payment for the same subject is under way or was made. Of two at the same instant, the
    database refuses one.
    """
    if purchase.price.amount <= 0:
        raise PriceTooLow
    if live_payment(ctx, purchase.subject_type, purchase.subject_id) is not None:
        raise AlreadyPaying
    agreed = terms(ctx, purchase)
    parts = split(purchase.price.amount, agreed)
    payment = Payment(
        subject_type=purchase.subject_type,
        subject_id=purchase.subject_id,
        description=purchase.description,
        payer_id=purchase.payer_id,
        payer_organisation_id=purchase.payer_organisation_id,
        payer_name=purchase.payer_name,
        payee_id=purchase.payee_id,
        payee_name=purchase.payee_name,
        amount=purchase.price.amount,
        currency=purchase.price.currency,
        seller_share=parts.seller_share,
        commission=parts.commission,
        commission_tax=parts.commission_tax,
        sale_tax=parts.sale_tax,
        terms=agreed.frozen(),
        state=PaymentState.INTENDED,
        gateway=configured().name,
    )
    ctx.db.add(payment)
    ctx.tell(concerns=both_sides(payment), amount=payment.amount, currency=payment.currency)
    return payment


@action(roles={Role.SYSTEM})
def learn(ctx: Context, payment: Payment, told: gateways.Payment) -> Payment:
    """Move a payment to the state that the gateway tells, unless a later one is known already."""
    payment = ctx.lock(payment)
    records.go_on_with(ctx, payment.id)
    if told.sequence <= payment.sequence:
        return payment
    if told.status is gateways.PaymentStatus.SUCCEEDED:
        _arrive(ctx, payment, told)
    elif told.status in {gateways.PaymentStatus.FAILED, gateways.PaymentStatus.CANCELLED}:
        if payment.state not in GIVEN_UP:
            fail(ctx, payment, reason=told.failure or told.status, state=PaymentState(told.status))
    elif payment.state is PaymentState.INTENDED:
        payment.state = PaymentState.REQUESTED
    payment.sequence, payment.gateway_id, payment.checkout_url = told.sequence, told.id, told.checkout_url
    return payment


@action(roles={Role.SYSTEM})
def abandon(ctx: Context, payment: Payment, *, reason: str) -> Payment:
    """The gateway refused to take this payment at all. `reason` is its code."""
    payment = ctx.lock(payment)
    if payment.state is PaymentState.INTENDED:
        fail(ctx, payment, reason=reason)
    return payment


@action(roles=WITHIN)
def settle(ctx: Context, payment: Payment) -> Payment:
    """Give each their part of a payment that arrived, exactly once."""
    moved = ctx.db.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.state == PaymentState.PAID)
        .values(state=PaymentState.SETTLED, settled_at=ctx.now)
        .returning(Payment.id)
    ).first()
    if moved is None:
        raise AlreadySettled
    post(
        ctx,
        f"sale:{payment.id}",
        PostingKind.SALE,
        sale_legs(payment.payee_id, parts_of(payment)),
        currency=payment.currency,
        subject_id=payment.id,
    )
    ctx.tell(concerns=both_sides(payment), amount=payment.amount, currency=payment.currency)
    return payment


@action(roles=WITHIN)
def fail(ctx: Context, payment: Payment, *, reason: str, state: PaymentState = PaymentState.FAILED) -> Payment:
    """The payment was not made, or the bank took it back after it had been settled: then everyone gives back.

    What was refunded before is lost, because the bank takes the whole price; and so is what the seller was already
    paid out.
    """
    if payment.state in SETTLED:
        left = left_of(ctx, payment)
        covered = held(ctx, payable(payment.payee_id), payment.currency)
        legs = return_legs(payment.payee_id, left, covered=covered, to=GATEWAY)
        legs.append(Leg(LOSSES, GATEWAY, payment.amount - left.total))
        post(ctx, f"return:{payment.id}", PostingKind.RETURN, legs, currency=payment.currency, subject_id=payment.id)
    payment.state, payment.failure = state, reason
    ctx.tell(concerns=both_sides(payment), reason=reason)
    return payment


def _arrive(ctx: Context, payment: Payment, told: gateways.Payment) -> None:
    if payment.state in GIVEN_UP:
        kind = DiscrepancyKind.PAID_TOO_LATE
        nothing = Money(0, payment.currency)
        note_discrepancy(ctx, kind, str(payment.id), expected=nothing, found=told.price.amount, payment_id=payment.id)
    elif payment.state in WAITING:
        payment.state, payment.paid_at = PaymentState.PAID, ctx.now
        if not note_wrong_amount(ctx, payment, told):
            settle(ctx, payment)
