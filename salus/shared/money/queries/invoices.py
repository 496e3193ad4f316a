"""Invoices, to whom they are addressed."""

from uuid import UUID

from sqlalchemy import or_, select

from salus.formats import invoice as paper
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.tenants import tenants
from salus.shared.money.models import Invoice, InvoiceKind, Payment, Refund

SIGNS = {
    InvoiceKind.SALE: 1,
    InvoiceKind.COMMISSION: 1,
    InvoiceKind.CREDIT_NOTE: -1,
    InvoiceKind.COMMISSION_CREDIT: -1,
}
NOTES = {
    InvoiceKind.SALE: "The price contains the tax.",
    InvoiceKind.COMMISSION: "Kept from your share of the sale; nothing is left to be paid.",
    InvoiceKind.CREDIT_NOTE: "A credit note: the amount was given back to you.",
    InvoiceKind.COMMISSION_CREDIT: "A credit note: the commission on what was given back to the buyer.",
}
NO_TAX = "No tax was due on this sale."


@query(roles={Role.BUYER, Role.SELLER})
def invoices(ctx: Context) -> list[Invoice]:
    """The invoices addressed to the acting person or their organisation, newest first."""
    addressed = Invoice.person_id == ctx.actor.person_id
    if ctx.actor.organisation_id is not None:
        addressed = or_(addressed, Invoice.organisation_id == ctx.actor.organisation_id)
    return list(ctx.db.scalars(select(Invoice).where(addressed).order_by(Invoice.id.desc()).limit(500)))


@query(roles={Role.BUYER, Role.SELLER, Role.ADMINISTRATOR})
def invoice(ctx: Context, invoice_id: UUID) -> Invoice:
    """One invoice, to whom it is addressed and to administrators."""
    found = ctx.get(Invoice, invoice_id)
    is_theirs = ctx.actor.id == found.person_id or (
        found.organisation_id is not None and ctx.actor.organisation_id == found.organisation_id
    )
    if not is_theirs and not ctx.actor.has(Role.ADMINISTRATOR):
        raise NotFound
    return found


@query(roles={Role.BUYER, Role.SELLER, Role.ADMINISTRATOR})
def invoice_document(ctx: Context, invoice_id: UUID) -> paper.Invoice:
    """One invoice as it is printed, from what was frozen at the sale."""
    found = invoice(ctx, invoice_id)
    payment = ctx.get(Payment, found.payment_id)
    operator = paper.Party(next((one.name for one in tenants() if one.id == ctx.tenant_id), "Salus"), ())
    is_sellers = found.person_id is not None
    return paper.Invoice(
        number=found.number,
        issued_on=found.issued_on,
        supplied_on=found.issued_on,
        seller=operator,
        buyer=paper.Party((payment.payee_name or "") if is_sellers else payment.payer_name, ()),
        currency=found.currency,
        lines=(_line(found, payment),),
        payment_reference=str(payment.id),
        paid=found.amount * SIGNS[found.kind],
        paid_on=found.issued_on,
        exemption=str(payment.terms.get(_tax_of(found) + "_reason") or NO_TAX),
        notes=(NOTES[found.kind],),
    )


@query(roles=WITHIN)
def invoice_about(ctx: Context, kind: InvoiceKind, payment: Payment, refund: Refund | None) -> Invoice | None:
    """The invoice of this kind that was issued already."""
    return ctx.db.scalars(
        select(Invoice).where(
            Invoice.kind == kind,
            Invoice.payment_id == payment.id,
            Invoice.refund_id == (refund.id if refund else None),
        )
    ).one_or_none()


def _line(invoice: Invoice, payment: Payment) -> paper.Line:
    sign = SIGNS[invoice.kind]
    words = payment.description if invoice.person_id is None else f"Commission on: {payment.description}"
    net = sign * (invoice.amount - invoice.tax)
    return paper.Line(words, 1, net, _rate(payment, _tax_of(invoice)), sign * invoice.tax)


def _tax_of(invoice: Invoice) -> str:
    """Which of the two taxes it bears, as the frozen terms call it."""
    return "sale_tax" if invoice.person_id is None else "commission_tax"


def _rate(payment: Payment, tax: str) -> int:
    rate = payment.terms[tax]
    if not isinstance(rate, int):
        raise TypeError(f"the frozen terms of {payment.id} hold no rate of {tax}")
    return rate
