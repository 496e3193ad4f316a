"""Whatever happens, in whatever order, no money is made and none is lost."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.shared.money import actions, queries
from salus.shared.money import gateways as told
from salus.shared.money.models import (
    Payment,
    Payout,
    PayoutState,
    Posting,
    PostingKind,
    Refund,
    RefundReason,
    RefundState,
)
from salus.shared.money.rules import Purchase, payable, reference
from tests.shared.money.till import IBAN, as_told, balances, buy, everything

EXAMPLES = 30
NOW = datetime.now(UTC)


class Gateway:
    """What a gateway would do and tell, without the wire: every event may be heard late, twice and out of order."""

    def __init__(self) -> None:
        self.sequence = 0
        self.status: dict[UUID, str] = {}
        self.refunded: dict[UUID, int] = {}
        self.balance = 0
        self.events: list[tuple[Any, Any]] = []

    def next(self) -> int:
        self.sequence += 1
        return self.sequence

    def take(self, payment: Payment) -> None:
        if self.status.get(payment.id) is None:
            self.status[payment.id] = "succeeded"
            self.balance += payment.amount
            self.events.append((payment, as_told(payment, "succeeded", self.next())))

    def decline(self, payment: Payment) -> None:
        if self.status.get(payment.id) is None:
            self._fail(payment)

    def take_back(self, payment: Payment) -> None:
        if self.status.get(payment.id) == "succeeded":
            self.balance -= payment.amount
            self._fail(payment)

    def _fail(self, payment: Payment) -> None:
        self.status[payment.id] = "failed"
        self.events.append((payment, as_told(payment, "failed", self.next())))

    def give_back(self, refund: Refund, payment: Payment) -> told.Refund | None:
        """The refund, or None where the gateway refuses it."""
        already = self.refunded.get(payment.id, 0)
        if self.status.get(payment.id) != "succeeded" or already + refund.amount > payment.amount:
            return None
        self.refunded[payment.id] = already + refund.amount
        self.balance -= refund.amount
        made = told.RefundStatus.SUCCEEDED
        return told.Refund(f"ref_{refund.id}", "", "", refund.price, made, NOW, self.next())

    def pay_out(self, payout: Payout) -> bool:
        """Whether the balance covers it."""
        if self.balance < payout.amount:
            return False
        self.balance -= payout.amount
        self._tell_payout(payout, told.PayoutStatus.PAID)
        return True

    def return_payout(self, payout: Payout) -> None:
        self.balance += payout.amount
        self._tell_payout(payout, told.PayoutStatus.FAILED)

    def _tell_payout(self, payout: Payout, status: told.PayoutStatus) -> None:
        ours = reference(payout.tenant_id, payout.id)
        state = told.Payout(f"out_{payout.id}", ours, payout.price, IBAN, status, None, NOW, self.next())
        self.events.append((payout, state))


class Marketplace(RuleBasedStateMachine):
    """Two sellers and a buyer, an administrator who grants what is asked, and banks that change their mind."""

    found_tenant: Callable[[str], UUID]
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.tenant = self.found_tenant("Market")
        self.gateway = Gateway()
        self.sellers = [Actor(new_id(), frozenset({Role.SELLER}), factor_at=datetime.now(UTC)) for _ in range(2)]
        self.buyer = Actor(new_id(), frozenset({Role.BUYER}), organisation_id=new_id())
        self.ada = Actor(new_id(), frozenset({Role.ADMINISTRATOR}))
        self.refunds: list[Refund] = []
        self.payouts: list[Payout] = []
        with Context(self.ada, self.tenant) as ctx:
            actions.set_commission(ctx, basis_points=1_234, minimum=30, currency="EUR")
        for seller in self.sellers:
            with Context(seller, self.tenant) as ctx:
                actions.set_payout_account(ctx, holder="Sal", account=IBAN)

    @rule(target=payments, price=st.integers(1, 50_000), which=st.integers(0, 1), is_settled=st.booleans())
    def buy(self, price: int, which: int, is_settled: bool) -> Payment:
        seller = self.sellers[which].person_id
        who = (self.buyer.person_id, self.buyer.organisation_id or new_id(), "Nordlys", seller, "Sal")
        with Context(self.buyer, self.tenant) as ctx:
            payment = buy(ctx, Purchase("orders", new_id(), "Steps", Money(price, "EUR"), *who))
        if is_settled:
            self.gateway.take(payment)
            self._hear(*self.gateway.events[-1])
        return payment

    @rule(payment=payments, card_is_good=st.booleans())
    def pay(self, payment: Payment, card_is_good: bool) -> None:
        (self.gateway.take if card_is_good else self.gateway.decline)(payment)

    @rule(payment=payments)
    def take_back(self, payment: Payment) -> None:
        self.gateway.take_back(payment)

    @rule(which=st.integers(0, 10**6))
    def hear(self, which: int) -> None:
        if self.gateway.events:
            self._hear(*self.gateway.events[which % len(self.gateway.events)])

    @rule(payment=payments, share=st.integers(1, 4), is_sent=st.booleans())
    def refund(self, payment: Payment, share: int, is_sent: bool) -> None:
        amount = Money(max(1, payment.amount // share), "EUR")
        with suppress(Refusal), Context(self.ada, self.tenant) as ctx:
            self.refunds.append(actions.refund(ctx, payment, because=RefundReason.GOODWILL, amount=amount))
        if is_sent and self.refunds:
            self._send_refund(self.refunds[-1])

    @rule(which=st.integers(0, 1), fate=st.sampled_from(["asked", "rejected", "paid", "returned"]))
    def pay_out(self, which: int, fate: str) -> None:
        """The seller asks for all they have."""
        seller = self.sellers[which]
        with Context(SYSTEM, self.tenant) as ctx:
            available = balances(ctx).get(tuple(payable(seller.person_id)), 0)
        with suppress(Refusal), Context(seller, self.tenant) as ctx:
            payout = actions.request_payout(ctx, Money(available, "EUR"))
            self.payouts.append(payout)
        if self.payouts and fate != "asked":
            self._decide(self.payouts[-1], fate)

    def _decide(self, payout: Payout, fate: str) -> None:
        try:
            with Context(self.ada, self.tenant) as ctx:
                if fate == "rejected":
                    actions.reject_payout(ctx, payout, because="No.")
                else:
                    actions.approve_payout(ctx, payout)
        except Refusal:
            return
        if fate == "rejected":
            return
        if not self.gateway.pay_out(payout):
            with Context(SYSTEM, self.tenant) as ctx:
                actions.abandon_payout(ctx, payout, reason="balance_too_low")
        elif fate == "returned":
            self._hear(*self.gateway.events[-1])
            self.gateway.return_payout(payout)

    @invariant()
    def the_books_hold(self) -> None:
        with Context(SYSTEM, self.tenant) as ctx:
            kept = balances(ctx)
            assert sum(kept.values()) == 0
            assert all(
                balance >= 0 for (kind, _), balance in kept.items() if kind not in {"gateway_clearing", "losses"}
            )
            sales = [posting.subject_id for posting in everything(ctx, Posting) if posting.kind is PostingKind.SALE]
            assert len(sales) == len(set(sales))
            assert queries.drifted_accounts(ctx) == []

    def teardown(self) -> None:
        """Once everything was heard and answered, our books and the gateway's agree."""
        with Context(SYSTEM, self.tenant) as ctx:
            hanging = [one for one in everything(ctx, Refund) if one.state is RefundState.INTENDED]
        for refund in hanging:
            self._send_refund(refund)
        for event in self.gateway.events:
            self._hear(*event)
        with Context(SYSTEM, self.tenant) as ctx:
            kept = balances(ctx)
            assert kept.get(("gateway_clearing", None), 0) == -self.gateway.balance
            assert kept.get(("refund_clearing", None), 0) == 0
            waiting = [one.amount for one in everything(ctx, Payout) if one.state is PayoutState.REQUESTED]
            assert kept.get(("payout_clearing", None), 0) == sum(waiting)

    def _hear(self, thing: Payment | Payout, state: Any) -> None:
        with Context(SYSTEM, self.tenant) as ctx:
            if isinstance(thing, Payment):
                actions.learn(ctx, thing, state)
            else:
                actions.learn_payout(ctx, thing, state)

    def _send_refund(self, refund: Refund) -> None:
        with Context(SYSTEM, self.tenant) as ctx:
            kept = queries.refund_known_by(ctx, refund.id)
            payment = queries.payment_known_by(ctx, refund.payment_id)
            if kept is None or payment is None or kept.state is not RefundState.INTENDED:
                return
            made = self.gateway.give_back(refund, payment)
            if made is None:
                actions.abandon_refund(ctx, refund, reason="refused")
            else:
                actions.learn_refund(ctx, refund, made)


@pytest.fixture
def nothing_owed(owner_sql: Callable[..., object]) -> Iterator[None]:
    """The machine is its own gateway, so what its records owe must not be asked of the next test's."""
    yield
    owner_sql("DELETE FROM owed")


@pytest.mark.usefixtures("nothing_owed")
def test_no_money_is_made_and_none_is_lost(found_tenant: Callable[[str], UUID]) -> None:
    machine = type("MarketplaceOfTheTest", (Marketplace,), {"found_tenant": staticmethod(found_tenant)})

    run_state_machine_as_test(machine, settings=settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None))
