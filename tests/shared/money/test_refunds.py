"""What is given back comes from those who had it."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.fields import Money
from salus.shared.money import actions, reactions
from salus.shared.money.models import InvoiceKind, Payment, PaymentState, Refund, RefundReason, RefundState
from salus.shared.money.rules import NotRefundable
from salus.worker import settle_everything
from tests.shared.money.till import Till, as_told, later, together


def give_back(till: Till, ada: Actor, payment: Payment, amount: int | None = None) -> Refund:
    with Context(ada, till.tenant) as ctx:
        price = Money(amount, payment.currency) if amount else None
        return actions.refund(ctx, payment, because=RefundReason.NOT_DELIVERED, amount=price)


def test_a_whole_refund_undoes_the_split(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    give_back(till, ada, payment)
    assert till.balances == {"gateway_clearing": -10_000, "refund_clearing": 10_000}

    settle_everything()

    assert (till.balances, till.payment(payment.id).state) == ({}, PaymentState.REFUNDED)
    assert till.client.get("/v1/balance").json() == {"EUR": 0}


def test_refunds_in_pieces_give_back_each_part_exactly(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    for piece in (3_333, 3_333, 3_333, 1):
        give_back(till, ada, payment, piece)
        settle_everything()

    assert (till.balances, till.payment(payment.id).state) == ({}, PaymentState.REFUNDED)
    assert [refund.state for refund in till.refunds] == [RefundState.SENT] * 4


def test_nobody_gets_back_more_than_they_paid(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    give_back(till, ada, payment, 9_999)
    for amount in (2, 10_000):
        with pytest.raises(NotRefundable):
            give_back(till, ada, payment, amount)
    give_back(till, ada, payment, 1)

    with pytest.raises(NotRefundable):
        give_back(till, ada, payment)


def test_eight_refunds_at_once_give_back_once(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment, refused = till.settled(bea, sal), []

    def click() -> None:
        try:
            give_back(till, ada, payment)
        except NotRefundable as refusal:
            refused.append(refusal)

    together([click] * 8)
    settle_everything()

    assert (len(refused), till.balances) == (7, {})


def test_what_was_not_settled_cannot_be_given_back(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)

    with pytest.raises(NotRefundable):
        give_back(till, ada, payment)


def test_a_seller_cannot_give_back(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)

    with pytest.raises(NotAllowed):
        give_back(till, sal, payment)


def test_a_refund_the_gateway_refuses_leaves_each_their_part(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    before = till.balances
    asked = {"payment_id": payment.gateway_id, "amount": 10_000}
    assert till.client.post("/v1/refunds", json=asked, headers={"idempotency-key": "behind our back"}).is_success
    give_back(till, ada, payment)
    settle_everything()

    (refund,) = till.refunds
    assert (refund.state, refund.failure) == (RefundState.FAILED, "refund_exceeds_payment")
    assert (till.balances, till.payment(payment.id).state) == (before, PaymentState.SETTLED)


def test_a_refund_that_hangs_is_asked_for_again_and_made_once(
    till: Till, tenant: UUID, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = till.settled(bea, sal)
    till.turn(hang_ms=2_500)
    give_back(till, ada, payment, 4_000)
    settle_everything()
    till.turn()
    with later(minutes=2):
        reactions.recover(Context(SYSTEM, tenant))

    assert [refund.state for refund in till.refunds] == [RefundState.SENT]
    assert till.client.get("/v1/balance").json() == {"EUR": 6_000}


def test_the_buyer_is_credited_and_so_is_the_seller_for_the_commission(
    till: Till, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = till.settled(bea, sal)
    give_back(till, ada, payment, 5_000)
    settle_everything()

    assert till.told(bea) == ["€50.00 is on its way back to you"]
    assert till.told(sal) == ["A buyer got money back"]
    _, _, note, commission = till.invoices
    assert (note.kind, note.amount, note.tax) == (InvoiceKind.CREDIT_NOTE, 5_000, 1_000)
    assert (commission.kind, commission.amount, commission.tax) == (InvoiceKind.COMMISSION_CREDIT, 571, 91)


def test_what_the_bank_takes_back_after_a_refund_is_a_loss(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    give_back(till, ada, payment, 4_000)
    settle_everything()
    with Context(SYSTEM, till.tenant) as ctx:
        actions.learn(ctx, payment, as_told(payment, "failed", 1_000))

    assert till.balances == {"gateway_clearing": 4_000, "losses": -4_000}
