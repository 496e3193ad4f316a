"""Invoices, to whom they are addressed."""

from uuid import UUID

from sqlalchemy import or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.money.models import Invoice, InvoiceKind, Payment, Refund


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
