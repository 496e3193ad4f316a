"""What a seller has earned reaches their bank once, or is on their balance again."""

from dataclasses import replace
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, Invalid, NotAllowed, NotFound
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.shared.money import actions, queries, reactions
from salus.shared.money.models import Payout, PayoutState, RefundReason
from salus.shared.money.rules import (
    AlreadyDecided,
    InvalidIban,
    NoPayoutAccount,
    NothingToPayOut,
    OwnPayout,
    PayoutTooSmall,
    PayoutUnderWay,
)
from salus.worker import settle_everything
from tests.shared.money.till import CLOSED_IBAN, IBAN, Till, later, together

EARNED = 6_858


def bank_with(till: Till, seller: Actor, iban: str = IBAN) -> None:
    with Context(seller, till.tenant) as ctx:
        actions.set_payout_account(ctx, holder="Sal Seller", account=iban)


def ask(till: Till, seller: Actor, amount: int = EARNED, currency: str = "EUR") -> Payout:
    with Context(seller, till.tenant) as ctx:
        return actions.request_payout(ctx, Money(amount, currency))


def approve(till: Till, ada: Actor, payout: Payout) -> None:
    with Context(ada, till.tenant) as ctx:
        actions.approve_payout(ctx, payout)
    settle_everything()


@pytest.fixture
def earned(till: Till, bea: Actor, sal: Actor) -> Till:
    """Sal has sold once and told her bank account."""
    till.settled(bea, sal)
    bank_with(till, sal)
    return till


def test_a_seller_is_paid_out_once_an_administrator_approves(earned: Till, ada: Actor, sal: Actor) -> None:
    payout = ask(earned, sal)
    assert earned.earned(sal) == 0

    approve(earned, ada, payout)
    earned.hear()

    paid = earned.payout(payout.id)
    assert (paid.state, paid.paid_at is not None) == (PayoutState.PAID, True)
    assert earned.balances == {"gateway_clearing": EARNED - 10_000, "commission_revenue": 960, "tax_payable": 2_182}
    assert earned.client.get("/v1/balance").json() == {"EUR": 10_000 - EARNED}


def test_a_seller_is_told_how_a_payout_ended(earned: Till, ada: Actor, sal: Actor) -> None:
    with Context(ada, earned.tenant) as ctx:
        actions.reject_payout(ctx, ask(earned, sal, 2_000), because="Not your account.")
    approve(earned, ada, ask(earned, sal, 3_000))
    earned.hear()
    bank_with(earned, sal, CLOSED_IBAN)
    approve(earned, ada, ask(earned, sal, 1_500))
    earned.hear()

    assert earned.told(sal) == [
        "Your payout was not approved",
        "€30.00 is on your bank account",
        "Your payout came back",
    ]


def test_the_gateway_is_told_the_account_and_nobody_reads_it_in_the_database(
    earned: Till, ada: Actor, sal: Actor, owner_sql
) -> None:
    payout = ask(earned, sal)
    approve(earned, ada, payout)

    at_gateway = earned.client.get(f"/v1/payouts/{earned.payout(payout.id).gateway_id}").json()
    assert at_gateway["destination"] == IBAN.replace(" ", "")
    kept = owner_sql("SELECT iban_sealed, holder_sealed FROM payout_accounts", earned.tenant)
    kept += owner_sql("SELECT destination_sealed, ''::bytea FROM payouts", earned.tenant)
    assert not [cell for row in kept for cell in row if b"0532" in bytes(cell) or b"Sal" in bytes(cell)]


def test_a_second_click_finds_a_payout_under_way(earned: Till, sal: Actor) -> None:
    ask(earned, sal, 2_000)

    with pytest.raises(PayoutUnderWay):
        ask(earned, sal, 2_000)


def test_of_eight_clicks_at_once_one_takes_the_balance(earned: Till, sal: Actor) -> None:
    refused: list[Exception] = []

    def click() -> None:
        try:
            ask(earned, sal, 2_000)
        except PayoutUnderWay as refusal:
            refused.append(refusal)

    together([click] * 8)

    assert (len(refused), earned.earned(sal), len(earned.all_of(Payout))) == (7, EARNED - 2_000, 1)


