"""Paying sellers out."""

from salus.formats.amounts import amount_text
from salus.kernel import records
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid
from salus.kernel.fields import Money
from salus.kernel.operations import WITHIN, action
from salus.shared.messages import actions as messages
from salus.shared.money import gateways
from salus.shared.money.actions.ledger import post, reverse
from salus.shared.money.gateways.configured import configured
from salus.shared.money.models import Payout, PayoutAccount, PayoutState, PostingKind
from salus.shared.money.queries.ledger import held
from salus.shared.money.queries.payouts import payout_account, payout_under_way
from salus.shared.money.rules import (
    GATEWAY,
    MINIMUM_PAYOUT,
    PAYOUTS,
    AlreadyDecided,
    Leg,
    NoPayoutAccount,
    NothingToPayOut,
    OwnPayout,
    PayoutTooSmall,
    PayoutUnderWay,
    iban,
    payable,
)
from salus.shared.people.sessions import administrators


@action(roles={Role.SELLER}, step_up=True)
def set_payout_account(ctx: Context, *, holder: str, account: str) -> PayoutAccount:
    """Keep the bank account the acting seller is paid to, in place of the one before. Raises InvalidIban."""
    plain = iban(account)
    if not holder.strip():
        raise Invalid("Please tell us who holds the account.", field="holder")
    kept = payout_account(ctx)
    if kept is None:
        kept = PayoutAccount(person_id=ctx.actor.person_id)
        ctx.db.add(kept)
    kept.holder, kept.iban = holder.strip(), plain
    return kept


@action(roles={Role.SELLER})
def request_payout(ctx: Context, amount: Money) -> Payout:
    """Set aside a part of the acting seller's balance to be paid out once an administrator approves.

    The balance is held first: of two clicks, the second finds a payout under way.
    """
    person_id = ctx.actor.person_id
    available = held(ctx, payable(person_id), amount.currency)
    if payout_under_way(ctx, person_id, amount.currency) is not None:
        raise PayoutUnderWay
    if amount.amount < MINIMUM_PAYOUT:
        raise PayoutTooSmall
    if amount.amount > available:
        raise NothingToPayOut
    account = payout_account(ctx)
    if account is None:
        raise NoPayoutAccount
    payout = Payout(
        payee_id=person_id,
        amount=amount.amount,
        currency=amount.currency,
        destination=account.iban,
        state=PayoutState.REQUESTED,
        gateway=configured().name,
    )
    ctx.db.add(payout)
    legs = [Leg(payable(person_id), PAYOUTS, amount.amount)]
    post(ctx, f"payout:{payout.id}", PostingKind.PAYOUT, legs, currency=amount.currency, subject_id=payout.id)
    ctx.tell(amount=amount.amount, currency=amount.currency)
    return payout


@action(roles={Role.SYSTEM})
def announce_payout(ctx: Context, payout: Payout) -> Payout:
    """Tell the administrators that a payout waits for them."""
    amount = amount_text(payout.amount, payout.currency)
    for administrator_id in administrators(ctx):
        messages.notify(ctx, administrator_id, "money/payout-waiting", link=f"/payouts/{payout.id}", amount=amount)
    return payout


@action(roles={Role.ADMINISTRATOR})
def approve_payout(ctx: Context, payout: Payout) -> Payout:
    """Let a payout go; the gateway hears of it after the commit."""
    payout = ctx.lock(payout)
    _refuse_own(ctx, payout)
    if payout.state is not PayoutState.REQUESTED:
        raise AlreadyDecided
    payout.state, payout.decided_by = PayoutState.APPROVED, ctx.actor.person_id
    ctx.tell(concerns=[payout.payee_id], amount=payout.amount, currency=payout.currency)
    return payout


@action(roles={Role.ADMINISTRATOR})
def reject_payout(ctx: Context, payout: Payout, *, because: str) -> Payout:
    """Put the money back on the seller's balance, and tell them why."""
    payout = ctx.lock(payout)
    _refuse_own(ctx, payout)
    if payout.state is not PayoutState.REQUESTED:
        raise AlreadyDecided
    payout.state, payout.decided_by, payout.rejected_because = PayoutState.REJECTED, ctx.actor.person_id, because
    reverse(ctx, f"payout:{payout.id}")
    _write_to_seller(ctx, payout, "money/payout-rejected")
    ctx.tell(concerns=[payout.payee_id], amount=payout.amount, currency=payout.currency)
    return payout


@action(roles={Role.SYSTEM})
def learn_payout(ctx: Context, payout: Payout, told: gateways.Payout) -> Payout:
    """Move a payout to the state that the gateway tells, unless a later one is known already."""
    payout = ctx.lock(payout)
    records.go_on_with(ctx, payout.id)
    if told.sequence <= payout.sequence or payout.state in {PayoutState.FAILED, PayoutState.REJECTED}:
        return payout
    payout.sequence, payout.gateway_id = told.sequence, told.id
    if told.status is gateways.PayoutStatus.PAID and payout.state is not PayoutState.PAID:
        settle_payout(ctx, payout)
    elif told.status is gateways.PayoutStatus.FAILED:
        fail_payout(ctx, payout, reason=told.failure or "failed")
    elif payout.state is PayoutState.APPROVED:
        payout.state = PayoutState.SENT
    return payout


@action(roles={Role.SYSTEM})
def abandon_payout(ctx: Context, payout: Payout, *, reason: str) -> Payout:
    """The gateway refused this payout. `reason` is its code."""
    payout = ctx.lock(payout)
    if payout.state is PayoutState.APPROVED:
        fail_payout(ctx, payout, reason=reason)
    return payout


@action(roles=WITHIN)
def settle_payout(ctx: Context, payout: Payout) -> Payout:
    """The money has arrived at the seller's bank."""
    payout.state, payout.paid_at = PayoutState.PAID, ctx.now
    legs = [Leg(PAYOUTS, GATEWAY, payout.amount)]
    post(ctx, f"payout-sent:{payout.id}", PostingKind.PAYOUT_SENT, legs, currency=payout.currency, subject_id=payout.id)
    _write_to_seller(ctx, payout, "money/payout-arrived")
    ctx.tell(concerns=[payout.payee_id], amount=payout.amount, currency=payout.currency)
    return payout


@action(roles=WITHIN)
def fail_payout(ctx: Context, payout: Payout, *, reason: str) -> Payout:
    """The bank did not take the money, or sent it back: it is on the seller's balance again."""
    if payout.state is PayoutState.PAID:
        reverse(ctx, f"payout-sent:{payout.id}")
    reverse(ctx, f"payout:{payout.id}")
    payout.state, payout.failure = PayoutState.FAILED, reason
    _write_to_seller(ctx, payout, "money/payout-failed")
    ctx.tell(concerns=[payout.payee_id], reason=reason)
    return payout


def _write_to_seller(ctx: Context, payout: Payout, template: str) -> None:
    amount = amount_text(payout.amount, payout.currency)
    messages.notify(ctx, payout.payee_id, template, link=f"/payouts/{payout.id}", amount=amount)


def _refuse_own(ctx: Context, payout: Payout) -> None:
    if payout.payee_id == ctx.actor.id:
        raise OwnPayout
