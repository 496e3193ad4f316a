"""The shop is told what happened: signed, until it says it heard, and as badly as the knobs ask for."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from salus.sim.running import Told


def is_signed(told: Told) -> bool:
    signed = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}.".encode() + told.body
    expected = base64.b64encode(
        hmac.digest(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signed, sha256)
    ).decode()
    return told.headers["webhook-signature"] == f"v1,{expected}"


def test_the_shop_is_told_of_a_payment_in_a_signed_message(shop: Any) -> None:
    paid = shop.paid()

    told = shop.inbox.next()

    assert is_signed(told)
    event = json.loads(told.body)
    assert (event["type"], event["id"]) == ("payment.succeeded", told.headers["webhook-id"])
    assert (event["sequence"], event["data"]) == (paid["sequence"], paid)
    assert shop.inbox.is_quiet()


def test_every_outcome_is_told(shop: Any) -> None:
    shop.pay(shop.payment(), "4000000000000002")
    assert shop.told()["type"] == "payment.failed"

    shop.client.post(f"/v1/payments/{shop.payment()['id']}/cancel")
    assert shop.told()["type"] == "payment.cancelled"

    paid = shop.paid()
    assert shop.told()["type"] == "payment.succeeded"
    shop.ask("/v1/refunds", {"payment_id": paid["id"]})
    assert shop.told()["type"] == "refund.succeeded"


def test_an_event_is_repeated_until_it_was_heard(open_shop: Callable[..., Any]) -> None:
    shop = open_shop(500, 503, 302)
    shop.paid()

    told = [shop.inbox.next() for _ in range(4)]

    assert len({each.headers["webhook-id"] for each in told}) == 1
    assert shop.inbox.is_quiet(0.6)


def test_what_was_not_delivered_survives_a_restart(open_shop: Callable[..., Any], tmp_path: Any) -> None:
    shop = open_shop(home=tmp_path)
    shop.turn(webhooks={"delay_ms": 500})
    paid = shop.paid()
    shop.close()

    assert open_shop(home=tmp_path).told()["data"]["id"] == paid["id"]


def test_copies_carry_the_same_id(shop: Any) -> None:
    shop.turn(webhooks={"duplicate": 2})
    shop.paid()

    assert len({shop.inbox.next().headers["webhook-id"] for _ in range(3)}) == 1
    assert shop.inbox.is_quiet()


def test_the_later_event_can_come_first(shop: Any) -> None:
    shop.turn(webhooks={"reorder": True})
    first = shop.paid()
    time.sleep(0.1)
    second = shop.paid()

    told = [shop.told(), shop.told()]

    assert [event["data"]["id"] for event in told] == [second["id"], first["id"]]
    assert told[0]["sequence"] > told[1]["sequence"]


def test_a_lost_event_comes_with_the_retry(shop: Any) -> None:
    shop.turn(webhooks={"drop_first": 2})
    paid = shop.paid()

    assert shop.told()["data"]["id"] == paid["id"]


def test_a_corrupt_signature_can_be_asked_for(open_shop: Callable[..., Any]) -> None:
    shop = open_shop(401)
    shop.turn(webhooks={"corrupt_signature": True})
    shop.paid()
    assert not is_signed(shop.inbox.next())

    shop.turn()

    assert is_signed(shop.inbox.next())


def test_a_failure_can_follow_a_success(shop: Any) -> None:
    shop.turn(failure_after_success=True)
    payment = shop.paid()

    success, failure = shop.told(), shop.told()

    assert (success["type"], failure["type"]) == ("payment.succeeded", "payment.failed")
    assert failure["sequence"] > success["sequence"]
    assert shop.read(payment)["failure"] == "returned_by_bank"
    assert shop.client.get("/v1/balance").json() == {"EUR": 0}