@pytest.mark.parametrize(
    ("amount", "currency", "refusal"),
    [(EARNED + 1, "EUR", NothingToPayOut), (999, "EUR", PayoutTooSmall), (2_000, "USD", NothingToPayOut)],
)
def test_a_payout_is_neither_too_small_nor_more_than_was_earned(
    earned: Till, sal: Actor, amount: int, currency: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ask(earned, sal, amount, currency)


def test_a_payout_needs_an_account(till: Till, bea: Actor, sal: Actor) -> None:
    till.settled(bea, sal)

    with pytest.raises(NoPayoutAccount):
        ask(till, sal)


def test_an_account_is_set_by_whoever_proved_just_now_that_it_is_they(till: Till, sal: Actor) -> None:
    with pytest.raises(FreshFactorNeeded):
        bank_with(till, replace(sal, factor_at=None))
    with later(minutes=6), pytest.raises(FreshFactorNeeded):
        bank_with(till, sal)

    bank_with(till, sal)


def test_an_account_needs_a_holder_and_a_true_iban(till: Till, sal: Actor) -> None:
    with pytest.raises(InvalidIban):
        bank_with(till, sal, "DE89 3704 0044 0532 0130 01")
    with pytest.raises(Invalid), Context(sal, till.tenant) as ctx:
        actions.set_payout_account(ctx, holder=" ", account=IBAN)


def test_a_new_account_does_not_redirect_a_payout_under_way(earned: Till, ada: Actor, sal: Actor) -> None:
    payout = ask(earned, sal)
    bank_with(earned, sal, "NO9386011117947")
    approve(earned, ada, payout)

    at_gateway = earned.client.get(f"/v1/payouts/{earned.payout(payout.id).gateway_id}").json()
    assert at_gateway["destination"] == IBAN.replace(" ", "")


def test_a_rejected_payout_is_on_the_balance_again(earned: Till, ada: Actor, sal: Actor) -> None:
    payout = ask(earned, sal)
    with Context(ada, earned.tenant) as ctx:
        actions.reject_payout(ctx, payout, because="The account belongs to somebody else.")

    assert (earned.payout(payout.id).state, earned.earned(sal)) == (PayoutState.REJECTED, EARNED)
    with Context(sal, earned.tenant) as ctx:
        assert queries.payout(ctx, payout.id).rejected_because == "The account belongs to somebody else."
    with pytest.raises(AlreadyDecided), Context(ada, earned.tenant) as ctx:
        actions.approve_payout(ctx, payout)


def test_nobody_approves_their_own_payout(earned: Till, sal: Actor) -> None:
    payout = ask(earned, sal)
    with pytest.raises(NotAllowed):
        approve(earned, sal, payout)
    both = Actor(sal.id, sal.roles | {Role.ADMINISTRATOR})

    with pytest.raises(OwnPayout):
        approve(earned, both, payout)


def test_a_payout_the_bank_does_not_take_is_on_the_balance_again(earned: Till, ada: Actor, sal: Actor) -> None:
    bank_with(earned, sal, CLOSED_IBAN)
    payout = ask(earned, sal)
    approve(earned, ada, payout)
    earned.hear()

    failed = earned.payout(payout.id)
    assert (failed.state, failed.failure, earned.earned(sal)) == (PayoutState.FAILED, "account_closed", EARNED)
    assert ask(earned, sal).state is PayoutState.REQUESTED


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "in reverse"])
def test_a_payout_that_comes_back_after_it_had_arrived_is_on_the_balance_again(
    earned: Till, ada: Actor, sal: Actor, turned: bool
) -> None:
    before = earned.balances
    earned.turn(failure_after_success=True)
    payout = ask(earned, sal)
    approve(earned, ada, payout)
    told = [earned.inbox.next(), earned.inbox.next()]
    for delivery in reversed(told) if turned else told:
        earned.hear(delivery)

    assert (earned.payout(payout.id).state, earned.balances) == (PayoutState.FAILED, before)


def test_a_payout_whose_answer_was_lost_is_sent_once(earned: Till, ada: Actor, sal: Actor) -> None:
    payout = ask(earned, sal)
    earned.turn(hang_ms=2_500)
    approve(earned, ada, payout)
    assert earned.payout(payout.id).state is PayoutState.APPROVED
    earned.turn()
    with later(minutes=2):
        reactions.recover(Context(SYSTEM, earned.tenant))

    assert earned.payout(payout.id).state in {PayoutState.SENT, PayoutState.PAID}
    assert earned.client.get("/v1/balance").json() == {"EUR": 10_000 - EARNED}


def test_a_payout_the_gateway_refuses_is_on_the_balance_again(earned: Till, ada: Actor, sal: Actor) -> None:
    asked = {"amount": 10_000, "currency": "EUR", "reference": "elsewhere", "destination": "XX"}
    assert earned.client.post("/v1/payouts", json=asked, headers={"idempotency-key": "emptied"}).is_success
    payout = ask(earned, sal)
    approve(earned, ada, payout)

    assert (earned.payout(payout.id).failure, earned.earned(sal)) == ("balance_too_low", EARNED)


def test_a_refund_after_the_payout_is_a_loss_and_not_a_debt_of_the_seller(
    earned: Till, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = earned.settled(bea, sal)
    approve(earned, ada, ask(earned, sal, 2 * EARNED - 1_000))
    with Context(ada, earned.tenant) as ctx:
        actions.refund(ctx, payment, because=RefundReason.NOT_DELIVERED)

    assert (earned.earned(sal), earned.balances["losses"]) == (0, 1_000 - EARNED)


def test_strangers_see_no_payout(earned: Till, other_tenant: UUID, ada: Actor, sal: Actor) -> None:
    payout = ask(earned, sal)
    stranger = Actor(new_id(), sal.roles)

    for actor, place in ((stranger, earned.tenant), (sal, other_tenant), (ada, other_tenant)):
        with pytest.raises(NotFound), Context(actor, place) as ctx:
            queries.payout(ctx, payout.id)
    with Context(ada, other_tenant) as ctx:
        assert queries.payout_queue(ctx) == []
    with Context(ada, earned.tenant) as ctx:
        assert [one.id for one in queries.payout_queue(ctx)] == [payout.id]
