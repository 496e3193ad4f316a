import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from salus.sim.app import create_app
from salus.sim.running import Inbox, running

KEY = "sk_of_the_tests"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Shop:
    """Somebody who takes payments: their calls to the processor, and what it told them."""

    def __init__(self, client: httpx.Client, inbox: Inbox, close: Callable[[], None]) -> None:
        self.client = client
        self.close = close
        self.inbox = inbox
        self._made = 0

    def order(self, **other: Any) -> dict[str, Any]:
        return {
            "amount": 4900,
            "currency": "EUR",
            "reference": "order-1",
            "description": "Resting heart rate, two years",
            "payee": "Pia Patient via Salus",
            "return_url": "http://127.0.0.1:9/orders/1",
        } | other

    def ask(self, path: str, asked: dict[str, Any], key: str | None = None) -> httpx.Response:
        self._made += 1
        return self.client.post(path, json=asked, headers={"idempotency-key": key or f"key-{self._made}"})

    def payment(self, **other: Any) -> dict[str, Any]:
        answer = self.ask("/v1/payments", self.order(**other))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def pay(self, payment: dict[str, Any], card: str = "4242 4242 4242 4242") -> dict[str, Any]:
        return dict(self.client.post(f"/v1/payments/{payment['id']}/pay", json={"number": card}).json())

    def paid(self, **other: Any) -> dict[str, Any]:
        return self.pay(self.payment(**other))

    def read(self, payment: dict[str, Any]) -> dict[str, Any]:
        return dict(self.client.get(f"/v1/payments/{payment['id']}").json())

    def turn(self, **knobs: Any) -> None:
        assert self.client.put("/knobs", json=knobs).status_code == 200

    def told(self) -> dict[str, Any]:
        return dict(httpx.Response(200, content=self.inbox.next().body).json())


@pytest.fixture
def open_shop() -> Iterator[Callable[..., Shop]]:
    """Opens shops, each with a processor of its own that repeats failed webhooks after 50 ms."""
    with ExitStack() as shops:

        def opened(*inbox_answers: int, **options: Any) -> Shop:
            stack = shops.enter_context(ExitStack())
            inbox = Inbox(*inbox_answers)
            url = stack.enter_context(running(inbox.app))
            app = create_app(
                secret_key=KEY, webhook_secret=WEBHOOK_SECRET, webhook_url=url, first_retry_s=0.05, **options
            )
            base_url = stack.enter_context(running(app))
            headers = {"authorization": f"Bearer {KEY}"}
            client = stack.enter_context(httpx.Client(base_url=base_url, headers=headers, trust_env=False))
            return Shop(client, inbox, stack.close)

        yield opened


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
