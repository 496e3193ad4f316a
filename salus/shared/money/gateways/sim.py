"""The adapter for the built-in `sim` gateway."""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from salus.kernel import telemetry
from salus.kernel.breaker import Busy, CircuitOpen, breaker
from salus.kernel.fields import Money
from salus.shared.money.gateways.contract import (
    Capability,
    EventType,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    PaymentOrder,
    PaymentStatus,
    Payout,
    PayoutOrder,
    PayoutStatus,
    Refund,
    RefundStatus,
    UnknownEvent,
)
from salus.shared.money.gateways.standard_webhooks import verify

CONNECT_S = 1.0
CALL_S = 2.0


class SimGateway:
    """The built-in `sim` gateway (`python -m salus.sim`), which moves no money.

    `webhook_secrets` are all secrets that may sign an event, two of them while one is being replaced.
    """

    name = "sim"
    capabilities = frozenset(Capability)

    def __init__(
        self, base_url: str, secret_key: str, *webhook_secrets: str, clock: Callable[[], float] = time.time
    ) -> None:
        if not webhook_secrets:
            raise ValueError("without a webhook secret nothing the gateway says can be believed")
        self._webhook_secrets = webhook_secrets
        self._breaker = breaker(f"payments:{urlsplit(base_url).netloc}", anew=True)
        self._clock = clock
        self._client = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {secret_key}"},
            timeout=httpx.Timeout(CALL_S, connect=CONNECT_S),
            event_hooks={"request": [_mark]},
            # The sim runs beside us; a proxy meant for the outside world would not find it.
            trust_env=False,
        )
        # The cache of gateways lets go of the one that was used longest ago, and nobody else would hang up.
        weakref.finalize(self, self._client.close)

    def close(self) -> None:
        self._client.close()

    def create_payment(self, order: PaymentOrder, *, key: str) -> Payment:
        asked = {
            "amount": order.price.amount,
            "currency": order.price.currency,
            "reference": order.reference,
            "description": order.description,
            "payee": order.payee,
            "return_url": order.return_url,
            "metadata": dict(order.metadata),
        }
        return _payment(self._call("POST", "/v1/payments", key=key, json=asked))

    def payment(self, payment_id: str) -> Payment:
        return _payment(self._call("GET", f"/v1/payments/{_in_path(payment_id)}"))

    def payments_for(self, reference: str) -> list[Payment]:
        return list(self._payments({"reference": reference}))

    def payments_since(self, moment: datetime) -> Iterator[Payment]:
        return self._payments({"created_after": moment.isoformat()})

    def cancel(self, payment_id: str) -> Payment:
        return _payment(self._call("POST", f"/v1/payments/{_in_path(payment_id)}/cancel"))

    def refund(self, payment_id: str, amount: Money, *, reference: str, key: str) -> Refund:
        # The gateway is asked for an amount alone; the wrong currency would be given back silently.
        if amount.currency != self.payment(payment_id).price.currency:
            raise GatewayRefused("wrong_currency")
        asked = {"payment_id": payment_id, "amount": amount.amount, "reference": reference}
        return _refund(self._call("POST", "/v1/refunds", key=key, json=asked))

    def create_payout(self, order: PayoutOrder, *, key: str) -> Payout:
        asked = {
            "amount": order.amount.amount,
            "currency": order.amount.currency,
            "reference": order.reference,
            "destination": order.destination,
        }
        return _payout(self._call("POST", "/v1/payouts", key=key, json=asked))

    def payout(self, payout_id: str) -> Payout:
        return _payout(self._call("GET", f"/v1/payouts/{_in_path(payout_id)}"))

    def parse_webhook(self, raw_body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        verify(raw_body, headers, self._webhook_secrets, now=self._clock())
        said = json.loads(raw_body)
        try:
            event_type = EventType(said["type"])
        except ValueError as error:
            raise UnknownEvent from error
        return GatewayEvent(
            id=said["id"],
            type=event_type,
            sequence=said["sequence"],
            occurred_at=datetime.fromisoformat(said["timestamp"]),
            subject=_SUBJECTS[event_type.partition(".")[0]](said["data"]),
        )

    def _payments(self, wanted: dict[str, str]) -> Iterator[Payment]:
        while True:
            page = self._call("GET", "/v1/payments", params=wanted)
            yield from map(_payment, page["payments"])
            if page["next"] is None:
                return
            wanted = {**wanted, "after": page["next"]}

    def _call(self, method: str, path: str, *, key: str | None = None, **request: Any) -> dict[str, Any]:
        headers = {"idempotency-key": key} if key else {}
        try:
            with self._breaker.call():
                answer = self._client.request(method, path, headers=headers, **request)
                said = answer.json()
                # 429 and 5xx say nothing about whether the request itself was right, so it may be repeated.
                if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    raise GatewayUnavailable
        except (httpx.HTTPError, ValueError, CircuitOpen, Busy) as error:
            raise GatewayUnavailable from error
        if not answer.is_success:
            raise GatewayRefused(said["error"]["code"] if "error" in said else "malformed_request")
        return dict(said)


def _mark(request: httpx.Request) -> None:
    request.headers.update(telemetry.parting_headers())


def _in_path(part: str) -> str:
    return quote(part, safe="")


def _payment(said: dict[str, Any]) -> Payment:
    return Payment(
        id=said["id"],
        reference=said["reference"],
        price=Money(said["amount"], said["currency"]),
        refunded=Money(said["refunded"], said["currency"]),
        status=PaymentStatus(said["status"]),
        failure=said["failure"],
        checkout_url=said["checkout_url"],
        created_at=datetime.fromisoformat(said["created_at"]),
        sequence=said["sequence"],
    )


def _refund(said: dict[str, Any]) -> Refund:
    return Refund(
        id=said["id"],
        payment_id=said["payment_id"],
        reference=said["reference"],
        amount=Money(said["amount"], said["currency"]),
        status=RefundStatus(said["status"]),
        created_at=datetime.fromisoformat(said["created_at"]),
        sequence=said["sequence"],
    )


def _payout(said: dict[str, Any]) -> Payout:
    return Payout(
        id=said["id"],
        reference=said["reference"],
        amount=Money(said["amount"], said["currency"]),
        destination=said["destination"],
        status=PayoutStatus(said["status"]),
        failure=said["failure"],
        created_at=datetime.fromisoformat(said["created_at"]),
        sequence=said["sequence"],
    )


_SUBJECTS: dict[str, Callable[[dict[str, Any]], Payment | Refund | Payout]] = {
    "payment": _payment,
    "refund": _refund,
    "payout": _payout,
}
