"""An event reaches whoever subscribed: signed, at least once, and for three days."""

import re
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import time_machine
from standardwebhooks import Webhook

from salus.kernel import outbound
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.shared.webhooks import actions, gateways, queries
from salus.shared.webhooks.models import DeliveryState, Pause, SubscriptionState
from salus.shared.webhooks.reactions import COURIERS, THREADS, note_news
from salus.shared.webhooks.rules.retrying import AT_ONCE, RETRY_AFTER
from tests.cast import later, letters
from tests.kernel.internet import Internet
from tests.receiver import Receiver, answers, drips, holds
from tests.shared.webhooks.scene import carry, rename, send, subscribed

DOCUMENTATION = Path(__file__).parents[3] / "docs/webhooks.md"


def verified(receiver: Receiver, secret: str, place: int = 0) -> dict[str, object]:
    """The event as a receiver reads it, with the library of Standard Webhooks."""
    got = receiver.received[place]
    return dict(Webhook(secret).verify(got.body, dict(got.headers)))


def test_a_deed_is_told_signed_and_in_few_words(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url, "people.*")
    rename(tenant, pia, "Pia Maria")
    carry(tenant)

    event = verified(receiver, mine.secret)
    assert event.keys() == {"id", "type", "timestamp", "data"}
    assert event["type"] == "people.rename"
    assert event["data"] == {
        "operation": "people.rename",
        "subject": {"type": "users", "id": str(pia.id)},
        "resource": None,
    }
    assert b"Maria" not in receiver.received[0].body
    assert receiver.received[0].headers["webhook-id"] == event["id"]
    assert mine.deliveries()[0].state == DeliveryState.DELIVERED


def test_another_secret_verifies_nothing(
    tenant: UUID, pia: Actor, receiver: Receiver, other_receiver: Receiver
) -> None:
    subscribed(tenant, pia, receiver.url)
    other = subscribed(tenant, pia, other_receiver.url)
    rename(tenant, pia)
    carry(tenant)

    with pytest.raises(Exception, match="signature"):
        verified(receiver, other.secret)


def test_the_ten_lines_in_the_documentation_tell_a_genuine_event(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    got = receiver.received[0]
    documented: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)[1], documented)  # noqa: S102

    assert documented["is_from_salus"](mine.secret, dict(got.headers), got.body)
    assert not documented["is_from_salus"](mine.secret, dict(got.headers), got.body + b" ")


