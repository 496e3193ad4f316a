"""Pia's life at Salus: she leaves a mark of her own wherever a person can write something."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

from salus.exchanges.health_data.actions import offers as offer_actions
from salus.exchanges.health_data.models import Request
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consents
from salus.shared.money import actions as money
from salus.shared.money import queries as money_queries
from salus.shared.people import actions as people
from salus.shared.privacy.actions import copies, erasures, retention
from salus.worker import settle_everything
from tests.cast import BROWSER, administrator, buyer, seller
from tests.exchanges.health_data.scene import Trade
from tests.shared.files.scene import bring
from tests.shared.money.till import IBAN, Till

MARKS = {
    "name": "Canary-Namesdottir",
    "holder": "Canary-Holder",
    "file": "canary-holiday-export.zip",
    "description": "canary-described in her own words",
    "draft": "canary-draft that nobody ever saw",
    "withdrawal": "canary-because of a dream",
}
"""What Pia wrote, each found nowhere else."""
CONTENT = b"canary-content of a file of hers"


@dataclass
class Life:
    """The tenant Pia lives in, and with whom."""

    trade: Trade
    till: Till
    sold: Request
    paul: Actor

    @property
    def tenant(self) -> UUID:
        return self.trade.tenant

    @property
    def pia(self) -> Actor:
        return self.trade.seller

    def as_pia(self) -> Context:
        return Context(self.pia, self.tenant, origin=BROWSER)

    def as_ada(self) -> Context:
        return Context(self.trade.administrator, self.tenant, origin=BROWSER)


def live(tenant: UUID, till: Till, folder: Path) -> Life:
    """From the first export to a sale that was read, a consent taken back, and what she wrote along the way."""
    pia, bruno = seller(tenant, "Pia"), buyer(tenant, "Bruno", organisation="Helix Research")
    trade = Trade(tenant, pia, bruno, administrator(tenant), folder)
    sold = trade.delivered(till, description=MARKS["description"])
    for file in trade.files(sold).values():
        trade.read(file)
    _withdraw_another(trade)
    with Context(pia, tenant) as ctx:
        offer_actions.draft(ctx, trade.described(title=MARKS["draft"]))
        people.rename(ctx, f"Pia {MARKS['name']}")
        bring(ctx, BytesIO(CONTENT), name=MARKS["file"])
    with Context(fresh(pia), tenant) as ctx:
        money.set_payout_account(ctx, holder=MARKS["holder"], account=IBAN)
    return Life(trade, till, sold, seller(tenant, "Paul"))


def fresh(actor: Actor, *, minutes: float = 0) -> Actor:
    """The same person, who gave a second factor just now, or so many minutes from now."""
    return replace(actor, factor_at=datetime.now(UTC) + timedelta(minutes=minutes))


def pay_out(life: Life) -> None:
    """All that Pia earned so far is on her bank account."""
    with Context(fresh(life.pia), life.tenant) as ctx:
        earned = money_queries.earnings(ctx)
        payout = money.request_payout(ctx, earned[0].available)
    with Context(fresh(life.trade.administrator), life.tenant) as ctx:
        money.approve_payout(ctx, money_queries.payout(ctx, payout.id))
    settle_everything()
    life.till.hear()
    settle_everything()


def _withdraw_another(trade: Trade) -> None:
    """A second sale, whose consent Pia took back before it was paid, saying why."""
    again = trade.agreed(trade.asked(trade.offered(title="The same again")))
    with Context(trade.seller, trade.tenant) as ctx:
        consent_actions.withdraw(ctx, consents.consent(ctx, again.authorisation_id), because=MARKS["withdrawal"])
    settle_everything()


def wishes(tenant: UUID, ada: Actor, person: Actor) -> None:
    """One of each: a copy, an erasure that was asked for, a hold on the administrator, a rule of retention."""
    with Context(person, tenant) as ctx:
        copies.ask_copy(ctx)
    with Context(fresh(ada), tenant) as ctx:
        erasures.ask_for_somebody(ctx, person.person_id)
        retention.put_on_hold(ctx, ada.person_id, reason="Case 17/2026")
        retention.set_rule(ctx, code="mails", keep_days=120, source="House rule")
