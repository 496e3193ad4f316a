"""The rules of the simulated processor: what a payment may become, and the event that each change leaves."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import TypeVar

from salus.sim.faults import ProcessorFaults
from salus.sim.models import (
    Asked,
    AskedPayment,
    AskedPayout,
    AskedRefund,
    Event,
    Kept,
    Payment,
    PaymentPage,
    Payout,
    Refund,
)
from salus.sim.store import Store

DECLINED_CARD = "4000000000000002"
CONFIRMED_CARD = "4000000000003220"
"""A card whose bank wants its holder to confirm (3-D Secure)."""
GOOD_CARD = "4242424242424242"
CLOSED_ACCOUNT = "0002"
"""A payout to a bank account that ends so comes back."""

PAGE = 100

K = TypeVar("K", bound=Kept)


class NotPossible(Exception):
    """The processor says no; `status` is the HTTP status it says it with."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


class Processor:
    """Takes payments, gives them back and pays out. With a seed, the ids repeat from run to run."""

    def __init__(self, store: Store, faults: ProcessorFaults, seed: int | None = None) -> None:
        self._store = store
        self._faults = faults
        self._seed = seed

    def create_payment(self, asked: AskedPayment, *, key: str, url: str) -> Payment:
        """A payment that waits for its card at `url`/checkout/{id}."""

        def make() -> Payment:
            number, payment_id = self._new("pay")
            return Payment(
                **asked.model_dump(exclude={"return_url"}),
                id=payment_id,
                sequence=number,
                created_at=datetime.now(UTC),
                return_url=str(asked.return_url),
                checkout_url=f"{url}/checkout/{payment_id}",
            )

        return self._once(Payment, key, asked, make)

    def payment(self, payment_id: str) -> Payment:
        return self._found(Payment, payment_id)

    def payments(self, reference: str | None, since: datetime | None, after: str | None) -> PaymentPage:
        """One page of payments, oldest first."""
        payments = self._store.payments(reference=reference, since=since, after=after, most=PAGE + 1)
        shown = payments[:PAGE]
        return PaymentPage(payments=shown, next=shown[-1].id if len(payments) > PAGE else None)

    def pay(self, payment_id: str, card: str) -> Payment:
        """Charge a card: it succeeds, is declined, or waits for its holder to confirm."""
        card = card.replace(" ", "")
        with self._store.transaction():
            payment = self._open(payment_id, "pending")
            if card == GOOD_CARD:
                return self._succeed(payment)
            if card == CONFIRMED_CARD:
                return self._change(payment, status="requires_action")
            failure = "card_declined" if card == DECLINED_CARD else "unknown_card"
            return self._change(payment, "payment.failed", status="failed", failure=failure)

    def confirm(self, payment_id: str, *, approved: bool) -> Payment:
        """What the card holder answered their bank."""
        with self._store.transaction():
            payment = self._open(payment_id, "requires_action")
            if approved:
                return self._succeed(payment)
            return self._change(payment, "payment.failed", status="failed", failure="not_confirmed")

    def cancel(self, payment_id: str) -> Payment:
        """Give up a payment that was not made; cancelling twice is no mistake."""
        with self._store.transaction():
            payment = self._open(payment_id, "pending", "requires_action", "cancelled")
            if payment.status == "cancelled":
                return payment
            return self._change(payment, "payment.cancelled", status="cancelled")

    def refund(self, asked: AskedRefund, *, key: str) -> Refund:
        """Give back a payment or a part of it, never more than was paid."""

        def make() -> Refund:
            payment = self._open(asked.payment_id, "succeeded")
            amount = asked.amount or payment.amount - payment.refunded
            if amount > payment.amount - payment.refunded or not amount:
                raise NotPossible(409, "refund_exceeds_payment", "That is more than is left of the payment.")
            self._change(payment, refunded=payment.refunded + amount)
            number, refund_id = self._new("ref")
            return Refund(
                id=refund_id,
                sequence=number,
                created_at=datetime.now(UTC),
                amount=amount,
                currency=payment.currency,
                payment_id=payment.id,
                reference=asked.reference,
            )

        return self._once(Refund, key, asked, make, "refund.succeeded")

    def create_payout(self, asked: AskedPayout, *, key: str) -> Payout:
        """Send money to a bank account; whether it arrived is known a little later."""

        def make() -> Payout:
            if self.balance().get(asked.currency, 0) < asked.amount:
                raise NotPossible(409, "balance_too_low", "The balance does not cover this payout.")
            number, payout_id = self._new("out")
            return Payout(**asked.model_dump(), id=payout_id, sequence=number, created_at=datetime.now(UTC))

        return self._once(Payout, key, asked, make)

    def payout(self, payout_id: str) -> Payout:
        return self._found(Payout, payout_id)

    def settle_payouts(self) -> None:
        """Let the bank answer every payout that was under way long enough."""
        travelled = timedelta(milliseconds=self._faults.knobs.payout_ms)
        with self._store.transaction():
            for payout in self._store.pending_payouts():
                if datetime.now(UTC) - payout.created_at < travelled:
                    continue
                if payout.destination.endswith(CLOSED_ACCOUNT):
                    self._change(payout, "payout.failed", status="failed", failure="account_closed")
                    continue
                paid = self._change(payout, "payout.paid", status="paid")
                if self._faults.knobs.failure_after_success:
                    self._change(paid, "payout.failed", status="failed", failure="returned_by_bank")

    def balance(self) -> dict[str, int]:
        """Minor units at hand, by currency."""
        return self._store.balances()

    def _succeed(self, payment: Payment) -> Payment:
        paid = self._change(payment, "payment.succeeded", status="succeeded")
        if self._faults.knobs.failure_after_success:
            return self._change(paid, "payment.failed", status="failed", failure="returned_by_bank")
        return paid

    def _once(self, model: type[K], key: str, asked: Asked, make: Callable[[], K], event_type: str | None = None) -> K:
        """Make it under this key, or return what the key made before, as it is now."""
        digest = sha256(f"{model.kind} {asked.model_dump_json()}".encode()).hexdigest()
        with self._store.transaction():
            earlier = self._store.request(key)
            if earlier is None:
                made = make()
                self._store.put(made)
                self._store.remember(key, digest, made.id)
                if event_type:
                    self._tell(event_type, made)
                return made
        if earlier[0] != digest:
            raise NotPossible(409, "key_reused", "This Idempotency-Key was used for a different request.")
        return self._found(model, earlier[1])

    def _change(self, thing: K, event_type: str | None = None, **changes: object) -> K:
        changed = thing.model_copy(update={**changes, "sequence": self._store.next_number()})
        self._store.put(changed)
        if event_type:
            self._tell(event_type, changed)
        return changed

    def _tell(self, event_type: str, thing: Kept) -> None:
        event = Event(
            id=self._id("evt", thing.sequence),
            type=event_type,
            sequence=thing.sequence,
            created_at=datetime.now(UTC),
            data=thing.model_dump(mode="json"),
        )
        self._store.queue(event, time.time() + self._faults.knobs.webhooks.delay_ms / 1000)

    def _found(self, model: type[K], object_id: str) -> K:
        found = self._store.find(model, object_id)
        if found is None:
            raise NotPossible(404, "not_found", f"There is no {model.kind} {object_id}.")
        return found

    def _open(self, payment_id: str, *statuses: str) -> Payment:
        payment = self._found(Payment, payment_id)
        if payment.status not in statuses:
            raise NotPossible(409, "wrong_status", f"The payment is {payment.status}.")
        return payment

    def _new(self, prefix: str) -> tuple[int, str]:
        number = self._store.next_number()
        return number, self._id(prefix, number)

    def _id(self, prefix: str, number: int) -> str:
        if self._seed is None:
            return f"{prefix}_{secrets.token_hex(12)}"
        repeatable = Random(f"{self._seed} {prefix} {number}")  # noqa: S311  Only asked for in tests.
        return f"{prefix}_{repeatable.randbytes(12).hex()}"
