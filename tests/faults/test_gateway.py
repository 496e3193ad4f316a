"""A gateway that is away, fails or hangs; and messages in its name that come twice, late, in disorder or forged."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from salus.exchanges.health_data.actions import requests as actions
from salus.exchanges.health_data.models import Request, RequestState
from salus.exchanges.health_data.queries import requests
from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.shared.money.models import GatewayMessage, Payment, PaymentState
from salus.sim.running import Told
from salus.sim.webhooks import signature
from salus.worker import settle_everything
from tests.exchanges.health_data.scene import Trade
from tests.faults.front_door import FrontDoor
from tests.faults.installation import free_port
from tests.shared.money.till import WEBHOOK_SECRET, Till, later

OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"


def pressed(trade: Trade, request: Request) -> Request:
    with Context(trade.buyer, trade.tenant) as ctx:
        return actions.pay(ctx, requests.request(ctx, request.id))


def agreed(trade: Trade) -> Request:
    return trade.agreed(trade.asked(trade.published()))


def charged(till: Till) -> list[tuple[int, str]]:
    """Every charge in the gateway's own books."""
    payments = till.client.get("/v1/payments").json()["payments"]
    return [(one["amount"], one["status"]) for one in payments]


@contextmanager
def refusing(till: Till) -> Iterator[None]:
    """Nobody listens where the gateway should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "gateway_url", f"http://127.0.0.1:{free_port()}")
        yield


@contextmanager
def failing(till: Till) -> Iterator[None]:
    """The gateway answers 500 to everything."""
    till.turn(fail_rate=1)
    yield
    till.turn()


@contextmanager
def hanging(till: Till) -> Iterator[None]:
    """The gateway takes the payment, and holds its answer back for longer than anybody waits."""
    till.turn(hang_ms=3_000)
    yield
    till.turn()


@pytest.mark.parametrize("trouble", [refusing, failing, hanging])
def test_a_purchase_goes_on_when_the_gateway_comes_back(
    trade: Trade, till: Till, owner_sql: Callable[..., object], trouble: Callable[[Till], AbstractContextManager[None]]
) -> None:
    request = agreed(trade)
    with trouble(till):
        paying = pressed(trade, request)
        settle_everything()
        assert till.payment(paying.payment_id).state is PaymentState.INTENDED
        pressed(trade, request)

    owner_sql("UPDATE owed SET due_at = now()")
    settle_everything()
    till.pay(till.payment(paying.payment_id))
    till.hear()
    settle_everything()

    assert trade.request(request.id).state is RequestState.DELIVERED
    assert charged(till) == [(4_200, "succeeded")]
    assert sum(till.balances.values()) == 0
    assert [invoice.total.amount for invoice in till.invoices if invoice.kind == "sale"] == [4_200]


@pytest.fixture
def told(trade: Trade, till: Till) -> Told:
    """Bruno's card was charged; the gateway's message has not arrived yet."""
    paying = pressed(trade, agreed(trade))
    settle_everything()
    till.pay(till.payment(paying.payment_id))
    return till.inbox.next()


def test_a_message_that_comes_again_and_again_at_the_door_counts_once(till: Till, door: FrontDoor, told: Told) -> None:
    answers = {door.webhook(told.body, told.headers) for _ in range(5)}
    settle_everything()

    assert answers == {204}
    assert (len(till.all_of(GatewayMessage)), len(till.invoices)) == (1, 2)
    assert till.balances["gateway_clearing"] == -4_200


def test_an_old_message_is_refused_and_the_gateways_late_one_is_taken(till: Till, door: FrontDoor, told: Told) -> None:
    with later(minutes=6):
        assert door.webhook(told.body, told.headers) == 401
        assert not till.all_of(GatewayMessage)

        signed = _signed(told.body)
        assert door.webhook(signed.body, signed.headers) == 204
    settle_everything()

    assert till.balances["gateway_clearing"] == -4_200


def test_a_sale_and_its_return_end_alike_in_either_order(trade: Trade, till: Till, door: FrontDoor) -> None:
    till.turn(failure_after_success=True)
    request = agreed(trade)
    paying = pressed(trade, request)
    settle_everything()
    till.pay(till.payment(paying.payment_id))
    success, failure = till.inbox.next(), till.inbox.next()

    for told in (failure, success, failure, success):
        assert door.webhook(told.body, told.headers) == 204
        settle_everything()

    assert [payment.state for payment in till.all_of(Payment)] == [PaymentState.FAILED]
    assert (till.balances, till.invoices) == ({}, [])
    assert trade.request(request.id).state is RequestState.AGREED


@pytest.mark.parametrize("lie", ["body", "secret", "unsigned", "time"])
def test_a_forged_message_is_refused_at_the_door_and_leaves_nothing(
    till: Till, door: FrontDoor, told: Told, lie: str, owner_sql: Callable[..., list[tuple[int]]]
) -> None:
    forged = {
        "body": Told(told.body.replace(b'"succeeded"', b'"succeeded" '), told.headers),
        "secret": _signed(told.body, secret=OTHER_SECRET),
        "unsigned": Told(told.body, {}),
        "time": Told(told.body, told.headers | {"webhook-timestamp": str(int(time.time()) + 1)}),
    }[lie]
    before = owner_sql("SELECT count(*) FROM records", till.tenant)

    answer = door.webhook(forged.body, forged.headers)

    assert answer == 401
    assert owner_sql("SELECT count(*) FROM records", till.tenant) == before
    assert (till.all_of(GatewayMessage), till.balances) == ([], {})


def _signed(body: bytes, *, secret: str = WEBHOOK_SECRET) -> Told:
    """The same message as the gateway would send it now."""
    now, message = int(time.time()), json.loads(body)["id"]
    signed = signature(secret, message, now, body)
    return Told(body, {"webhook-id": message, "webhook-timestamp": str(now), "webhook-signature": signed})
