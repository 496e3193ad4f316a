"""A shop with a till: what is bought and paid for in these tests, through a real gateway over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import time_machine
from sqlalchemy import select

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.kernel.operations import action, query
from salus.shared.messages.models import Notice
from salus.shared.money import actions, queries
from salus.shared.money.gateways import Payment as Told
from salus.shared.money.gateways import PaymentStatus
from salus.shared.money.models import Account, Discrepancy, Invoice, Payment, Payout, Refund
from salus.shared.money.rules import Purchase, payable, reference
from salus.sim.app import create_app
from salus.sim.running import Inbox, running
from salus.sim.running import Told as Delivery
from salus.worker import settle_everything

KEY = "sk_of_the_till"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRICE = Money(10_000, "EUR")
IBAN = "DE89 3704 0044 0532 0130 00"
CLOSED_IBAN = "DE14370400440000000002"
"""One that the simulated bank sends money back from."""


@action(roles={Role.BUYER})
def buy(ctx: Context, purchase: Purchase) -> Payment:
    return actions.intend(ctx, purchase)


@query(roles={Role.SYSTEM})
def balances(ctx: Context) -> dict[tuple[str, UUID | None], int]:
    rows = ctx.db.execute(select(Account.kind, Account.owner_id, Account.balance))
    return {(row.kind.value, row.owner_id): row.balance for row in rows}


@query(roles={Role.SYSTEM})
def everything(ctx: Context, table: Any) -> list[Any]:
    return list(ctx.db.scalars(select(table).order_by(table.id)))


@query(roles={Role.SYSTEM})
def titles(ctx: Context, person_id: UUID) -> list[str]:
    return [notice.title for notice in everything(ctx, Notice) if notice.person_id == person_id]


@action(roles={Role.SYSTEM})
def settle_again(ctx: Context, payment: Payment) -> Payment:
    return actions.settle(ctx, payment)


@action(roles={Role.SYSTEM})
def meddle(ctx: Context, statement: str) -> None:
    """What the application could do to the database if its code were wrong."""
    ctx.rows(statement)


def as_told(payment: Payment, status: str, sequence: int, *, price: Money | None = None) -> Told:
    """What the gateway might tell about a payment."""
    price = price or payment.price
    return Told(
        id=payment.gateway_id or f"pay_{payment.id}",
        reference=reference(payment.tenant_id, payment.id),
        price=price,
        refunded=Money(0, price.currency),
        status=PaymentStatus(status),
        failure=None,
        checkout_url="http://127.0.0.1:9/checkout",
        created_at=payment.created_at,
        sequence=sequence,
    )


def together(jobs: Sequence[Callable[[], object]]) -> None:
    """Do all of it at the same time. What one of them raises is raised."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


@contextmanager
def later(**passed: float) -> Iterator[None]:
    """So much time has passed."""
    with time_machine.travel(datetime.now(UTC) + timedelta(**passed), tick=True):
        yield


class Till:
    """One tenant's payments, and the gateway they go through."""

    def __init__(self, tenant: UUID, url: str, inbox: Inbox) -> None:
        self.tenant = tenant
        self.inbox = inbox
        self.client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {KEY}"}, trust_env=False)

    def turn(self, **knobs: Any) -> None:
        assert self.client.put("/knobs", json=knobs).status_code == 200

    def intended(self, buyer: Actor, seller: Actor, price: Money = PRICE, **other: Any) -> Payment:
        """The buyer has agreed to buy; nobody has told the gateway yet."""
        purchase = Purchase(
            **{
                "subject_type": "orders",
                "subject_id": new_id(),
                "description": "Resting heart rate, two years",
                "price": price,
                "payer_id": buyer.person_id,
                "payer_organisation_id": buyer.organisation_id,
                "payer_name": "Nordlys Cardiology Institute",
                "payee_id": seller.person_id,
                "payee_name": "Sal Seller",
                "payer_country": "NO",
                "payee_country": "DE",
            }
            | other
        )
        with Context(buyer, self.tenant) as ctx:
            return buy(ctx, purchase)

    def requested(self, buyer: Actor, seller: Actor, price: Money = PRICE, **other: Any) -> Payment:
        """The gateway waits for the buyer's card."""
        payment = self.intended(buyer, seller, price, **other)
        settle_everything()
        return self.payment(payment.id)

    def pay(self, payment: Payment, card: str = "4242424242424242") -> None:
        assert self.client.post(f"/v1/payments/{payment.gateway_id}/pay", json={"number": card}).is_success

    def settled(self, buyer: Actor, seller: Actor, price: Money = PRICE, **other: Any) -> Payment:
        """Bought, paid, told, and split."""
        payment = self.requested(buyer, seller, price, **other)
        self.pay(payment)
        self.hear()
        settle_everything()
        return self.payment(payment.id)

    def hear(self, told: Delivery | None = None) -> Delivery:
        """The gateway's next webhook arrives here."""
        told = told or self.inbox.next()
        with nobody(self.tenant) as ctx:
            actions.receive(ctx, told.body, told.headers)
        return told

    def payment(self, payment_id: UUID) -> Payment:
        with Context(SYSTEM, self.tenant) as ctx:
            found = queries.payment_known_by(ctx, payment_id)
        assert found is not None
        return found

    def payout(self, payout_id: UUID) -> Payout:
        with Context(SYSTEM, self.tenant) as ctx:
            found = queries.payout_known_by(ctx, payout_id)
        assert found is not None
        return found

    def all_of(self, table: Any) -> list[Any]:
        with Context(SYSTEM, self.tenant) as ctx:
            return everything(ctx, table)

    def told(self, person: Actor) -> list[str]:
        """The titles of the notices somebody got, oldest first."""
        with Context(SYSTEM, self.tenant) as ctx:
            return titles(ctx, person.person_id)

    @property
    def refunds(self) -> list[Refund]:
        return self.all_of(Refund)

    @property
    def invoices(self) -> list[Invoice]:
        return self.all_of(Invoice)

    @property
    def discrepancies(self) -> list[Discrepancy]:
        return self.all_of(Discrepancy)

    @property
    def balances(self) -> dict[str, int]:
        """Of every account that is not empty; those of sellers are summed up."""
        with Context(SYSTEM, self.tenant) as ctx:
            found = balances(ctx)
        kinds: dict[str, int] = {}
        for (kind, _), balance in found.items():
            kinds[kind] = kinds.get(kind, 0) + balance
        return {kind: balance for kind, balance in kinds.items() if balance}

    def earned(self, seller: Actor) -> int:
        with Context(SYSTEM, self.tenant) as ctx:
            return balances(ctx).get(tuple(payable(seller.person_id)), 0)


@contextmanager
def open_till(tenant: UUID) -> Iterator[Till]:
    """A till with a gateway of its own, whose address `configured()` must be pointed to."""
    inbox = Inbox()
    with running(inbox.app) as inbox_url:
        app = create_app(secret_key=KEY, webhook_secret=WEBHOOK_SECRET, webhook_url=inbox_url, first_retry_s=0.05)
        with running(app) as url:
            till = Till(tenant, url, inbox)
            yield till
            till.client.close()
