"""A payment goes its way once, whatever clicks twice, arrives late, is down, or lies."""

import json
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.kernel.records import Record
from salus.shared.money import actions, queries, reactions
from salus.shared.money.gateways import ForgedWebhook
from salus.shared.money.models import GatewayMessage, InvoiceKind, Payment, PaymentState, Posting
from salus.shared.money.rules import AlreadyPaying, AlreadySettled, PriceTooLow
from tests.shared.money.till import Till, as_told, later, meddle, settle_again, together

SPLIT = {"gateway_clearing": -10_000, "seller_payable": 6_858, "commission_revenue": 960, "tax_payable": 2_182}


def test_a_buyer_pays_and_each_gets_their_part(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)

    assert payment.state is PaymentState.SETTLED
    assert till.balances == SPLIT


def test_a_payment_is_stored_before_the_gateway_hears_of_it(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.intended(bea, sal)

    assert (payment.state, payment.gateway_id) == (PaymentState.INTENDED, None)
    assert till.client.get("/v1/payments").json()["payments"] == []


def test_the_gateway_learns_neither_who_sells_nor_more_than_it_must(till: Till, bea: Actor, sal: Actor) -> None:
    till.requested(bea, sal)

    (asked,) = till.client.get("/v1/payments").json()["payments"]
    assert (asked["payee"], asked["description"]) == ("Testland", "Resting heart rate, two years")
    assert "Sal" not in json.dumps(asked)
    assert str(sal.id) not in json.dumps(asked)


def test_what_costs_nothing_is_not_paid_for(till: Till, bea: Actor, sal: Actor) -> None:
    with pytest.raises(PriceTooLow):
        till.intended(bea, sal, Money(0, "EUR"))


def test_a_second_click_does_not_open_a_second_payment(till: Till, bea: Actor, sal: Actor) -> None:
    order = new_id()
    till.settled(bea, sal, subject_id=order)

    with pytest.raises(AlreadyPaying):
        till.intended(bea, sal, subject_id=order)


def test_of_eight_clicks_at_once_one_opens_a_payment(till: Till, bea: Actor, sal: Actor) -> None:
    order, refused = new_id(), []

    def click() -> None:
        try:
            till.intended(bea, sal, subject_id=order)
        except (AlreadyPaying, IntegrityError) as refusal:
            refused.append(refusal)

    together([click] * 8)

    assert (len(till.all_of(Payment)), len(refused)) == (1, 7)


def test_a_declined_card_leaves_no_trace_in_the_books_and_may_be_followed_by_another_try(
    till: Till, bea: Actor, sal: Actor
) -> None:
    order = new_id()
    payment = till.requested(bea, sal, subject_id=order)
    till.pay(payment, "4000000000000002")
    till.hear()

    failed = till.payment(payment.id)
    assert (failed.state, failed.failure, till.balances) == (PaymentState.FAILED, "card_declined", {})
    assert till.settled(bea, sal, subject_id=order).state is PaymentState.SETTLED


def test_the_terms_are_those_of_the_moment_of_sale(
    till: Till, tenant: UUID, ada: Actor, bea: Actor, sal: Actor
) -> None:
    payment = till.requested(bea, sal)
    with Context(ada, tenant) as ctx:
        actions.set_commission(ctx, basis_points=5_000, position=1)
    till.pay(payment)
    till.hear()

    assert till.balances == SPLIT
    assert till.payment(payment.id).terms["commission"] == 1_200


def test_a_webhook_that_comes_twice_settles_once(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    told = till.hear()
    till.hear(told)

    assert (till.balances, len(till.all_of(GatewayMessage))) == (SPLIT, 1)


def test_a_webhook_that_comes_eight_times_at_once_settles_once(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    told = till.inbox.next()

    together([lambda: till.hear(told)] * 8)

    assert (till.balances, len(till.all_of(Posting))) == (SPLIT, 1)


@pytest.mark.parametrize("lie", ["body", "signature", "age"])
def test_a_forged_webhook_is_refused_and_leaves_nothing(till: Till, bea: Actor, sal: Actor, lie: str) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    told = till.inbox.next()
    if lie == "body":
        told = told._replace(body=told.body.replace(b"10000", b"90000"))
    else:
        header = {"signature": "webhook-signature", "age": "webhook-timestamp"}[lie]
        value = {"signature": "v1,bm90IHRoZWlycw==", "age": str(int(told.headers["webhook-timestamp"]) - 301)}[lie]
        told = told._replace(headers=told.headers | {header: value})

    with pytest.raises(ForgedWebhook):
        till.hear(told)
    assert (till.all_of(GatewayMessage), till.balances) == ([], {})


def test_a_webhook_for_another_tenant_is_not_taken(
    till: Till, other_tenant: UUID, bea: Actor, sal: Actor, tenant: UUID
) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    till.tenant = other_tenant
    with pytest.raises(NotFound):
        till.hear()

    assert till.all_of(GatewayMessage) == []
    assert till.balances == {}


def test_an_event_about_something_unknown_is_kept_and_asked_about_later(till: Till, tenant: UUID) -> None:
    reference = f"{tenant}/{new_id()}"
    order = {"amount": 500, "currency": "EUR", "reference": reference, "description": "?", "payee": "?"}
    headers = {"idempotency-key": "stray"}
    stray = till.client.post("/v1/payments", json=order | {"return_url": "http://127.0.0.1:9"}, headers=headers).json()
    till.client.post(f"/v1/payments/{stray['id']}/pay", json={"number": "4242424242424242"})
    till.hear()
    reactions.recover(Context(SYSTEM, tenant))

    (kept,) = till.all_of(GatewayMessage)
    assert (kept.gateway_id, kept.applied_at) == (stray["id"], None)


def test_a_gateway_that_is_down_is_tried_again(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    till.turn(down=True)
    payment = till.requested(bea, sal)
    assert payment.state is PaymentState.INTENDED

    till.turn()
    with later(minutes=2):
        reactions.recover(Context(SYSTEM, tenant))

    assert till.payment(payment.id).state is PaymentState.REQUESTED


def test_a_request_whose_answer_was_lost_is_not_made_twice(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    till.turn(hang_ms=2_500)
    payment = till.requested(bea, sal)
    assert payment.state is PaymentState.INTENDED

    till.turn()
    with later(minutes=2):
        reactions.recover(Context(SYSTEM, tenant))

    (made,) = till.client.get("/v1/payments").json()["payments"]
    assert till.payment(payment.id).gateway_id == made["id"]


def test_a_payment_whose_webhook_was_lost_is_settled_by_asking(
    till: Till, tenant: UUID, bea: Actor, sal: Actor
) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    with later(minutes=2):
        reactions.recover(Context(SYSTEM, tenant))

    assert (till.payment(payment.id).state, till.balances) == (PaymentState.SETTLED, SPLIT)


def test_a_checkout_that_nobody_finishes_lapses_after_a_day(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    with later(hours=25):
        reactions.recover(Context(SYSTEM, tenant))

    assert till.payment(payment.id).state is PaymentState.CANCELLED


def test_a_payment_that_the_bank_takes_back_is_taken_back_from_everyone(till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    till.turn(failure_after_success=True)
    till.pay(payment)
    till.hear()
    till.hear()

    returned = till.payment(payment.id)
    assert (returned.state, returned.failure, till.balances) == (PaymentState.FAILED, "returned_by_bank", {})


def test_another_amount_than_agreed_is_not_settled_but_shown(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    with Context(SYSTEM, tenant) as ctx:
        actions.learn(ctx, payment, as_told(payment, "succeeded", 99, price=Money(1, "EUR")))

    (found,) = till.discrepancies
    assert (till.payment(payment.id).state, till.balances) == (PaymentState.PAID, {})
    assert (found.kind, found.expected, found.found) == ("wrong_amount", 10_000, 1)


def test_money_that_comes_after_it_was_given_up_is_shown(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    with Context(SYSTEM, tenant) as ctx:
        actions.learn(ctx, payment, as_told(payment, "cancelled", 98))
    with Context(SYSTEM, tenant) as ctx:
        actions.learn(ctx, payment, as_told(payment, "succeeded", 99))

    assert [(one.kind, one.found) for one in till.discrepancies] == [("paid_too_late", 10_000)]
    assert till.balances == {}


def test_a_payment_is_settled_only_when_paid_and_only_once(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    with pytest.raises(AlreadySettled), Context(SYSTEM, tenant) as ctx:
        settle_again(ctx, payment)

    assert till.balances == SPLIT


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["pending", "requires_action", "succeeded", "failed"]), st.lists(st.integers(0, 3), max_size=4))
def test_events_in_any_order_and_number_lead_to_the_same_end(
    till: Till, bea: Actor, sal: Actor, order: list[str], repeated: list[int]
) -> None:
    happened = ["pending", "requires_action", "succeeded", "failed"]
    payment = till.requested(bea, sal)
    before = till.balances
    for status in [*order, *(happened[i] for i in repeated)]:
        with Context(SYSTEM, till.tenant) as ctx:
            actions.learn(ctx, payment, as_told(payment, status, 1_000 + happened.index(status)))

    assert till.payment(payment.id).state is PaymentState.FAILED
    assert (till.balances, till.discrepancies) == (before, [])


@pytest.mark.parametrize("change", ["amount = 1", "currency = 'USD'", "payee_id = gen_random_uuid()", "commission = 0"])
def test_the_application_has_no_right_to_change_what_was_agreed(
    till: Till, tenant: UUID, bea: Actor, sal: Actor, change: str
) -> None:
    till.intended(bea, sal)

    with pytest.raises(Exception, match="permission denied"), Context(SYSTEM, tenant) as ctx:
        meddle(ctx, f"UPDATE payments SET {change} RETURNING id")


def test_strangers_see_no_payment(till: Till, other_tenant: UUID, bea: Actor, sal: Actor, ada: Actor) -> None:
    payment = till.intended(bea, sal)
    stranger = Actor(new_id(), bea.roles, organisation_id=new_id())

    for actor in (bea, sal, ada):
        with Context(actor, till.tenant) as ctx:
            assert queries.payment(ctx, payment.id).id == payment.id
    for actor, place in ((stranger, till.tenant), (bea, other_tenant), (ada, other_tenant)):
        with pytest.raises(NotFound), Context(actor, place) as ctx:
            queries.payment(ctx, payment.id)


def test_the_record_of_a_settlement_names_the_payment_and_by_their_ids_those_who_wait_for_it(
    till: Till, bea: Actor, sal: Actor
) -> None:
    payment = till.settled(bea, sal)

    (settled,) = [record for record in till.all_of(Record) if record.operation == "money.settle"]
    assert (settled.subject_type, settled.subject_id) == ("payments", payment.id)
    waiting = sorted([str(bea.organisation_id), str(sal.id)])
    assert settled.facts == {"amount": 10_000, "currency": "EUR", "concerns": waiting}


def test_a_settled_payment_is_invoiced_to_the_buyer_and_explained_to_the_seller(
    till: Till, bea: Actor, sal: Actor
) -> None:
    till.settled(bea, sal)

    bill, statement = till.invoices
    assert (bill.kind, bill.amount, bill.tax, bill.organisation_id) == (
        InvoiceKind.SALE,
        10_000,
        2_000,
        bea.organisation_id,
    )
    assert (statement.kind, statement.amount, statement.tax, statement.person_id) == (
        InvoiceKind.COMMISSION,
        1_142,
        182,
        sal.id,
    )
