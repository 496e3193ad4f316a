"""What follows in the background: the gateway is called, hanging payments are asked about, invoices are issued.

The gateway is never called while a transaction is open. What to ask is read in one, the answer is kept in another, and
the id that was stored first is the key of the call: whatever dies in between, the same call is made again and gives the
same answer.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.records import Record, after, every
from salus.kernel.settings import settings
from salus.kernel.tenants import tenants
from salus.shared.money import actions, gateways, queries
from salus.shared.money.gateways import GatewayRefused, GatewayUnavailable, PaymentOrder, PaymentStatus, PayoutOrder
from salus.shared.money.gateways.configured import configured
from salus.shared.money.models import (
    GatewayMessage,
    InvoiceKind,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Refund,
    RefundState,
)
from salus.shared.money.rules import reference

LAPSES_AFTER = timedelta(days=1)
"""How long a buyer may take on the gateway's page."""
COMPARED = timedelta(days=7)
"""How far back our books are compared with the gateway's, each hour."""


@after("money.intend", long=True)
def request_payment(ctx: Context, record: Record) -> None:
    """Ask the gateway to take a payment. GatewayUnavailable comes through, and the worker tries again."""
    with ctx.again() as now:
        payment = queries.payment_known_by(now, _subject(record))
    if payment is not None and payment.state is PaymentState.INTENDED:
        _request(ctx, payment)


@after("money.refund", long=True)
def send_refund(ctx: Context, record: Record) -> None:
    """Ask the gateway to give money back."""
    with ctx.again() as now:
        refund = queries.refund_known_by(now, _subject(record))
    if refund is not None and refund.state is RefundState.INTENDED:
        _give_back(ctx, refund)


@after("money.request_payout")
def announce_payout(ctx: Context, record: Record) -> None:
    """Somebody must decide on it."""
    payout = queries.payout_known_by(ctx, _subject(record))
    if payout is not None:
        actions.announce_payout(ctx, payout)


@after("money.approve_payout", long=True)
def send_payout(ctx: Context, record: Record) -> None:
    """Ask the gateway to pay a seller."""
    with ctx.again() as now:
        payout = queries.payout_known_by(now, _subject(record))
    if payout is not None and payout.state is PayoutState.APPROVED:
        _pay_out(ctx, payout)


@after("money.settle")
def bill(ctx: Context, record: Record) -> None:
    """Invoice the buyer, and tell the seller what the commission was."""
    payment = queries.payment_known_by(ctx, _subject(record))
    if payment is not None:
        actions.issue_invoice(ctx, InvoiceKind.SALE, payment)
        actions.issue_invoice(ctx, InvoiceKind.COMMISSION, payment)


@after("money.settle_refund")
def credit(ctx: Context, record: Record) -> None:
    """Credit the buyer what was given back, and the seller the commission on it."""
    refund = queries.refund_known_by(ctx, _subject(record))
    payment = refund and queries.payment_known_by(ctx, refund.payment_id)
    if refund and payment:
        actions.issue_invoice(ctx, InvoiceKind.CREDIT_NOTE, payment, refund)
        actions.issue_invoice(ctx, InvoiceKind.COMMISSION_CREDIT, payment, refund)


@every(seconds=60)
def recover(ctx: Context) -> None:
    """Finish what hangs, whatever it was that died: ask the gateway again, or again what became of it."""
    with ctx.again() as now:
        payments, refunds = queries.hanging_payments(now), queries.hanging_refunds(now)
        payouts, messages = queries.hanging_payouts(now), queries.waiting_messages(now)
    steps: list[Callable[[], None]] = [
        *(partial(_go_on_with, ctx, payment) for payment in payments),
        *(partial(_give_back, ctx, refund) for refund in refunds),
        *(partial(_pay_out, ctx, payout) for payout in payouts),
        *(partial(_ask_about, ctx, message) for message in messages),
    ]
    for step in steps:
        try:
            step()
        except GatewayUnavailable:
            return  # The next minute is soon enough.
        except Refusal:
            continue  # What cannot go on, as when its person was erased, must not hold up the others.


