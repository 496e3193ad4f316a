"""Payment gateways: the firms that move real money, all behind one protocol.

A gateway is asked with an idempotency key that the caller made and stored beforehand, so after a timeout or a crash
the same call is simply repeated. What a gateway says by webhook may come late, twice, out of order or forged:
`parse_webhook` refuses the forged, and `sequence` tells which of two states is the later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from salus.kernel.errors import Refusal, Unavailable
from salus.kernel.fields import Money


class GatewayUnavailable(Unavailable):
    """No clear answer came. It may or may not have worked, so repeat the same call with the same key."""

    message = "The payment service does not answer right now. You were not charged twice. Please try again in a minute."


class GatewayRefused(Refusal):
    """The gateway understood and said no; the same call will not work later. `reason` is the gateway's own code."""

    status = 409
    message = "The payment service refused this."

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ForgedWebhook(Refusal):
    """A message that claims to come from the gateway and is not shown to."""

    status = 401
    message = "This message is not signed by the payment service, or it is too old."


class UnknownEvent(Refusal):
    """A genuine event of a kind that is new to us. Refused, so that the gateway keeps it until we have learnt it."""

    status = 422
    message = "This kind of event is not known here yet."


class Capability(StrEnum):
    """What not every gateway can do."""

    REFUND_IN_PART = "refund_in_part"
    PAY_OUT = "pay_out"
    HOSTED_CHECKOUT = "hosted_checkout"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PayoutStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class EventType(StrEnum):
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_CANCELLED = "payment.cancelled"
    REFUND_SUCCEEDED = "refund.succeeded"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"


@dataclass(frozen=True)
class PaymentOrder:
    """What the buyer is asked to pay. `reference` is ours, and finds the payment again if its id was lost."""

    price: Money
    reference: str
    description: str
    payee: str
    return_url: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Payment:
    """A payment as the gateway knew it at `sequence`; a larger sequence is the later state."""

    id: str
    reference: str
    price: Money
    refunded: Money
    status: PaymentStatus
    failure: str | None
    checkout_url: str
    created_at: datetime
    sequence: int


@dataclass(frozen=True)
class Refund:
    id: str
    payment_id: str
    reference: str
    amount: Money
    status: RefundStatus
    created_at: datetime
    sequence: int


@dataclass(frozen=True)
class PayoutOrder:
    """Money to send to a bank account, which `destination` names as the gateway knows it."""

    amount: Money
    reference: str
    destination: str


@dataclass(frozen=True)
class Payout:
    id: str
    reference: str
    amount: Money
    destination: str
    status: PayoutStatus
    failure: str | None
    created_at: datetime
    sequence: int


@dataclass(frozen=True)
class GatewayEvent:
    """Something that happened at the gateway. `id` is the same in every copy; `subject` is its state at that moment."""

    id: str
    type: EventType
    sequence: int
    occurred_at: datetime
    subject: Payment | Refund | Payout


class PaymentGateway(Protocol):
    """What every gateway does. Each call may raise GatewayUnavailable or GatewayRefused, and is never repeated inside.

    The same `key` with the same order gives the same object, however often; with another order it is refused.
    """

    @property
    def name(self) -> str:
        """How this gateway is called in records and in the inbox of its events."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    def create_payment(self, order: PaymentOrder, *, key: str) -> Payment:
        """A payment for the buyer to make at its `checkout_url`."""

    def payment(self, payment_id: str) -> Payment: ...

    def payments_for(self, reference: str) -> list[Payment]:
        """All payments made under our reference, oldest first."""

    def payments_since(self, moment: datetime) -> Iterator[Payment]:
        """Every payment created at that moment or later, oldest first, to compare our books with the gateway's."""

    def cancel(self, payment_id: str) -> Payment:
        """Give up a payment that was not made. One that was is refused: refund it."""

    def refund(self, payment_id: str, amount: Money, *, reference: str, key: str) -> Refund:
        """Give back a payment or a part of it."""

    def create_payout(self, order: PayoutOrder, *, key: str) -> Payout:
        """Send money to a bank account. Whether it arrived comes later, as an event."""

    def payout(self, payout_id: str) -> Payout: ...

    def parse_webhook(self, raw_body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """What the gateway tells. ForgedWebhook unless these very bytes are signed, and signed just now.

        A replay within five minutes passes: keep the ids of events and act on each once.
        """
