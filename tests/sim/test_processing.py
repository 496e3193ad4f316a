"""A shop takes payments, gives them back and pays out, over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


def test_a_good_card_pays(shop: Any) -> None:
    payment = shop.payment()
    assert payment["status"] == "pending"

    paid = shop.pay(payment)

    assert paid["status"] == "succeeded"
    assert paid["sequence"] > payment["sequence"]
    assert shop.read(payment) == paid


@pytest.mark.parametrize(
    ("card", "failure"), [("4000000000000002", "card_declined"), ("1111 1111 1111", "unknown_card")]
)
def test_a_bad_card_is_declined_for_good(shop: Any, card: str, failure: str) -> None:
    payment = shop.payment()

    assert shop.pay(payment, card)["failure"] == failure
    assert shop.read(payment)["status"] == "failed"
    assert shop.pay(payment)["error"]["code"] == "wrong_status"


@pytest.mark.parametrize(("approved", "status"), [(True, "succeeded"), (False, "failed")])
def test_a_card_that_asks_for_confirmation_waits_for_its_holder(shop: Any, approved: bool, status: str) -> None:
    payment = shop.payment()
    assert shop.pay(payment, "4000 0000 0000 3220")["status"] == "requires_action"

    shop.client.post(f"/v1/payments/{payment['id']}/confirm", json={"approved": approved})

    assert shop.read(payment)["status"] == status


def test_a_payment_can_be_given_up_until_it_is_made(shop: Any) -> None:
    payment, paid = shop.payment(), shop.paid()

    for _ in range(2):
        assert shop.client.post(f"/v1/payments/{payment['id']}/cancel").json()["status"] == "cancelled"
    assert shop.client.post(f"/v1/payments/{paid['id']}/cancel").status_code == 409


def test_a_repeated_request_makes_one_payment(shop: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.ask("/v1/payments", shop.order(), "same"), range(8)))

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(shop.client.get("/v1/payments").json()["payments"]) == 1


def test_a_key_is_not_reused_for_something_else(shop: Any) -> None:
    shop.ask("/v1/payments", shop.order(), "same")

    answer = shop.ask("/v1/payments", shop.order(amount=5000), "same")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "key_reused")


def test_without_a_key_nothing_is_made(shop: Any) -> None:
    assert shop.client.post("/v1/payments", json=shop.order()).status_code == 422
    assert shop.client.get("/v1/payments").json()["payments"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": -5}, {"amount": 1.5}, {"currency": "euro"}, {"return_url": "javascript:x"}, {"tip": 1}],
)
def test_an_order_that_makes_no_sense_is_refused(shop: Any, wrong: dict[str, Any]) -> None:
    assert shop.ask("/v1/payments", shop.order(**wrong)).status_code == 422


def test_a_stranger_is_told_nothing(shop: Any) -> None:
    payment = shop.payment()

    for path in (f"/v1/payments/{payment['id']}", "/v1/balance", "/knobs"):
        assert shop.client.get(path, headers={"authorization": "Bearer guess"}).status_code == 401


def test_payments_are_found_by_reference_and_by_age(shop: Any) -> None:
    mine, other = shop.payment(reference="mine"), shop.payment(reference="other")
    soon = datetime.now(UTC) + timedelta(minutes=1)

    def found(**wanted: str) -> list[str]:
        return [payment["id"] for payment in shop.client.get("/v1/payments", params=wanted).json()["payments"]]

    assert found(reference="mine") == [mine["id"]]
    assert found(created_after=mine["created_at"]) == [mine["id"], other["id"]]
    assert found(created_after=soon.isoformat()) == []


def test_long_lists_come_in_pages(shop: Any) -> None:
    for _ in range(101):
        shop.payment()

    first = shop.client.get("/v1/payments").json()
    second = shop.client.get("/v1/payments", params={"after": first["next"]}).json()

    assert (len(first["payments"]), len(second["payments"]), second["next"]) == (100, 1, None)


def test_no_more_is_given_back_than_was_paid(shop: Any) -> None:
    paid = shop.paid(amount=1000)

    part = shop.ask("/v1/refunds", {"payment_id": paid["id"], "amount": 400}, "part").json()
    again = shop.ask("/v1/refunds", {"payment_id": paid["id"], "amount": 400}, "part").json()
    too_much = shop.ask("/v1/refunds", {"payment_id": paid["id"], "amount": 601})
    rest = shop.ask("/v1/refunds", {"payment_id": paid["id"]}).json()
    nothing_left = shop.ask("/v1/refunds", {"payment_id": paid["id"]})

    assert part == again
    assert rest["amount"] == 600
    assert (too_much.status_code, nothing_left.status_code) == (409, 409)
    assert shop.read(paid)["refunded"] == 1000


def test_what_was_not_paid_is_not_given_back(shop: Any) -> None:
    assert shop.ask("/v1/refunds", {"payment_id": shop.payment()["id"]}).status_code == 409
    assert shop.ask("/v1/refunds", {"payment_id": "pay_unknown"}).status_code == 404


def payout(amount: int, destination: str = "DE89370400440532013000") -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "reference": "payout-1", "destination": destination}


def test_the_balance_is_what_came_in_less_what_went_out(shop: Any) -> None:
    paid = shop.paid(amount=1000)
    shop.paid(amount=70, currency="JPY")
    shop.payment(amount=5)
    shop.ask("/v1/refunds", {"payment_id": paid["id"], "amount": 100})

    too_much = shop.ask("/v1/payouts", payout(901))
    shop.ask("/v1/payouts", payout(300))

    assert too_much.json()["error"]["code"] == "balance_too_low"
    assert shop.client.get("/v1/balance").json() == {"EUR": 600, "JPY": 70}


def test_a_payout_that_comes_back_is_in_the_balance_again(shop: Any) -> None:
    shop.paid(amount=1000)
    assert shop.told()["type"] == "payment.succeeded"

    arrives = shop.ask("/v1/payouts", payout(300)).json()
    comes_back = shop.ask("/v1/payouts", payout(500, "DE89370400440532010002")).json()

    assert {shop.told()["type"], shop.told()["type"]} == {"payout.paid", "payout.failed"}
    assert shop.client.get(f"/v1/payouts/{arrives['id']}").json()["status"] == "paid"
    assert shop.client.get(f"/v1/payouts/{comes_back['id']}").json()["failure"] == "account_closed"
    assert shop.client.get("/v1/balance").json() == {"EUR": 700}


def test_a_seed_makes_two_runs_alike(open_shop: Callable[..., Any]) -> None:
    def outcomes() -> list[object]:
        shop = open_shop(seed=7)
        made = shop.payment()["id"]
        shop.turn(fail_rate=0.5)
        return [made, *(shop.client.get("/v1/balance").status_code for _ in range(20))]

    first = outcomes()

    assert outcomes() == first
    assert {200, 500} < set(first)


def test_a_restarted_processor_remembers(open_shop: Callable[..., Any], tmp_path: Path) -> None:
    shop = open_shop(home=tmp_path)
    payment = shop.payment()
    shop.close()

    restarted = open_shop(home=tmp_path)

    assert restarted.pay(payment)["status"] == "succeeded"
    assert restarted.ask("/v1/payments", restarted.order(), "another").json()["id"] != payment["id"]
