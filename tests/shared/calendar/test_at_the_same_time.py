"""Thirty-two who want the same time at the same moment: real threads, real transactions, one winner, no deadlock."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from salus.kernel import settings as settings_module
from salus.kernel.actor import Actor
from salus.kernel.context import forget_connections
from salus.kernel.errors import Refusal
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.needs import Need
from salus.shared.calendar.rules.refusals import TimeTaken
from tests.cast import at_once, doctor
from tests.shared.calendar.scene import Practice, span

CALLERS = 32
NINE = span("09:00", "09:30")


@pytest.fixture(autouse=True)
def a_connection_for_each(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Otherwise half of them would wait for a connection and not for each other."""
    _pool_of(monkeypatch, CALLERS + 4)
    yield
    monkeypatch.undo()
    settings_module.settings.cache_clear()
    forget_connections()


@pytest.fixture(autouse=True)
def no_deadlock(home: Path) -> Iterator[None]:
    log = home / "postgres" / "log"
    before = len(log.read_text())
    yield
    assert "deadlock detected" not in log.read_text()[before:]


def _pool_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setenv("SALUS_POOL_SIZE", str(size))
    settings_module.settings.cache_clear()
    forget_connections()


def won(results: list[UUID | Refusal]) -> list[UUID]:
    """The bookings that were made; everybody else was told that the time was taken."""
    assert {type(one) for one in results if isinstance(one, Refusal)} <= {TimeTaken}
    return [one for one in results if isinstance(one, UUID)]


def test_a_practitioner_is_booked_once(practice: Practice) -> None:
    results = at_once(lambda: practice.take(NINE, practice.doctor_id, outside_hours=True), CALLERS)

    assert len(won(results)) == 1


@pytest.mark.parametrize("kind", ["room", "device"])
def test_a_thing_is_booked_once(practice: Practice, kind: str) -> None:
    thing = practice.thing(kind)

    results = at_once(lambda: practice.take(NINE, thing), CALLERS)

    assert len(won(results)) == 1


def test_a_patient_is_booked_once_wherever_they_ask(practice: Practice, petra: Actor) -> None:
    who = practice.person(petra)
    rooms = iter([practice.thing(name=f"Room {number}") for number in range(CALLERS)])

    results = at_once(lambda: practice.take(NINE, next(rooms), who), CALLERS)

    assert len(won(results)) == 1


def test_a_doctor_who_works_at_two_locations_is_booked_at_one(practice: Practice) -> None:
    here, there = practice.thing(name="Here"), practice.another_location().thing(name="There")
    places = iter([here, there] * (CALLERS // 2))

    results = at_once(lambda: practice.take(NINE, practice.doctor_id, next(places), outside_hours=True), CALLERS)

    assert len(won(results)) == 1


def test_two_tenants_book_at_the_same_time_without_seeing_each_other(practice: Practice, other_tenant: UUID) -> None:
    elsewhere = Practice(other_tenant, doctor(other_tenant, "Edda", organisation="Hill Clinic"))
    rooms = {practice: practice.thing(), elsewhere: elsewhere.thing()}
    callers = iter([practice, elsewhere] * (CALLERS // 2))

    def book() -> UUID:
        mine = next(callers)
        return mine.take(NINE, rooms[mine])

    assert len(won(at_once(book, CALLERS))) == 2


def test_teams_that_want_the_same_people_in_any_order_never_wait_in_a_circle(practice: Practice) -> None:
    things = [practice.thing(name=f"Room {number}") for number in range(4)]
    chance = Random(7)
    wishes = iter([chance.sample(things, 3) for _ in range(CALLERS)])

    results = at_once(lambda: practice.take(NINE, *next(wishes)), CALLERS)

    assert len(won(results)) == 1
    assert sum(practice.free(thing, NINE) == [] for thing in things) == 3


def test_any_two_of_five_serve_two_bookings_and_not_three(practice: Practice) -> None:
    five = tuple(practice.thing(name=f"Room {number}") for number in range(5))

    results = at_once(lambda: practice.take(NINE, Need(2, five)), CALLERS)

    bookings = won(results)
    assert len(bookings) == 2
    taken = [claim.resource_id for booking in bookings for claim in practice.claims(booking)]
    assert len(taken) == len(set(taken)) == 4


def test_holds_that_are_over_give_way_once(practice: Practice, petra: Actor) -> None:
    room, who = practice.thing(), practice.person(petra)
    practice.take(NINE, who, room, hold_until=practice.a_moment_ago())

    results = at_once(lambda: practice.take(NINE, room, who), CALLERS)

    assert len(won(results)) == 1


def test_bookings_that_want_each_others_time_both_keep_their_own(practice: Practice) -> None:
    room = practice.thing()
    half_past = span("09:30", "10:00")
    first, second = practice.take(NINE, room), practice.take(half_past, room)
    wishes = iter([(first, half_past), (second, NINE)] * (CALLERS // 2))

    def move() -> UUID:
        booking_id, during = next(wishes)
        practice.move(booking_id, during)
        return booking_id

    assert won(at_once(move, CALLERS)) == []
    assert [claim.during for claim in practice.claims(first)] == [NINE]
    assert [claim.during for claim in practice.claims(second)] == [half_past]


def test_bookings_move_and_are_made_at_the_same_moment_and_none_meet(practice: Practice, petra: Actor) -> None:
    room, who = practice.thing(), practice.person(petra)
    chance = Random(11)
    bookings = [practice.take(span(f"{hour:02}:00", f"{hour:02}:30"), room, who) for hour in range(8, 12)]
    deeds = iter([(chance.choice(bookings), _some_time(chance)) for _ in range(CALLERS)])

    def act() -> UUID:
        booking_id, during = next(deeds)
        if chance.random() < 0.5:
            return practice.take(during, room, who)
        practice.move(booking_id, during)
        return booking_id

    won(at_once(act, CALLERS))

    for resource in (room, who):
        claims = sorted(practice.live_claims_on(resource))
        assert all(not one.meets(next_one) for one, next_one in pairwise(claims))


def _some_time(chance: Random) -> Span:
    start = chance.randrange(8 * 4, 16 * 4)
    return span(f"{start // 4:02}:{start % 4 * 15:02}", f"{(start + 2) // 4:02}:{(start + 2) % 4 * 15:02}")
