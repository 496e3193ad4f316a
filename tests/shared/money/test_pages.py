"""Every page about money can be shown, in every state there is to show."""

from collections.abc import Callable
from typing import Any

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.shared.money import actions, pages, queries
from salus.shared.money.models import InvoiceKind, RefundReason
from salus.shared.money.schemas import PaymentRead
from salus.web import render
from salus.web.doors import Page
from salus.worker import settle_everything
from tests.shared.money.till import IBAN, Till, as_told

FRAME: dict[str, Any] = {
    "viewer": None,
    "unread": 0,
    "navigation": [],
    "account_tabs": [],
    "tenant_name": "Testland",
    "csrf_token": "token",
    "correlation_id": "c1",
    "said": "",
    "path": "/",
    "form": render.Form(),
}


def show(till: Till, actor: Actor, door: Callable[..., Page], *arguments: Any) -> str:
    with Context(actor, till.tenant) as ctx:
        page = door(ctx, *arguments)
        return render.html(page.template, **FRAME, **page.values)


def test_a_seller_without_a_sale_is_told_what_will_stand_there(till: Till, sal: Actor) -> None:
    assert "Nothing earned yet" in show(till, sal, pages.earnings)
    assert "No invoices yet" in show(till, sal, pages.invoices)


def test_a_seller_sees_every_cent_and_where_it_is(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    first = till.settled(bea, sal)
    till.settled(bea, sal)
    with Context(ada, till.tenant) as ctx:
        actions.refund(ctx, first, because=RefundReason.GOODWILL, amount=Money(1_000, "EUR"))
    with Context(sal, till.tenant) as ctx:
        actions.set_payout_account(ctx, holder="Sal Seller", account=IBAN)
        actions.request_payout(ctx, Money(5_000, "EUR"))
    shown = show(till, sal, pages.earnings)

    for words in ("€80.30", "€50.00", "Given back to the buyer", "Payout requested", "DE•• •••• 3000", "Resting heart"):
        assert words in shown
    assert "0532" not in shown
    with Context(sal, till.tenant) as ctx:
        (money,) = queries.earnings(ctx)
        (month,) = queries.earnings_by_month(ctx)
        lines = queries.statement(ctx)
    assert (money.available.amount, money.under_way.amount, money.total.amount) == (8_030, 5_000, 13_030)
    assert (month.earned.amount, sum(line.amount.amount for line in lines)) == (13_030, 8_030)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "still reaching the payment service"),
        ("pending", "Ready to be paid"),
        ("succeeded", "The invoice is among your invoices"),
        ("failed", "you owe nothing"),
        ("cancelled", "you owe nothing"),
    ],
)
def test_a_buyer_is_told_how_it_stands(till: Till, bea: Actor, sal: Actor, status: str | None, words: str) -> None:
    payment = till.intended(bea, sal)
    if status:
        with Context(SYSTEM, till.tenant) as ctx:
            actions.learn(ctx, payment, as_told(payment, status, 1))
    shown = show(till, bea, pages.payment, payment.id)

    assert words in shown
    assert ("every 2s" in shown) == (status in {None, "pending"})
    assert "€68.58" not in shown
    assert "Resting heart rate" in show(till, bea, pages.payments)


def test_only_the_buyer_is_shown_where_to_pay(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    colleague = Actor(new_id(), bea.roles, organisation_id=bea.organisation_id)

    for actor in (bea, colleague):
        assert str(payment.checkout_url) in show(till, actor, pages.payment, payment.id)
    for actor in (ada, sal):
        assert str(payment.checkout_url) not in show(till, actor, pages.payment, payment.id)
        assert PaymentRead.seen_by(actor, payment).checkout_url is None
    assert PaymentRead.seen_by(colleague, payment).checkout_url == payment.checkout_url


def test_a_seller_sees_how_the_price_was_split(till: Till, bea: Actor, sal: Actor) -> None:
    shown = show(till, sal, pages.payment, till.settled(bea, sal).id)

    for part in ("€100.00", "€68.58", "€9.60", "€1.82", "€20.00"):
        assert part in shown


def test_an_administrator_sees_the_queue_the_rules_and_the_ledger(
    till: Till, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = till.settled(bea, sal)
    with Context(sal, till.tenant) as ctx:
        actions.set_payout_account(ctx, holder="Sal Seller", account=IBAN)
        payout = actions.request_payout(ctx, Money(5_000, "EUR"))

    assert "DE•• •••• 3000" in show(till, ada, pages.payouts)
    assert "Or reject it" in show(till, ada, pages.payout, payout.id)
    assert "Or reject it" not in show(till, sal, pages.payout, payout.id)
    assert "Give back" in show(till, ada, pages.payment, payment.id)
    rules = show(till, ada, pages.commission)
    assert "12 %" in rules
    assert "UStG § 12" in rules
    ledger = show(till, ada, pages.ledger)
    assert "EUR balances" in ledger
    assert "agree" in ledger


def test_a_difference_can_be_cleared_up_on_the_page(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    with Context(SYSTEM, till.tenant) as ctx:
        actions.learn(ctx, payment, as_told(payment, "succeeded", 99, price=Money(1, "EUR")))

    assert "Wrong amount" in show(till, ada, pages.ledger)
    assert "being checked" in show(till, bea, pages.payment, payment.id)


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_an_invoice_is_printed_from_what_was_frozen(
    till: Till, ada: Actor, bea: Actor, sal: Actor, kind: InvoiceKind
) -> None:
    payment = till.settled(bea, sal)
    with Context(ada, till.tenant) as ctx:
        actions.refund(ctx, payment, because=RefundReason.GOODWILL, amount=Money(5_000, "EUR"))
    settle_everything()
    (invoice,) = [one for one in till.invoices if one.kind is kind]
    addressee = sal if invoice.person_id else bea
    with Context(addressee, till.tenant) as ctx:
        printed = queries.invoice_document(ctx, invoice.id)

    sign = -1 if invoice.refund_id else 1
    assert (printed.total, printed.tax, printed.due) == (sign * invoice.amount, sign * invoice.tax, 0)
    assert printed.buyer.name == ("Sal Seller" if invoice.person_id else "Nordlys Cardiology Institute")
    with Context(addressee, till.tenant) as ctx:
        answer = pages.invoice_document(ctx, invoice.id)
    assert answer.body.startswith(b"%PDF")
    assert invoice.number in answer.headers["content-disposition"]


def test_a_stranger_cannot_print_an_invoice(till: Till, bea: Actor, sal: Actor) -> None:
    till.settled(bea, sal)
    stranger = Actor(new_id(), bea.roles, organisation_id=new_id())

    for invoice in till.invoices:
        with pytest.raises(NotFound), Context(stranger, till.tenant) as ctx:
            queries.invoice_document(ctx, invoice.id)
