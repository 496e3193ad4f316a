"""What every payment gateway must do. The tests of an adapter inherit these and say how its gateway is reached."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from salus.kernel.fields import Money
from salus.shared.money.gateways import (
    Capability,
    EventType,
    ForgedWebhook,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    PaymentGateway,
    PaymentOrder,
    PaymentStatus,
    Payout,
    PayoutOrder,
    PayoutStatus,
    Refund,
    RefundStatus,
)

Webhook = tuple[bytes, dict[str, str]]


class Outside(ABC):
    """The world around a gateway under test."""

    @abstractmethod
    def buyer_pays(self, payment: Payment) -> None: ...

    @abstractmethod
    def buyer_is_declined(self, payment: Payment) -> None: ...

    @abstractmethod
    def next_webhook(self) -> Webhook:
        """The next message the gateway sent us: the raw body and the headers."""

    @abstractmethod
    def outage(self) -> AbstractContextManager[None]:
        """While it lasts, the gateway gives no answer in time, though it may do what it is asked."""

    good_account: str
    closed_account: str


def key() -> str:
    return str(uuid4())


def order(amount: int = 4900, reference: str = "") -> PaymentOrder:
    return PaymentOrder(
        price=Money(amount, "EUR"),
        reference=reference or key(),
        description="Resting heart rate, two years",
        payee="Pia Patient",
        return_url="https://salus.example/orders/1",
        metadata={"order": "1"},
    )


class GatewayContract:
    """Needs the fixtures `gateway` and `outside`."""

    def paid(self, gateway: PaymentGateway, outside: Outside, amount: int = 4900) -> Payment:
        payment = gateway.create_payment(order(amount), key=key())
        outside.buyer_pays(payment)
        assert self.event(gateway, outside).type is EventType.PAYMENT_SUCCEEDED
        return gateway.payment(payment.id)

    def event(self, gateway: PaymentGateway, outside: Outside) -> GatewayEvent:
        return gateway.parse_webhook(*outside.next_webhook())

    def test_a_new_payment_waits_for_the_buyer(self, gateway: PaymentGateway) -> None:
        asked = order(reference="order-7")

        payment = gateway.create_payment(asked, key=key())

        assert payment.status is PaymentStatus.PENDING
        assert (payment.price, payment.reference, payment.refunded) == (asked.price, "order-7", Money(0, "EUR"))
        assert payment.checkout_url.startswith("http")
        assert abs(datetime.now(UTC) - payment.created_at) < timedelta(minutes=5)
        assert gateway.payment(payment.id) == payment

    def test_a_repeated_call_makes_one_payment(self, gateway: PaymentGateway) -> None:
        asked, same = order(), key()

        with ThreadPoolExecutor(4) as pool:
            payments = list(pool.map(lambda _: gateway.create_payment(asked, key=same), range(4)))

        assert set(payments) == {payments[0]}
        assert gateway.payments_for(asked.reference) == [payments[0]]

    def test_a_key_used_for_another_order_is_refused(self, gateway: PaymentGateway) -> None:
        asked, same = order(), key()
        gateway.create_payment(asked, key=same)

        with pytest.raises(GatewayRefused):
            gateway.create_payment(replace(asked, price=Money(1, "EUR")), key=same)

    def test_a_payment_that_does_not_exist_is_refused(self, gateway: PaymentGateway) -> None:
        for payment_id in ("unknown", "../balance", "a/b?c#d"):
            with pytest.raises(GatewayRefused):
                gateway.payment(payment_id)

    def test_the_gateways_books_can_be_compared_with_ours(self, gateway: PaymentGateway) -> None:
        payments = [gateway.create_payment(order(), key=key()) for _ in range(3)]

        assert list(gateway.payments_since(payments[0].created_at))[-3:] == payments
        assert list(gateway.payments_since(datetime.now(UTC) + timedelta(hours=1))) == []

    def test_when_the_buyer_paid_the_gateway_says_so(self, gateway: PaymentGateway, outside: Outside) -> None:
        payment = gateway.create_payment(order(), key=key())
        outside.buyer_pays(payment)

        event = self.event(gateway, outside)

        assert event.type is EventType.PAYMENT_SUCCEEDED
        assert event.subject == gateway.payment(payment.id)
        assert isinstance(event.subject, Payment)
        assert event.subject.status is PaymentStatus.SUCCEEDED
        assert event.sequence == event.subject.sequence > payment.sequence

    def test_when_the_card_was_declined_the_gateway_says_why(self, gateway: PaymentGateway, outside: Outside) -> None:
        payment = gateway.create_payment(order(), key=key())
        outside.buyer_is_declined(payment)

        event = self.event(gateway, outside)

        assert event.type is EventType.PAYMENT_FAILED
        assert isinstance(event.subject, Payment)
        assert event.subject.failure

    def test_a_payment_can_be_given_up_but_not_one_that_was_made(
        self, gateway: PaymentGateway, outside: Outside
    ) -> None:
        payment = gateway.create_payment(order(), key=key())

        assert gateway.cancel(payment.id).status is PaymentStatus.CANCELLED
        assert self.event(gateway, outside).type is EventType.PAYMENT_CANCELLED
        with pytest.raises(GatewayRefused):
            gateway.cancel(self.paid(gateway, outside).id)

    def test_money_is_given_back_once_and_never_more_than_was_paid(
        self, gateway: PaymentGateway, outside: Outside
    ) -> None:
        payment, same = self.paid(gateway, outside, 1000), key()

        refunds = [gateway.refund(payment.id, Money(1000, "EUR"), reference="r1", key=same) for _ in range(2)]

        assert refunds[0] == refunds[1]
        assert refunds[0].amount == Money(1000, "EUR")
        event = self.event(gateway, outside)
        assert event.type is EventType.REFUND_SUCCEEDED
        assert isinstance(event.subject, Refund)
        assert (event.subject.reference, event.subject.status) == ("r1", RefundStatus.SUCCEEDED)
        assert gateway.payment(payment.id).refunded == Money(1000, "EUR")
        with pytest.raises(GatewayRefused):
            gateway.refund(payment.id, Money(1, "EUR"), reference="r2", key=key())

    def test_a_part_can_be_given_back(self, gateway: PaymentGateway, outside: Outside) -> None:
        if Capability.REFUND_IN_PART not in gateway.capabilities:
            pytest.skip(f"{gateway.name} gives back all or nothing")
        payment = self.paid(gateway, outside, 1000)

        gateway.refund(payment.id, Money(400, "EUR"), reference="r1", key=key())

        assert gateway.payment(payment.id).refunded == Money(400, "EUR")

    def test_another_currency_is_not_given_back(self, gateway: PaymentGateway, outside: Outside) -> None:
        payment = self.paid(gateway, outside)

        with pytest.raises(GatewayRefused):
            gateway.refund(payment.id, Money(100, "USD"), reference="r1", key=key())

    def test_a_payout_arrives_or_comes_back(self, gateway: PaymentGateway, outside: Outside) -> None:
        if Capability.PAY_OUT not in gateway.capabilities:
            pytest.skip(f"{gateway.name} cannot pay out")
        self.paid(gateway, outside, 1000)
        for account, status, same in (
            (outside.good_account, PayoutStatus.PAID, key()),
            (outside.closed_account, PayoutStatus.FAILED, key()),
        ):
            asked = PayoutOrder(Money(300, "EUR"), "payout-1", account)
            payout = gateway.create_payout(asked, key=same)
            assert gateway.create_payout(asked, key=same).id == payout.id

            event = self.event(gateway, outside)

            assert isinstance(event.subject, Payout)
            assert (event.subject.id, event.subject.status) == (payout.id, status)
            assert gateway.payout(payout.id) == event.subject

    def test_more_than_there_is_cannot_be_paid_out(self, gateway: PaymentGateway, outside: Outside) -> None:
        if Capability.PAY_OUT not in gateway.capabilities:
            pytest.skip(f"{gateway.name} cannot pay out")

        with pytest.raises(GatewayRefused):
            gateway.create_payout(PayoutOrder(Money(10**9, "EUR"), "payout-1", outside.good_account), key=key())

    def test_a_call_without_an_answer_can_be_repeated(self, gateway: PaymentGateway, outside: Outside) -> None:
        asked, same = order(), key()
        with outside.outage(), pytest.raises(GatewayUnavailable):
            gateway.create_payment(asked, key=same)

        payment = gateway.create_payment(asked, key=same)

        assert gateway.payments_for(asked.reference) == [payment]

    @pytest.mark.parametrize(
        "forge",
        [
            lambda body, headers: (body.replace(b"4900", b"4901"), headers),
            lambda body, headers: (body + b" ", headers),
            lambda body, headers: (body, {}),
            lambda body, headers: (body, {name: value[:-4] for name, value in headers.items()}),
            lambda body, headers: (body, dict.fromkeys(headers, "")),
        ],
        ids=["other amount", "one more space", "no headers", "cut headers", "empty headers"],
    )
    def test_a_forged_message_is_refused(
        self, gateway: PaymentGateway, outside: Outside, forge: Callable[[bytes, Mapping[str, str]], Webhook]
    ) -> None:
        outside.buyer_pays(gateway.create_payment(order(4900), key=key()))

        with pytest.raises(ForgedWebhook):
            gateway.parse_webhook(*forge(*outside.next_webhook()))