def test_it_is_tried_again_for_three_days_and_then_given_up(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    """Every attempt has the same id, and none comes before its time."""
    receiver.manners = answers(500, b"out of order")
    mine = subscribed(tenant, pia, receiver.url)
    began = datetime.now(UTC)
    rename(tenant, pia)
    carry(tenant)
    with time_machine.travel(began, tick=False) as clock:
        for wait in RETRY_AFTER:
            clock.shift(wait - timedelta(seconds=2))
            count = len(receiver.received)
            send(tenant)
            assert len(receiver.received) == count
            clock.shift(wait / 10 + timedelta(seconds=4))
            send(tenant)
            assert len(receiver.received) == count + 1
        lasted = datetime.now(UTC) - began
        clock.shift(timedelta(days=2))
        send(tenant)

    assert len(receiver.received) == len(RETRY_AFTER) + 1
    assert {got.headers["webhook-id"] for got in receiver.received} == {str(mine.deliveries()[0].event_id)}
    assert timedelta(days=3) <= lasted < timedelta(days=3, hours=12)
    assert mine.deliveries()[0].state == DeliveryState.GIVEN_UP
    assert [(one.status, one.answer) for one in mine.attempts()] == [(500, "out of order")] * 11


def test_it_arrives_once_the_receiver_is_well_again(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    receiver.manners = answers(503)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    receiver.manners = answers(204)
    with later(seconds=15):
        send(tenant)

    assert [one.status for one in mine.attempts()] == [503, 204]
    assert mine.subscription().failing_since is None


def test_what_was_sent_by_a_process_that_died_is_sent_again_under_the_same_id(
    tenant: UUID, pia: Actor, receiver: Receiver
) -> None:
    """It was received, and nobody lived to note it."""
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    ctx = Context(SYSTEM, tenant)
    note_news(ctx)
    with ctx.again() as own:
        (parcel,) = actions.take(own, [one.id for one in queries.due(own, most=9)])
    gateways.send(parcel)
    send(tenant)
    assert len(receiver.received) == 1  # as long as the lease lasts, it may still be under way
    with later(seconds=61):
        send(tenant)

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert mine.deliveries()[0].state == DeliveryState.DELIVERED


def test_a_redirect_is_not_followed_and_counts_as_a_failure(
    tenant: UUID, pia: Actor, receiver: Receiver, other_receiver: Receiver
) -> None:
    receiver.manners = answers(302, location=other_receiver.url)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)

    assert not other_receiver.received
    assert [one.status for one in mine.attempts()] == [302]
    assert mine.deliveries()[0].state == DeliveryState.WAITING


def test_an_address_that_came_to_lead_inside_is_not_reached(
    tenant: UUID, pia: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when it was subscribed, inside when it is used. Seen to fail with the check at saving alone."""
    internet = Internet(monkeypatch)
    internet.flips("hooks.example.com", first="93.184.215.14", then="10.1.2.3")
    mine = subscribed(tenant, pia, "https://hooks.example.com/")
    rename(tenant, pia)
    carry(tenant)

    assert not internet.reached
    assert [one.problem for one in mine.attempts()] == ["address"]


def test_a_receiver_that_drips_is_left_in_time(
    tenant: UUID, pia: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.3)
    receiver.manners = drips(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n" + b"x" * 99)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)

    assert [one.problem for one in mine.attempts()] == ["timeout"]


def test_a_huge_answer_is_cut_and_counts_as_received(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    receiver.manners = answers(200, b"\x00<script>alert(1)</script>" + b"x" * 1_000_000)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)

    (attempt,) = mine.attempts()
    assert attempt.answer is not None
    assert len(attempt.answer) == gateways.SHOWN_BYTES
    assert mine.deliveries()[0].state == DeliveryState.DELIVERED


def test_a_receiver_that_says_it_is_gone_is_asked_no_more(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    receiver.manners = answers(410)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    rename(tenant, pia)
    carry(tenant)

    assert len(receiver.received) == 1
    assert mine.subscription().paused_because == Pause.GONE
    assert "410" in letters(tenant, "Pia")[0].body


def test_after_days_of_nothing_but_failures_it_is_paused_and_its_owner_told(
    tenant: UUID, pia: Actor, receiver: Receiver
) -> None:
    receiver.manners = answers(500)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    with later(days=4):
        send(tenant)
        assert mine.subscription().state == SubscriptionState.ACTIVE
    with later(days=5, minutes=1):
        send(tenant)

    assert mine.subscription().paused_because == Pause.FAILING
    assert "for five days" in letters(tenant, "Pia")[0].body


def test_a_paused_webhook_goes_on_when_its_owner_says_so(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    receiver.manners = answers(410)
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    receiver.manners = answers(204)
    with Context(pia, tenant) as ctx:
        actions.resume(ctx, queries.subscription(ctx, mine.issued.subscription.id))
    rename(tenant, pia)
    carry(tenant)

    assert len(receiver.received) == 2
    assert mine.subscription().state == SubscriptionState.ACTIVE


def test_an_event_can_be_asked_for_again(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    mine.redeliver()
    carry(tenant)

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [one.status for one in mine.attempts()] == [204, 204]


def test_a_test_event_tells_of_nothing(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url, "money.settle")
    mine.send_test()
    carry(tenant)

    event = verified(receiver, mine.secret)
    assert event["type"] == "webhooks.test"
    assert event["data"] == {"operation": "webhooks.test", "subject": None, "resource": None}


def test_a_new_secret_signs_beside_the_one_before_for_a_day(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    with Context(pia, tenant) as ctx:
        new = actions.rotate_secret(ctx, queries.subscription(ctx, mine.issued.subscription.id)).secret
    mine.send_test()
    carry(tenant)
    assert verified(receiver, mine.secret) == verified(receiver, new)
    mine.send_test()
    with later(hours=24, minutes=1):
        carry(tenant)
        verified(receiver, new, place=1)
        with pytest.raises(Exception, match="signature"):
            verified(receiver, mine.secret, place=1)


def test_a_slow_receiver_takes_nobody_elses_turn(
    tenant: UUID, pia: Actor, receiver: Receiver, other_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More events than there are threads wait for a server that says nothing. Seen to fail without the bound."""
    internet = Internet(monkeypatch)
    internet.knows("slow.example.com", "127.0.0.1")
    internet.knows("quick.example.com", "127.0.0.1")
    monkeypatch.setattr(outbound, "TOTAL_S", 30)
    woken = Event()
    receiver.manners = holds(woken)
    subscribed(tenant, pia, receiver.url.replace("127.0.0.1", "slow.example.com"))
    for _ in range(THREADS + 4):
        rename(tenant, pia)
    subscribed(tenant, pia, other_receiver.url.replace("127.0.0.1", "quick.example.com"))
    for _ in range(4):
        rename(tenant, pia)
    note_news(Context(SYSTEM, tenant))
    under_way: list[Future[None]] = []
    rounds = iter(range(10))
    while len(other_receiver.received) < 4 and next(rounds, None) is not None:
        under_way += COURIERS.dispatch(Context(SYSTEM, tenant))
        wait([one for one in under_way if not one.done()], timeout=1, return_when=FIRST_COMPLETED)
    held = len(receiver.received)
    woken.set()
    wait(under_way)

    assert len(other_receiver.received) == 4
    assert held <= AT_ONCE


def test_nobody_hears_of_what_was_done_before_they_subscribed(
    tenant: UUID, pia: Actor, receiver: Receiver, other_receiver: Receiver
) -> None:
    """Not even where it was not yet told to those who subscribed in time."""
    rename(tenant, pia, "Pia before anyone listens")
    subscribed(tenant, pia, receiver.url)
    rename(tenant, pia, "Pia in time for one")
    subscribed(tenant, pia, other_receiver.url)
    rename(tenant, pia, "Pia in time for both")
    carry(tenant)

    assert len(receiver.received) == 2
    assert len(other_receiver.received) == 1
