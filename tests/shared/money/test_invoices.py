"""Invoices are numbered without gaps, never change, and are shown to whom they are addressed."""

from typing import Any
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.shared.money import actions, queries
from salus.shared.money.models import Invoice, InvoiceKind, Payment
from tests.shared.money.till import Till, meddle, together


def issue(till: Till, payment: Payment, kind: InvoiceKind = InvoiceKind.SALE) -> Invoice | None:
    with Context(SYSTEM, till.tenant) as ctx:
        return actions.issue_invoice(ctx, kind, payment)


def test_eight_workers_number_invoices_without_gap_or_double(till: Till, bea: Actor, sal: Actor) -> None:
    payments = [till.intended(bea, sal) for _ in range(24)]

    def work(share: list[Payment]) -> None:
        for number, payment in enumerate(share):
            if number % 3 == 2:
                with pytest.raises(ZeroDivisionError), Context(SYSTEM, till.tenant) as ctx:
                    actions.issue_invoice(ctx, InvoiceKind.SALE, payment)
                    1 / 0  # noqa: B018  A worker dies with a number in its hand.
            issue(till, payment)

    together([lambda share=payments[i::8]: work(share) for i in range(8)])

    assert sorted(invoice.sequence for invoice in till.invoices) == list(range(1, 25))
    assert len({invoice.payment_id for invoice in till.invoices}) == 24


def test_an_invoice_is_issued_once(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.intended(bea, sal)
    together([lambda: issue(till, payment)] * 8)

    (only,) = till.invoices
    assert only.number == f"S-{only.issued_on.year}-000001"


def test_there_is_no_statement_of_no_commission(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    with Context(ada, till.tenant) as ctx:
        actions.set_commission(ctx, basis_points=0, position=1)

    assert issue(till, till.intended(bea, sal), InvoiceKind.COMMISSION) is None


def test_each_tenant_counts_for_itself(till: Till, other_tenant: UUID, bea: Actor, sal: Actor) -> None:
    issue(till, till.intended(bea, sal))
    till.tenant = other_tenant
    issue(till, till.intended(bea, sal))

    assert [invoice.sequence for invoice in till.invoices] == [1]


def test_an_invoice_cannot_be_changed_or_taken_back(till: Till, bea: Actor, sal: Actor) -> None:
    issue(till, till.intended(bea, sal))
    for statement in ("UPDATE invoices SET amount = 1 RETURNING id", "DELETE FROM invoices RETURNING id"):
        with pytest.raises(Exception, match="permission denied"), Context(SYSTEM, till.tenant) as ctx:
            meddle(ctx, statement)


def test_an_invoice_is_shown_to_whom_it_is_addressed(
    till: Till, other_tenant: UUID, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = till.intended(bea, sal)
    bill, statement = issue(till, payment), issue(till, payment, InvoiceKind.COMMISSION)
    assert bill is not None
    assert statement is not None

    assert [seen(till, actor, bill) for actor in (bea, sal, ada)] == [True, False, True]
    assert [seen(till, actor, statement) for actor in (bea, sal, ada)] == [False, True, True]
    stranger = Actor(new_id(), bea.roles, organisation_id=new_id())
    assert [listed(till, actor) for actor in (bea, sal, stranger)] == [[bill.id], [statement.id], []]
    till.tenant = other_tenant
    assert [seen(till, actor, bill) for actor in (bea, sal, ada)] == [False, False, False]


def seen(till: Till, actor: Actor, invoice: Invoice) -> bool:
    with Context(actor, till.tenant) as ctx:
        try:
            return queries.invoice(ctx, invoice.id).id == invoice.id
        except NotFound:
            return False


def listed(till: Till, actor: Actor) -> list[Any]:
    with Context(actor, till.tenant) as ctx:
        return [invoice.id for invoice in queries.invoices(ctx)]
