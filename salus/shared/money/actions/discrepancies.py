"""Comparing our books with the gateway's, and with themselves."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.money import gateways
from salus.shared.money.models import Discrepancy, DiscrepancyKind, Payment
from salus.shared.money.queries.ledger import drifted_accounts
from salus.shared.money.rules import AlreadyDecided, is_for_another_tenant, referenced


@action(roles=WITHIN)
def note_discrepancy(
    ctx: Context, kind: DiscrepancyKind, about: str, *, expected: Money, found: int, payment_id: UUID | None = None
) -> None:
    """Keep a difference for an administrator; one that is known already is kept once. `found` is in minor units."""
    ctx.tell(kind=kind, about=about, expected=expected.amount, found=found)
    new = insert(Discrepancy).values(
        id=new_id(),
        kind=kind,
        about=about,
        payment_id=payment_id,
        expected=expected.amount,
        found=found,
        currency=expected.currency,
    )
    ctx.db.execute(new.on_conflict_do_nothing(index_elements=["tenant_id", "kind", "about"]))


@action(roles={Role.ADMINISTRATOR})
def resolve_discrepancy(ctx: Context, discrepancy: Discrepancy, *, because: str) -> Discrepancy:
    """Say how a difference was cleared up, outside Salus or by a refund."""
    discrepancy = ctx.lock(discrepancy)
    if discrepancy.resolved_by is not None:
        raise AlreadyDecided
    discrepancy.resolved_by, discrepancy.resolution = ctx.actor.person_id, because
    return discrepancy


@action(roles={Role.SYSTEM})
def compare_with_gateway(ctx: Context, settled: Sequence[Payment], theirs: Sequence[gateways.Payment]) -> None:
    """Note what we hold settled and the gateway does not, what it took and we do not know, and amounts that differ.

    `settled` was read before the gateway was asked, so that what is settled meanwhile does not look missing.
    """
    taken = {payment.id: payment for payment in theirs if payment.status is gateways.PaymentStatus.SUCCEEDED}
    for payment in settled:
        if payment.gateway_id not in taken:
            kind = DiscrepancyKind.MISSING_AT_GATEWAY
            note_discrepancy(ctx, kind, str(payment.id), expected=payment.price, found=0, payment_id=payment.id)
    for told in taken.values():
        payment_id = referenced(told.reference, ctx.tenant_id)
        ours = payment_id and ctx.db.get(Payment, payment_id)
        if ours and ours.gateway_id in {told.id, None}:
            note_wrong_amount(ctx, ours, told)
        elif not is_for_another_tenant(told.reference, ctx.tenant_id):
            nothing = Money(0, told.price.currency)
            note_discrepancy(ctx, DiscrepancyKind.UNKNOWN_HERE, told.id, expected=nothing, found=told.price.amount)


@action(roles=WITHIN)
def note_wrong_amount(ctx: Context, payment: Payment, told: gateways.Payment) -> bool:
    """Whether the gateway took another amount than was agreed, which is then noted."""
    if told.price == payment.price:
        return False
    kind = DiscrepancyKind.WRONG_AMOUNT
    note_discrepancy(ctx, kind, str(payment.id), expected=payment.price, found=told.price.amount, payment_id=payment.id)
    return True


@action(roles={Role.SYSTEM})
def check_balances(ctx: Context) -> None:
    """Note every account whose balance is not the sum of its entries."""
    for drift in drifted_accounts(ctx):
        kind = DiscrepancyKind.BALANCE_DRIFTED
        expected = Money(drift.entries, drift.currency)
        note_discrepancy(ctx, kind, str(drift.account_id), expected=expected, found=drift.balance)
