"""What must have happened before a form is taken: for each operation that needs it, the scene, set by real actions.

A form that is refused for what went before it shows nothing of the words in it. So before each knock the thing that it
is about is made anew, in the state in which people meet it, and what the form needs besides words is filled in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from salus.exchanges.health_data.actions import offers as offer_actions
from salus.kernel.actor import ANONYMOUS, SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.shared.federation import actions as federation
from salus.shared.money import actions as money
from salus.shared.money import queries as money_queries
from salus.shared.money.gateways import Payment, PaymentStatus
from salus.shared.money.rules.refusals import PayoutUnderWay
from salus.shared.oauth.models import ClientKind, GrantType
from salus.shared.people import actions as people
from salus.shared.people import limits
from salus.shared.people import queries as people_queries
from salus.shared.security import reactions
from salus.shared.security.actions import affected, incidents
from salus.shared.security.models.incidents import IncidentState
from salus.shared.security.queries import events as event_queries
from salus.shared.security.queries import incidents as incident_queries
from salus.shared.security.schemas.events import EventsSought
from salus.shared.security.schemas.incidents import Scope
from tests.authenticator import Authenticator, host_of
from tests.cast import PASSWORD, actor_of, email_of, letters, seller
from tests.exchanges.appointments.scene import Surgery
from tests.exchanges.health_data.scene import Trade
from tests.shared.federation.arrivals import said_of
from tests.shared.oauth.scene import SITE, app_of, fresh
from tests.shared.security import alarm
from tests.strangers.knocking import Entrance
from tests.world import Visitor, visitor

VISITOR = "somebody"
"""The cookie of whoever knocks, signed in or not."""


@dataclass(frozen=True)
class Set:
    """The scene is set: what the address names, what the form holds besides words, and who sends it, if not anybody."""

    ids: Mapping[str, UUID] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    by: Visitor | None = None
    plain: Mapping[str, str] = field(default_factory=dict)
    """What stands in the address and is no id."""


@dataclass
class Stage:
    """Pia, Bruno, Ada, Dora and Petra, ready to do anything once more; and a server that people name."""

    trade: Trade
    surgery: Surgery
    patient: Actor
    server: str
    provider_id: UUID
    door: Entrance | None = None
    """Where somebody is about to knock."""
    people: dict[str, UUID] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def tenant(self) -> UUID:
        return self.trade.tenant

    def as_ada(self) -> Context:
        return Context(self.trade.administrator, self.tenant)

    def somebody(self) -> Actor:
        """A seller whom nobody knew before."""
        return seller(self.tenant, f"Sam{next(self.numbers)}")

    @property
    def nobody(self) -> Visitor:
        """Who is let in by a form comes without a session, which would end."""
        return Visitor("nobody", self.tenant, ANONYMOUS)

    def known(self, name: str) -> UUID:
        """The id of a seller of this name, who was there before if they were needed before."""
        if name not in self.people:
            self.people[name] = seller(self.tenant, name).person_id
        return self.people[name]


@contextmanager
def unhurried() -> Iterator[None]:
    """A block in which whatever may be tried a few times an hour may be tried any number of times, as over days."""
    with pytest.MonkeyPatch.context() as patch:
        for name in "PASSWORDS", "CODES", "MAIL_ASKED_FOR":
            limit = getattr(limits, name)
            patch.setattr(limits, name, replace(limit, account=10_000, network=10_000, everyone=10_000))
        yield


def name_of(door: Entrance) -> str:
    assert door.door.operation is not None
    return door.door.operation.name


def _published(stage: Stage) -> Set:
    return Set({"health_offers": stage.trade.offered(title="Once more").id})


def _under_review(stage: Stage) -> Set:
    with Context(stage.trade.seller, stage.tenant) as ctx:
        return Set({"health_offers": offer_actions.submit(ctx, offer_actions.draft(ctx, stage.trade.described())).id})


def _withdrawable(stage: Stage) -> Set:
    agreed = stage.trade.asked(stage.trade.offered(title="To be regretted"))
    return Set({"authorisations": stage.trade.agreed(agreed, name=_name(stage)).authorisation_id})


def _name(stage: Stage) -> str:
    """What Pia is called by now."""
    with Context(stage.trade.seller, stage.tenant) as ctx:
        return people_queries.me(ctx).name


def _payout(stage: Stage) -> Set:
    with suppress(PayoutUnderWay), Context(fresh(stage.trade.seller), stage.tenant) as ctx:
        money.request_payout(ctx, Money(1_000, "EUR"))
    with Context(stage.trade.seller, stage.tenant) as ctx:
        return Set({"payouts": money_queries.payouts(ctx)[0].id})


def _discrepancy(stage: Stage) -> Set:
    """The gateway took a payment that Salus knows nothing of."""
    number, price = next(stage.numbers), Money(100, "EUR")
    taken = Payment(
        id=f"pay_elsewhere_{number}", reference=f"elsewhere-{number}", price=price, refunded=Money(0, "EUR"),
        status=PaymentStatus.SUCCEEDED, failure=None, checkout_url="", created_at=datetime.now(UTC), sequence=number,
    )  # fmt: skip
    with Context(SYSTEM, stage.tenant) as ctx:
        money.compare_with_gateway(ctx, [], [taken])
    with stage.as_ada() as ctx:
        return Set({"discrepancies": money_queries.discrepancies(ctx)[0].id})


def _event(stage: Stage) -> Set:
    """Somebody new asked for what is not theirs again and again."""
    alarm.refused(stage.tenant, stage.somebody(), 10)
    reactions.watch(Context(SYSTEM, stage.tenant))
    with stage.as_ada() as ctx:
        return Set({"security_events": event_queries.events(ctx, EventsSought(is_open=True)).events[0].id})


def _incident(stage: Stage) -> Set:
    return Set({"incidents": alarm.declared(stage.tenant, stage.trade.administrator).id}, {"state": "confirmed"})


def _affecting(stage: Stage) -> Set:
    """An incident with somebody on its list who was not told, and clocks that run."""
    ada = stage.trade.administrator
    opened = alarm.declared(stage.tenant, ada)
    with stage.as_ada() as ctx:
        incident = incident_queries.incident(ctx, opened.id)
        incidents.advance(ctx, incident, state=IncidentState.CONFIRMED, because="It was read.")
        affected.list_affected(ctx, incident, Scope(actor_id=ada.person_id))
    with stage.as_ada() as ctx:
        clock = incident_queries.clocks(ctx, [incident_queries.incident(ctx, opened.id)])[0]
    return Set({"incidents": opened.id, "incident_clocks": clock.id})


def _person(stage: Stage) -> Set:
    return Set({"users": stage.known("Nils")})


def _free(stage: Stage) -> Set:
    """Somebody whom nothing holds yet."""
    return Set(fields={"subject_id": str(stage.somebody().person_id)})


def _invited(stage: Stage) -> Set:
    name = f"Sam{next(stage.numbers)}"
    with Context(stage.trade.buyer, stage.tenant) as ctx:
        people.invite(ctx, email_of(name))
    return Set(fields={"token": letters(stage.tenant, name)[0].token}, by=stage.nobody)


def _forgetful(stage: Stage) -> Set:
    name = "Olga"
    stage.known(name)
    with Context(ANONYMOUS, stage.tenant) as ctx:
        people.request_reset(ctx, email_of(name))
    return Set(fields={"token": letters(stage.tenant, name)[0].token}, by=stage.nobody)


def _signed_in(stage: Stage) -> Set:
    """Somebody who has just signed in, and could do no more after what is tried."""
    stage.known("Emil")
    return Set(by=visitor(stage.tenant, "the seller", "Emil"))


def _about_to_change(stage: Stage) -> Set:
    """Somebody who has just signed in with a password that is theirs no longer after this."""
    name = f"Sam{next(stage.numbers)}"
    stage.known(name)
    return Set(fields={"current_password": PASSWORD}, by=visitor(stage.tenant, "the seller", name))


def _with_new_key(stage: Stage) -> Set:
    """Somebody whose key has just answered, and who has yet to give it a name."""
    name = f"Sam{next(stage.numbers)}"
    stage.known(name)
    sam = visitor(stage.tenant, "the seller", name)
    token, channel = (sam.browser, "browser") if stage.door and stage.door.is_page else (sam.api, "api")
    assert token is not None
    with Context(actor_of(stage.tenant, token, channel), stage.tenant) as ctx:
        options = people.ask_for_new_key(ctx, host_of(stage.tenant))
    return Set(fields={"answer": Authenticator.at(stage.tenant).create(options)}, by=sam)


def _arrived(stage: Stage) -> Set:
    """Somebody came back from a provider of sign-ins who has no account yet."""
    number = next(stage.numbers)
    with Context(ANONYMOUS, stage.tenant) as ctx:
        begun = federation.begin(ctx, stage.provider_id, browser=VISITOR)
        federation.come_back(ctx, stage.provider_id, state=begun.proofs.state, browser=VISITOR, is_agreed=True)
        federation.sign_in(ctx, begun.id, said_of(f"sam-{number}", f"sam-{number}@elsewhere.example"))
    return Set({"federated_sign_ins": begun.id}, by=stage.nobody)


def _program(stage: Stage) -> Set:
    by_code = [GrantType.AUTHORIZATION_CODE]
    return Set(
        fields={"kind": ClientKind.PUBLIC, "grant_types": by_code, "redirect_uris": [SITE], "scopes": ["openid"]}
    )


def _asked_by_program(stage: Stage) -> Set:
    asked = app_of(stage.tenant, stage.trade.buyer).request("openid").model_dump(exclude_defaults=True)
    return Set(fields=asked | {"decision": "allow"})


SCENES: dict[str, Callable[[Stage], Set]] = {
    "api_keys.make": lambda _: Set(fields={"scopes": ["money:read"]}),
    "consent.withdraw": _withdrawable,
    "federation.add_provider": lambda stage: Set(fields={"issuer": stage.server}),
    "federation.change_provider": lambda stage: Set(
        {"identity_providers": stage.provider_id}, {"issuer": "https://helmi.example"}
    ),
    "federation.open_account": _arrived,
    "health_data.ask": _published,
    "health_data.reject": _under_review,
    "money.reject_payout": _payout,
    "money.resolve_discrepancy": _discrepancy,
    "oauth.decide": _asked_by_program,
    "oauth.register_client": _program,
    "people.accept_invitation": _invited,
    "people.add_key": _with_new_key,
    "people.change_password": _about_to_change,
    "people.confirm_key": _signed_in,
    "people.confirm_totp": _signed_in,
    "people.make_recovery_codes": _signed_in,
    "people.reset_factors": _person,
    "people.reset_password": _forgetful,
    "people.review_seller": _person,
    "people.set_up_totp": _signed_in,
    "people.suspend": _person,
    "people.use_recovery_code": _signed_in,
    "privacy.ask_erasure": _signed_in,
    "privacy.put_on_hold": _free,
    "privacy.set_rule": lambda _: Set(fields={"kind": "notices"}),
    "security.acknowledge": _event,
    "security.advance": _incident,
    "security.excuse_clock": _affecting,
    "security.notify_people": _affecting,
    "webhooks.subscribe": lambda _: Set(fields={"topics": ["people.suspend"]}),
}
"""By operation. Doors of others take words as the world is."""
