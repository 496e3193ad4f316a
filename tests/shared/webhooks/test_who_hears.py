"""Everybody hears of what concerns them, of nothing else, and never what was in it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.people import actions as people
from salus.shared.people import queries as persons
from salus.shared.webhooks.models import Pause, Scope
from salus.shared.webhooks.rules.events import NotYours
from tests.cast import letters, seller, with_factor
from tests.exchanges.health_data.scene import Trade
from tests.receiver import Receiver, receiving
from tests.shared.money.conftest import till
from tests.shared.money.till import Till
from tests.shared.webhooks.scene import carry, events, rename, subscribed, told

__all__ = ["till"]

CANARY = "Marram grass 7741"
"""Written into every text that people fill in on the way."""


@dataclass
class Ears:
    """A receiver for each of several people, who subscribed to everything they may hear."""

    tenant: UUID
    stack: ExitStack

    def give(self, actor: Actor, *, tenant: UUID | None = None) -> Receiver:
        receiver = self.stack.enter_context(receiving())
        subscribed(tenant or self.tenant, actor, receiver.url, "*")
        return receiver


@pytest.fixture
def ears(tenant: UUID) -> Iterator[Ears]:
    with ExitStack() as stack:
        yield Ears(tenant, stack)


def test_of_a_trade_both_sides_hear_and_others_do_not(
    tenant: UUID,
    other_tenant: UUID,
    pia: Actor,
    paul: Actor,
    bruno: Actor,
    ben: Actor,
    ada: Actor,
    ears: Ears,
    till: Till,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Seen to fail with every subscription hearing the tenant's events, and with `concerns` left out of an action."""
    sten = with_factor(other_tenant, "Sten", seller(other_tenant, "Sten"))
    trade = Trade(tenant, pia, bruno, ada, tmp_path_factory.getbasetemp())
    offer = trade.published(title=CANARY, description=CANARY)
    ear = {actor.id: ears.give(actor) for actor in (pia, paul, bruno, ben, ada)}
    stens = ears.give(sten, tenant=other_tenant)
    sold = trade.pay(trade.agreed(trade.asked(offer, purpose_words=CANARY)), till)
    trade.read(next(iter(trade.files(sold).values())))
    trade.withdrawn(sold)
    carry(tenant)
    carry(other_tenant)

    sellers, buyers = set(told(ear[pia.id])), set(told(ear[bruno.id]))
    both = {
        "consent.ask", "consent.give", "consent.withdraw", "health_data.ask", "health_data.note_agreement",
        "health_data.pay", "health_data.note_payment", "health_data.deliver", "health_data.download",
        "health_data.stop", "health_data.end", "money.settle",
    }  # fmt: skip
    assert both <= sellers
    assert both <= buyers
    assert not ear[paul.id].received
    assert not ear[ben.id].received
    assert not stens.received
    heard_by_ada = {event["id"] for event in events(ear[ada.id])}
    assert heard_by_ada >= {event["id"] for who in (pia, bruno) for event in events(ear[who.id])}
    for receiver in ear.values():
        for received in receiver.received:
            assert CANARY.encode() not in received.body
            assert b"Pia" not in received.body
            assert b"Helix" not in received.body


def test_an_event_says_where_the_rest_is_read(
    tenant: UUID, pia: Actor, bruno: Actor, ada: Actor, ears: Ears, till: Till, tmp_path: Path
) -> None:
    trade = Trade(tenant, pia, bruno, ada, tmp_path)
    offer = trade.published()
    heard = ears.give(bruno)
    sold = trade.pay(trade.agreed(trade.asked(offer)), till)
    carry(tenant)

    (delivered,) = [event for event in events(heard) if event["type"] == "health_data.deliver"]
    delivery_id = trade.delivery(sold).id
    assert delivered["data"]["subject"] == {"type": "health_deliveries", "id": str(delivery_id)}
    assert delivered["data"]["resource"].endswith(f"/v1/health-data/deliveries/{delivery_id}")


def test_a_colleague_hears_for_the_organisation_and_not_for_themselves(
    tenant: UUID, bruno: Actor, receiver: Receiver
) -> None:
    """What Bruno does as a member of his organisation, its subscription hears."""
    subscribed(tenant, bruno, receiver.url)
    rename(tenant, bruno, "Bruno B")
    carry(tenant)

    assert told(receiver) == ["people.rename"]


def test_nobody_subscribes_to_more_than_is_theirs(tenant: UUID, pia: Actor, bruno: Actor, receiver: Receiver) -> None:
    for actor, scope in ((pia, Scope.TENANT), (pia, Scope.ORGANISATION), (bruno, Scope.TENANT), (bruno, Scope.PERSON)):
        with pytest.raises(NotYours):
            subscribed(tenant, actor, receiver.url, scope=scope)


def test_topics_choose(tenant: UUID, pia: Actor, receiver: Receiver, other_receiver: Receiver) -> None:
    subscribed(tenant, pia, receiver.url, "health_data.*", "people.rename")
    subscribed(tenant, pia, other_receiver.url, "money.*")
    rename(tenant, pia)
    carry(tenant)

    assert told(receiver) == ["people.rename"]
    assert not other_receiver.received


def test_webhooks_do_not_tell_of_themselves(tenant: UUID, ada: Actor, receiver: Receiver) -> None:
    """A delivery that were an event would owe the next, without end."""
    mine = subscribed(tenant, ada, receiver.url, "*")
    mine.send_test()
    for _ in range(3):
        carry(tenant)

    assert told(receiver) == ["webhooks.test"]


def test_what_somebody_made_falls_silent_when_they_are_locked_out(
    tenant: UUID, ada: Actor, pia: Actor, receiver: Receiver, other_receiver: Receiver
) -> None:
    kept, mine = subscribed(tenant, ada, other_receiver.url), subscribed(tenant, pia, receiver.url)
    with Context(ada, tenant) as ctx:
        people.suspend(ctx, persons.person(ctx, pia.person_id), reason="Under suspicion")
    carry(tenant)

    assert mine.subscription().paused_because == Pause.LEFT
    assert kept.subscription().paused_because is None


def test_whoever_is_locked_out_is_not_written_to(tenant: UUID, bruno: Actor, ada: Actor, receiver: Receiver) -> None:
    """Nor is whoever was erased, whose letters nobody could open."""
    subscribed(tenant, bruno, receiver.url)
    with Context(ada, tenant) as ctx:
        people.suspend(ctx, persons.person(ctx, bruno.person_id), reason="Left the company")
    carry(tenant)

    assert "webhook" not in " ".join(letter.subject for letter in letters(tenant, "Bruno"))
