"""Issuing invoices, numbered without gaps."""

from typing import NamedTuple

from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.shared.money.models import Invoice, InvoiceKind, NumberSeries, Payment, Refund
from salus.shared.money.queries.invoices import invoice_about

LETTERS = {
    InvoiceKind.SALE: "S",
    InvoiceKind.COMMISSION: "C",
    InvoiceKind.CREDIT_NOTE: "SR",
    InvoiceKind.COMMISSION_CREDIT: "CR",
}
TO_THE_SELLER = {InvoiceKind.COMMISSION, InvoiceKind.COMMISSION_CREDIT}


class Bill(NamedTuple):
    """What an invoice asks for, in minor units; the tax is contained in the amount."""

    amount: int
    tax: int


@action(roles={Role.SYSTEM})
def issue_invoice(ctx: Context, kind: InvoiceKind, payment: Payment, refund: Refund | None = None) -> Invoice | None:
    """Issue an invoice about a payment, or a credit note about a refund of it, once; none where nothing is charged.

    The number is taken by the transaction that keeps the invoice, and the next must wait for it: no number is lost.
    """
    payment = ctx.lock(payment)
    earlier = invoice_about(ctx, kind, payment, refund)
    bill = _bill(kind, refund or payment)
    if earlier is not None or not bill.amount:
        return earlier
    series = f"{LETTERS[kind]}-{ctx.now.year}"
    is_sellers = kind in TO_THE_SELLER
    invoice = Invoice(
        kind=kind,
        series=series,
        sequence=_next_number(ctx, series),
        payment_id=payment.id,
        refund_id=refund.id if refund else None,
        organisation_id=None if is_sellers else payment.payer_organisation_id,
        person_id=payment.payee_id if is_sellers else None,
        amount=bill.amount,
        tax=bill.tax,
        currency=payment.currency,
        issued_on=ctx.now.date(),
    )
    ctx.db.add(invoice)
    ctx.tell(concerns=[invoice.organisation_id, invoice.person_id], number=invoice.number)
    return invoice


def _bill(kind: InvoiceKind, row: Payment | Refund) -> Bill:
    if kind in TO_THE_SELLER:
        return Bill(row.commission + row.commission_tax, row.commission_tax)
    return Bill(row.amount, row.sale_tax)


def _next_number(ctx: Context, series: str) -> int:
    first = insert(NumberSeries).values(id=new_id(), series=series, last=1)
    taken = ctx.db.execute(
        first.on_conflict_do_update(
            index_elements=["tenant_id", "series"], set_={"last": NumberSeries.last + 1}
        ).returning(NumberSeries.last)
    )
    return taken.scalar_one()
