"""The built-in gateway does what every gateway must, and its messages are believed only when fresh and signed."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256

import httpx
import pytest
from gateway_contract import GatewayContract, Outside, Webhook, key, order

from salus.kernel.fields import Money
from salus.shared.money.gateways import (
    ForgedWebhook,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    PayoutOrder,
    SimGateway,
    UnknownEvent,
)
from salus.sim.app import create_app
from salus.sim.processor import CLOSED_ACCOUNT, DECLINED_CARD, GOOD_CARD
from salus.sim.running import Inbox, running

KEY = "sk_of_the_tests"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = base64.b64encode(b"the secret that replaces it").decode()


class Simulation(Outside):
    good_account = "DE89370400440532013000"
    closed_account = good_account + CLOSED_ACCOUNT

    def __init__(self, client: httpx.Client, inbox: Inbox) -> None:
        self.client = client
        self._inbox = inbox

    def buyer_pays(self, payment: Payment) -> None:
        self._show(payment, GOOD_CARD)

    def buyer_is_declined(self, payment: Payment) -> None:
        self._show(payment, DECLINED_CARD)

    def _show(self, payment: Payment, card: str) -> None:
        self.client.post(f"/v1/payments/{payment.id}/pay", json={"number": card}).raise_for_status()

    def next_webhook(self) -> Webhook:
        return tuple(self._inbox.next())

    @contextmanager
    def outage(self) -> Iterator[None]:
        self.turn(hang_ms=5000)
        yield
        self.turn()

    def turn(self, **knobs: object) -> None:
        self.client.put("/knobs", json=knobs).raise_for_status()


@pytest.fixture
def outside() -> Iterator[Simulation]:
    with ExitStack() as stack:
        inbox = Inbox()
        url = stack.enter_context(running(inbox.app))
        base_url = stack.enter_context(running(create_app(secret_key=KEY, webhook_secret=SECRET, webhook_url=url)))
        headers = {"authorization": f"Bearer {KEY}"}
        yield Simulation(stack.enter_context(httpx.Client(base_url=base_url, headers=headers, trust_env=False)), inbox)


@pytest.fixture
def gateway(outside: Simulation) -> Iterator[SimGateway]:
    adapter = SimGateway(str(outside.client.base_url), KEY, SECRET)
    yield adapter
    adapter.close()


class TestSimGateway(GatewayContract):
    pass


def test_a_gateway_that_is_not_there_is_unavailable() -> None:
    gateway = SimGateway("http://127.0.0.1:9", KEY, SECRET)

    with pytest.raises(GatewayUnavailable) as refused:
        gateway.payment("any")

    assert refused.value.status == 503


@pytest.mark.parametrize("knobs", [{"down": True}, {"next_n_fail": 1}])
def test_a_failing_gateway_is_unavailable_and_asked_only_once(
    gateway: SimGateway, outside: Simulation, knobs: dict[str, object]
) -> None:
    outside.turn(**knobs)
    with pytest.raises(GatewayUnavailable):
        gateway.create_payment(order(), key=key())

    outside.turn()
    assert outside.client.get("/v1/payments").json()["payments"] == []


def test_a_slow_gateway_is_given_two_seconds(gateway: SimGateway, outside: Simulation) -> None:
    outside.turn(hang_ms=10_000)

    started = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        gateway.payment("any")

    assert 1.9 < time.monotonic() - started < 3


def test_a_wrong_key_is_our_mistake_and_not_an_outage(outside: Simulation) -> None:
    with (
        closing(SimGateway(str(outside.client.base_url), "guess", SECRET)) as gateway,
        pytest.raises(GatewayRefused) as refused,
    ):
        gateway.payment("any")

    assert refused.value.reason == "unauthorised"


def test_an_order_that_makes_no_sense_is_refused(gateway: SimGateway) -> None:
    with pytest.raises(GatewayRefused) as refused:
        gateway.create_payout(PayoutOrder(Money(-1, "EUR"), "payout-1", "account"), key=key())

    assert refused.value.reason == "malformed_request"


def signed(body: bytes, at: int, secret: str = SECRET) -> dict[str, str]:
    mac = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), f"evt_1.{at}.".encode() + body, sha256)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": "v1,bm90IG91cnM= v1," + base64.b64encode(mac).decode(),
    }


def event(event_type: str = "payout.paid") -> bytes:
    payout = {
        "id": "out_1",
        "reference": "payout-1",
        "amount": 300,
        "currency": "EUR",
        "destination": "account",
        "status": "paid",
        "failure": None,
        "created_at": "2026-11-24T05:00:00Z",
        "sequence": 4,
    }
    said = {"id": "evt_1", "type": event_type, "sequence": 4, "timestamp": "2026-11-24T05:00:01Z", "data": payout}
    return json.dumps(said).encode()


def listening(*secrets: str, at: float = 1000.0) -> SimGateway:
    return SimGateway("http://127.0.0.1:9", KEY, *(secrets or (SECRET,)), clock=lambda: at)


@pytest.mark.parametrize("off_by", [-300, -1, 0, 1, 300])
def test_a_fresh_message_is_believed(off_by: int) -> None:
    assert listening().parse_webhook(event(), signed(event(), 1000 + off_by)).id == "evt_1"


@pytest.mark.parametrize("off_by", [-301, 301, 10**9])
def test_a_message_from_the_past_or_the_future_is_refused(off_by: int) -> None:
    with pytest.raises(ForgedWebhook):
        listening().parse_webhook(event(), signed(event(), 1000 + off_by))


@pytest.mark.parametrize("timestamp", ["", "now", "-1000", "1000.0", "١٠٠٠", "1e3"])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(ForgedWebhook):
        listening().parse_webhook(event(), signed(event(), 1000) | {"Webhook-Timestamp": timestamp})


def test_while_the_secret_is_replaced_both_are_believed() -> None:
    gateway = listening(SECRET, NEW_SECRET)

    for secret in (SECRET, NEW_SECRET):
        assert gateway.parse_webhook(event(), signed(event(), 1000, secret))
    with pytest.raises(ForgedWebhook):
        listening(NEW_SECRET).parse_webhook(event(), signed(event(), 1000, SECRET))


def test_without_a_secret_there_is_no_gateway() -> None:
    with pytest.raises(ValueError, match="secret"):
        SimGateway("http://127.0.0.1:9", KEY)


def test_a_kind_of_event_that_is_new_to_us_stays_with_the_gateway() -> None:
    body = event("dispute.opened")

    with pytest.raises(UnknownEvent):
        listening().parse_webhook(body, signed(body, 1000))


def test_a_gateway_that_fails_again_and_again_is_left_alone_for_a_while(
    gateway: SimGateway, outside: Simulation
) -> None:
    outside.turn(fail_rate=1)
    for _ in range(5):
        with pytest.raises(GatewayUnavailable):
            gateway.create_payment(order(), key=key())

    outside.turn()
    with pytest.raises(GatewayUnavailable):
        gateway.create_payment(order(reference="too-soon"), key=key())

    assert outside.client.get("/v1/payments", params={"reference": "too-soon"}).json()["payments"] == []
