"""An exchange that asks for consents and hands over data: consent itself has no operation for either."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, Origin
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.kernel.operations import action, query
from salus.shared.codes.rules import Condition, Purpose
from salus.shared.consent import actions, queries
from salus.shared.consent.models import Authorisation
from salus.shared.consent.rules.text import Proposal

PIA_NAME = "Pia Sørensen"
NORDLYS = UUID("01940000-0000-7000-8000-0000000000aa")
DATA_SET = UUID("01940000-0000-7000-8000-0000000000dd")
WHOLE = MappingProxyType(
    {
        "person_name": PIA_NAME,
        "recipient_name": "Nordlys Institute",
        "recipient_contact": "data@nordlys.example",
        "operator_name": "Testland Exchange",
        "operator_contact": "help@testland.example",
        "title": "Two years of my heart",
        "types": {"HeartRate": "Heart rate", "StepCount": "Steps"},
        "purpose": Purpose.RESEARCH,
        "purpose_words": "We study how sleep changes the pulse.",
        "conditions": (Condition("HMB"), Condition("TS", "12")),
        "price": Money(4200, "EUR"),
        "period_from": date(2024, 1, 1),
        "period_until": date(2025, 12, 31),
    }
)


def proposal(**differences: Any) -> Proposal:
    lasting = {"expires_at": datetime.now(UTC) + timedelta(days=300)}
    return Proposal(**(WHOLE | lasting | differences))


def person() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}), session_id=new_id())


def member(organisation_id: UUID = NORDLYS) -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.BUYER}), organisation_id=organisation_id)


@action(roles={Role.BUYER})
def ask_to_buy(ctx: Context, person_id: UUID, wanted: Proposal) -> Authorisation:
    return actions.ask(
        ctx,
        wanted,
        person_id=person_id,
        recipient_id=NORDLYS,
        subject_type="offers",
        subject_id=DATA_SET,
    )


@query(roles={Role.BUYER})
def hand_over(
    ctx: Context, consent_id: UUID, recipient_id: UUID = NORDLYS, subject_id: UUID = DATA_SET
) -> Authorisation:
    return queries.rely_on(ctx, consent_id, recipient_id=recipient_id, subject_id=subject_id)


class Exchange:
    """One person and one buyer of one tenant, and what they can do about one consent."""

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant
        self.pia = person()
        self.buyer = member()

    def context(self, actor: Actor) -> Context:
        return Context(actor, self.tenant, origin=Origin("192.0.2.0/24", "browser"))

    def ask(self, **differences: Any) -> UUID:
        with self.context(self.buyer) as ctx:
            return ask_to_buy(ctx, self.pia.person_id, proposal(**differences)).id

    def give(self, consent_id: UUID, **differences: Any) -> None:
        with self.context(self.pia) as ctx:
            found = queries.consent(ctx, consent_id)
            whole = {"text_sha256": found.text_sha256, "signature": PIA_NAME, "agreed": True}
            actions.give(ctx, found, **(whole | differences))

    def decline(self, consent_id: UUID) -> None:
        with self.context(self.pia) as ctx:
            actions.decline(ctx, queries.consent(ctx, consent_id))

    def withdraw(self, consent_id: UUID, because: str | None = None) -> None:
        with self.context(self.pia) as ctx:
            actions.withdraw(ctx, queries.consent(ctx, consent_id), because=because)

    def given(self, **differences: Any) -> UUID:
        consent_id = self.ask(**differences)
        self.give(consent_id)
        return consent_id

    def hand_over(self, consent_id: UUID, **to: UUID) -> Authorisation:
        with self.context(self.buyer) as ctx:
            return hand_over(ctx, consent_id, **to)

    def state(self, consent_id: UUID) -> str:
        with self.context(self.pia) as ctx:
            return queries.consent(ctx, consent_id).state