@every(seconds=3600)
def reconcile(ctx: Context) -> None:
    """Compare our books with the gateway's; what differs is shown to administrators."""
    with ctx.again() as now:
        since = now.now - COMPARED
        settled = queries.settled_since(now, since)
    try:
        theirs = list(configured().payments_since(since))
    except GatewayUnavailable:
        return
    with ctx.again() as now:
        actions.compare_with_gateway(now, settled, theirs)


@every(seconds=86_400)
def audit_balances(ctx: Context) -> None:
    """Add up all entries once a day: the guards of the database are good, but somebody might take them off."""
    with ctx.again() as now:
        actions.check_balances(now)


def _request(ctx: Context, payment: Payment) -> None:
    order = PaymentOrder(
        price=payment.price,
        reference=reference(ctx.tenant_id, payment.id),
        description=payment.description,
        # The operator's name and not the seller's: whose health data it is, a card statement must not tell.
        payee=next((tenant.name for tenant in tenants() if tenant.id == ctx.tenant_id), "Salus"),
        return_url=f"{settings().url}/payments/{payment.id}",
    )
    try:
        told = configured().create_payment(order, key=str(payment.id))
    except GatewayRefused as refused:
        with ctx.again() as now:
            actions.abandon(now, payment, reason=refused.reason)
        return
    with ctx.again() as now:
        actions.learn(now, payment, told)


def _go_on_with(ctx: Context, payment: Payment) -> None:
    if payment.gateway_id is None:
        _request(ctx, payment)
        return
    with suppress(GatewayRefused):  # It does not know the payment, or just now took it: the comparison will tell.
        told = configured().payment(payment.gateway_id)
        if told.status is PaymentStatus.PENDING and ctx.now - payment.created_at > LAPSES_AFTER:
            told = configured().cancel(payment.gateway_id)
        with ctx.again() as now:
            actions.learn(now, payment, told)


def _give_back(ctx: Context, refund: Refund) -> None:
    with ctx.again() as now:
        payment = queries.payment_known_by(now, refund.payment_id)
    if payment is None or payment.gateway_id is None:
        return
    ours = reference(ctx.tenant_id, refund.id)
    try:
        told = configured().refund(payment.gateway_id, refund.price, reference=ours, key=str(refund.id))
    except GatewayRefused as refused:
        with ctx.again() as now:
            actions.abandon_refund(now, refund, reason=refused.reason)
        return
    with ctx.again() as now:
        actions.learn_refund(now, refund, told)


def _pay_out(ctx: Context, payout: Payout) -> None:
    """Ask for the payout; where it was asked for already, the same key gives its present state."""
    with ctx.again() as now:
        destination = queries.destination_of(now, payout)
    order = PayoutOrder(payout.price, reference(ctx.tenant_id, payout.id), destination)
    try:
        told = configured().create_payout(order, key=str(payout.id))
    except GatewayRefused as refused:
        with ctx.again() as now:
            actions.abandon_payout(now, payout, reason=refused.reason)
        return
    with ctx.again() as now:
        actions.learn_payout(now, payout, told)


def _ask_about(ctx: Context, message: GatewayMessage) -> None:
    """An event was about something unknown. If it is known by now, it takes the state that it has by now."""
    ask: dict[str, Callable[[str], gateways.Payment | gateways.Payout]] = {
        "payment": configured().payment,
        "payout": configured().payout,
    }
    if message.about not in ask:
        return  # A refund of ours finds its own way: it is asked for again under its key.
    with suppress(GatewayRefused):
        told = ask[message.about](message.gateway_id)
        with ctx.again() as now:
            actions.hear_again(now, message, told)


def _subject(record: Record) -> UUID:
    if record.subject_id is None:
        raise ValueError(f"the record of {record.operation} names no subject")
    return record.subject_id
