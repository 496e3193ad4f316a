"""A tenant in which everything has happened at least once, made by the actions that people use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from pydantic import SecretStr

from salus import schema
from salus.exchanges.health_data.actions import offers as offer_actions
from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.fields import Money
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.api_keys import actions as api_keys
from salus.shared.money import actions as money
from salus.shared.money.gateways import configured
from salus.shared.money.models import RefundReason, TaxBase
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.people.rules import STEP_S
from salus.shared.webhooks import actions as webhooks
from salus.shared.webhooks.gateways import Outcome
from salus.worker import settle_everything
from tests.authenticator import Authenticator, host_of
from tests.cast import (
    PASSWORD,
    actor_of,
    administrator,
    buyer,
    code_of,
    doctor,
    email_of,
    patient,
    seller,
    with_factor,
)
from tests.exchanges.appointments.life import practised
from tests.exchanges.health_data.scene import Trade
from tests.shared.calendar.scene import kept
from tests.shared.clinical.scene import cared_for
from tests.shared.federation.arrivals import linked_and_arrived
from tests.shared.insurance.scene import answered
from tests.shared.money.till import IBAN, KEY, WEBHOOK_SECRET, Till, open_till
from tests.shared.oauth.scene import app_of
from tests.shared.people.holders import registered
from tests.shared.privacy.scene import wishes
from tests.shared.security import alarm

Sql = Callable[..., list[tuple[object, ...]]]


@dataclass(frozen=True)
class Visitor:
    """Somebody at the front door: who they are, and the tokens they are known by."""

    who: str
    tenant: UUID
    actor: Actor
    browser: str | None = None
    api: str | None = None

    @property
    def host(self) -> str:
        return tenant_named(self.tenant).hosts[0]


@dataclass(frozen=True)
class World:
    """The tenant, and the ids of what is in it by table."""

    tenant: UUID
    ids: dict[str, list[UUID]]


def build(tenant: UUID, till: Till, folder: Path, owner_sql: Sql) -> World:
    """Pia sells to Bruno, from the export to the payout; a second request and offers in every state are under way.

    Petra sees Dora, a doctor who may overbook, and her insurance pays.
    """
    pia, bruno, ada = (
        seller(tenant, "Pia"),
        buyer(tenant, "Bruno", organisation="Helix Research"),
        administrator(tenant),
    )
    _set_terms(ada, tenant)
    trade = Trade(tenant, pia, bruno, ada, folder)
    sold = trade.delivered(till)
    for file in trade.files(sold).values():
        trade.read(file)
    trade.asked(trade.offered(title="The same again"))
    with Context(pia, tenant) as ctx:
        offer_actions.submit(ctx, offer_actions.draft(ctx, trade.described(title="Under review")))
        offer_actions.draft(ctx, trade.described(title="Still a draft"))
    with Context(bruno, tenant) as ctx:
        people.invite(ctx, email_of("Ines"))
    with Context(bruno, tenant) as ctx:
        api_keys.make(ctx, name="Nightly download", scopes=["money:read"])
    app_of(tenant, bruno).let_in_by(pia)
    linked_and_arrived(tenant, ada, bruno)
    _ask_for_payout(pia, tenant)
    _give_a_part_back(ada, till, sold.payment_id)
    alarm.handled(tenant, ada, pia)
    wishes(tenant, ada, pia)
    petra, dora = patient(tenant, "Petra"), doctor(tenant, "Dora", organisation="Harbour Clinic")
    kept(tenant, dora, petra)
    cared_for(tenant, dora)
    practised(tenant, dora, petra, answered(tenant, ada, petra))
    let_overbook(tenant, dora)
    _listen(ada, tenant)
    settle_everything()
    return World(tenant, {table: _ids(owner_sql, table, tenant) for table in _tables()})


def let_overbook(tenant: UUID, doctor: Actor) -> None:
    """An administrator lets a doctor give times that are taken, from the next sign-in on."""
    with Context(administrator(tenant), tenant) as ctx:
        people.grant_role(ctx, people_queries.person(ctx, doctor.person_id), Role.OVERBOOKER)


_steps: dict[tuple[UUID, str], int] = {}
"""The step of the second factor that each used last."""


def visitor(tenant: UUID, who: str, name: str, *, has_factor: bool = False) -> Visitor:
    """Somebody who is there already, signed in by browser and by program."""
    browser = _token(tenant, name, has_factor, "browser")
    api = _token(tenant, name, has_factor, "api")
    return Visitor(who, tenant, actor_of(tenant, browser), browser, api)


@contextmanager
def till_of(tenant: UUID) -> Iterator[Till]:
    """A payment gateway for one tenant, for as long as the block runs."""
    with open_till(tenant) as till, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "gateway_url", str(till.client.base_url))
        patch.setattr(settings(), "gateway_key", SecretStr(KEY))
        patch.setattr(settings(), "gateway_webhook_secret", SecretStr(WEBHOOK_SECRET))
        try:
            yield till
            settle_everything()
        finally:
            configured.configured().close()


def _token(tenant: UUID, name: str, has_factor: bool, channel: str) -> str:
    # Every step of the second factor serves once, so each sign-in is in the middle of a later one.
    step = max(int(datetime.now(UTC).timestamp()) // STEP_S, _steps.get((tenant, name), 0) + 1)
    _steps[tenant, name] = step
    moment = datetime.fromtimestamp((step + 0.5) * STEP_S, UTC)
    with time_machine.travel(moment, tick=False), nobody(tenant, origin=Origin(channel=channel)) as ctx:
        shown = code_of(tenant, name) if has_factor else None
        given = people.sign_in(ctx, email=email_of(name), password=PASSWORD, code=shown)
    return given.token


def _set_terms(ada: Actor, tenant: UUID) -> None:
    with Context(ada, tenant) as ctx:
        money.set_commission(ctx, basis_points=1_200)
        money.set_tax(ctx, country="FI", applies_to=TaxBase.COMMISSION, basis_points=2_550, reason="AVL 84 §")


def _ask_for_payout(pia: Actor, tenant: UUID) -> None:
    """Whoever sets a payout account has a second factor: Pia an app, a security key, and codes for a bad day."""
    pia = registered(tenant, with_factor(tenant, "Pia", pia), Authenticator.at(tenant))
    with Context(pia, tenant) as ctx:
        people.make_recovery_codes(ctx)
        people.ask_for_key(ctx, host_of(tenant))
        money.set_payout_account(ctx, holder="Pia", account=IBAN)
        money.request_payout(ctx, Money(1_000, "EUR"))


def _listen(ada: Actor, tenant: UUID) -> None:
    """A webhook of the administrator's, whose server took an event badly."""
    with Context(ada, tenant) as ctx:
        listening = webhooks.subscribe(ctx, "https://93.184.215.14/hook", ["*"]).subscription
        waiting = webhooks.send_test(ctx, listening)
    with Context(SYSTEM, tenant) as ctx:
        webhooks.note_attempt(ctx, waiting.id, Outcome(ctx.now, duration_ms=12, status=500, answer="Out of order"))


def _give_a_part_back(ada: Actor, till: Till, payment_id: UUID) -> None:
    """A refund, and a difference with the gateway that nobody can explain yet."""
    payment = till.payment(payment_id)
    with Context(ada, till.tenant) as ctx:
        money.refund(ctx, payment, because=RefundReason.GOODWILL, amount=Money(100, "EUR"))
    with Context(SYSTEM, till.tenant) as ctx:
        money.compare_with_gateway(ctx, [payment], [])


def _tables() -> list[str]:
    return [table.__tablename__ for table in schema.tables() if table.__module__.startswith("salus.")]


def _ids(owner_sql: Sql, table: str, tenant: UUID) -> list[UUID]:
    # At the FHIR door an address names the type as well, and strangers knock for observations.
    which = "AND resource_type = 'Observation'" if table == "clinical_resources" else ""
    rows = owner_sql(f"SELECT id FROM {table} WHERE tenant_id = :its {which} ORDER BY id", tenant, its=tenant)
    return [UUID(str(row_id)) for (row_id,) in rows]
