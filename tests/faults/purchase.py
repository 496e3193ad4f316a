"""One purchase after the other, each in the steps in which production makes it, and what must be true of it.

Every step runs in a process of its own, as in production: the web server, the worker, the gateway.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.queries import requests
from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context, nobody
from salus.kernel.errors import Refusal
from salus.shared.money import actions as money
from salus.shared.money.models import TaxBase
from salus.shared.money.reactions import recover
from salus.sim.running import Told
from salus.worker import settle_everything
from tests.cast import administrator, buyer, seller
from tests.exchanges.health_data.scene import HEART, STEPS, Trade
from tests.faults.installation import Installation, owner_sql
from tests.shared.money.till import later

CARD = {"number": "4242424242424242"}
PATIENCE_S = 15.0


@dataclass(frozen=True)
class Purchase:
    """What one buyer is about to buy. `told` is the gateway's webhook, once the card was charged."""

    title: str
    request_id: UUID
    told: Told | None = None


class Inbox(HTTPServer):
    """Takes the gateway's webhooks in when asked to, without a thread."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Hearing)
        self.timeout = PATIENCE_S
        self.told: list[Told] = []

    def next(self) -> Told:
        """Raises TimeoutError if none comes."""
        self.told.clear()
        self.handle_request()
        if not self.told:
            raise TimeoutError("no webhook came")
        return self.told[0]


class _Hearing(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append(Told(body, dict(self.headers)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def open_trade(tenant: UUID, folder: Path) -> Trade:
    """Pia sells, Bruno buys, Ada administers. Commission and taxes are set, and Pia's export has been read."""
    ada = administrator(tenant)
    bruno = buyer(tenant, "Bruno", organisation="Helix Research")
    trade = Trade(tenant, seller(tenant, "Pia"), bruno, ada, folder)
    with Context(ada, tenant) as ctx:
        money.set_commission(ctx, basis_points=1_200)
        for base in TaxBase:
            money.set_tax(ctx, country="FI", applies_to=base, basis_points=2_550, reason="AVL 84 §")
    trade.bring_in()
    trade.switch_on(STEPS, HEART)
    settle_everything()
    return trade


@dataclass(frozen=True)
class Shop:
    """The purchases of one trade, and the gateway they are paid at, which is another process."""

    installation: Installation
    inbox: Inbox
    trade: Trade

    @property
    def tenant(self) -> UUID:
        return self.installation.tenant

    def agreed(self, title: str) -> Purchase:
        """The person has agreed; the buyer may press Pay."""
        request = self.trade.agreed(self.trade.asked(self.trade.offered(title=title)))
        return Purchase(title, request.id)

    def press(self, purchase: Purchase) -> UUID | None:
        """The buyer presses Pay, and is shown this payment."""
        with Context(self.trade.buyer, self.tenant) as ctx:
            return request_actions.pay(ctx, requests.request(ctx, purchase.request_id)).payment_id

    def work(self, _purchase: Purchase) -> None:
        """The worker does what is owed: asks the gateway, invoices, delivers, tells."""
        settle_everything()

    def charged(self, purchase: Purchase) -> Purchase:
        """The buyer gives the card on the gateway's page, if it waits for one; and the gateway tells."""
        with self.installation.gateway() as gateway:
            for payment in self.at_the_gateway(purchase):
                if payment["status"] == "pending":
                    assert gateway.post(f"/v1/payments/{payment['id']}/pay", json=CARD).is_success
                    purchase = replace(purchase, told=self.inbox.next())
        return purchase

    def hear(self, purchase: Purchase) -> None:
        """The gateway's webhook arrives."""
        assert purchase.told is not None
        with nobody(self.tenant) as ctx:
            money.receive(ctx, purchase.told.body, purchase.told.headers)

    def prepared(self, purchase: Purchase, step: str) -> Purchase:
        """Everything before that step has happened."""
        for name, act in self.steps.items():
            if name == step:
                return purchase
            act(purchase)
            if name == "request":
                purchase = self.charged(purchase)
        raise ValueError(step)

    def recover(self, purchase: Purchase, *, by_webhook: bool) -> None:
        """What production does by itself after a crash, and what the buyer and the gateway then do again.

        The gateway may repeat its webhook soon, or only after Salus has asked by itself what became of the payment.
        """
        _until_the_dead_are_gone()
        with suppress(Refusal):  # Paid already, as the buyer is then told.
            self.press(purchase)
        self._leases_run_out_and_work_goes_on(purchase)
        self._ask_what_hangs()
        purchase = self.charged(purchase)
        if not by_webhook:
            self._ask_what_hangs()
        for _ in range(2):
            self.hear(purchase)
        self._leases_run_out_and_work_goes_on(purchase)

    @property
    def steps(self) -> dict[str, Callable[[Purchase], object]]:
        """The whole purchase, in its order. Between `request` and `hear` the card is charged at the gateway."""
        return {"press": self.press, "request": self.work, "hear": self.hear, "react": self.work}

    def at_the_gateway(self, purchase: Purchase) -> list[dict[str, object]]:
        """Every payment for this purchase that the gateway's books hold, under whatever key it was asked for."""
        found: list[dict[str, object]] = []
        after: dict[str, str] = {}
        with self.installation.gateway() as gateway:
            while True:
                page = gateway.get("/v1/payments", params=after).json()
                found += [one for one in page["payments"] if purchase.title in one["description"]]
                if page["next"] is None:
                    return found
                after = {"after": page["next"]}

    def _leases_run_out_and_work_goes_on(self, purchase: Purchase) -> None:
        owner_sql("UPDATE owed SET due_at = now()")
        self.work(purchase)

    def _ask_what_hangs(self) -> None:
        with later(minutes=2):
            recover(Context(SYSTEM, self.tenant))


def _until_the_dead_are_gone() -> None:
    """PostgreSQL notices that a client died when it next reads from it; until then its locks stand."""
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'salus_app' AND state <> 'idle'"
    )
    deadline = monotonic() + PATIENCE_S
    while owner_sql(others)[0][0]:
        if monotonic() > deadline:
            raise TimeoutError("a killed process still holds a transaction")
        sleep(0.005)
