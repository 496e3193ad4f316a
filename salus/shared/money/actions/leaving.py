"""What the books keep of somebody who was erased: amounts under their id."""

from uuid import UUID

from sqlalchemy import update

from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.money.models import Payment, Payout


@action(roles=WITHIN, told="took your name and your bank account out of the books")
def forget_payee(ctx: Context, person_id: UUID) -> None:
    """Leave amounts, dates and numbers of invoices, and nothing that says who was paid or into which account."""
    paid, sent = (
        update(Payment).where(Payment.payee_id == person_id),
        update(Payout).where(Payout.payee_id == person_id),
    )
    ctx.db.execute(paid.values(payee_name_sealed=None))
    ctx.db.execute(sent.values(destination_sealed=None))
    ctx.tell(person_id=person_id)
