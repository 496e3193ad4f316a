"""A time is taken once, whole or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound
from salus.kernel.ids import new_id
from salus.shared.calendar import actions, queries, reactions
from salus.shared.calendar.models import ClaimState
from salus.shared.calendar.rules.needs import Need, the
from salus.shared.calendar.rules.refusals import NothingHeld, NotOpen, TimeTaken
from tests.cast import doctor, later
from tests.shared.calendar.scene import Practice, span, take_several_times, take_time

MINUTES = timedelta(minutes=10)
NINE = span("09:00", "09:30")
HALF_PAST = span("09:30", "10:00")


@pytest.fixture
def room(practice: Practice) -> UUID:
    return practice.thing()


def over_booker(of: Actor) -> Actor:
    return replace(of, roles=of.roles | {Role.OVERBOOKER})


def test_of_two_who_want_a_time_the_second_is_refused(practice: Practice, room: UUID) -> None:
    practice.take(NINE, room)

    with pytest.raises(TimeTaken):
        practice.take(span("09:15", "09:45"), room)


def test_a_time_may_begin_when_another_ends(practice: Practice, room: UUID) -> None:
    practice.take(NINE, room)

    practice.take(HALF_PAST, room)

    assert practice.free(room, span("09:00", "10:30")) == [span("10:00", "10:30")]


def test_a_booking_takes_all_it_needs_or_nothing(practice: Practice, petra: Actor, room: UUID) -> None:
    device, who = practice.thing("device", "Ultrasound"), practice.person(petra)
    practice.take(NINE, device)

    with pytest.raises(TimeTaken):
        practice.take(NINE, room, device, who)

    assert practice.free(room, NINE) == practice.free(who, NINE) == [NINE]


def test_nothing_stays_of_a_refused_claim_even_if_its_deed_goes_on(practice: Practice, room: UUID) -> None:
    device = practice.thing("device", "Ultrasound")
    practice.take(HALF_PAST, device)

    with practice.context() as ctx:
        with pytest.raises(TimeTaken):
            take_time(ctx, new_id(), [the(room), the(device)], HALF_PAST)
        take_time(ctx, new_id(), [the(room)], NINE)

    assert practice.free(room, span("09:00", "10:00")) == [HALF_PAST]


def test_nobody_is_in_two_places_at_once(practice: Practice, petra: Actor, room: UUID) -> None:
    other, who = practice.thing(name="Room 2"), practice.person(petra)
    practice.take(NINE, room, who)

    with pytest.raises(TimeTaken):
        practice.take(NINE, other, who)


def test_buffers_are_kept_free_too_but_not_of_whoever_comes(practice: Practice, petra: Actor, room: UUID) -> None:
    who = practice.person(petra)
    practice.take(NINE, room, who, before=MINUTES, after=MINUTES)

    with pytest.raises(TimeTaken):
        practice.take(HALF_PAST, room)
    practice.take(HALF_PAST, who)

    assert practice.free(room, span("08:00", "10:00")) == [span("08:00", "08:50"), span("09:40", "10:00")]


def test_a_buffer_may_not_reach_into_what_is_taken(practice: Practice, room: UUID) -> None:
    practice.take(NINE, room)

    with pytest.raises(TimeTaken):
        practice.take(HALF_PAST, room, before=MINUTES)


def test_of_five_rooms_any_two_free_ones_are_taken(practice: Practice) -> None:
    rooms = [practice.thing(name=f"Room {number}") for number in range(5)]
    for taken in rooms[:3]:
        practice.take(NINE, taken)

    booking_id = practice.take(NINE, Need(2, tuple(rooms)))

    assert {claim.resource_id for claim in practice.claims(booking_id)} == set(rooms[3:])
    with pytest.raises(TimeTaken):
        practice.take(NINE, Need(1, tuple(rooms)))


def test_a_choice_leaves_to_another_need_what_only_that_one_can_have(practice: Practice, room: UUID) -> None:
    other = practice.thing(name="Room 2")

    booking_id = practice.take(NINE, Need(1, (room, other)), the(room))

    assert {claim.resource_id for claim in practice.claims(booking_id)} == {room, other}


def test_what_is_given_back_is_free_and_stays_to_be_read(practice: Practice, room: UUID, owner_sql) -> None:  # type: ignore[no-untyped-def]
    booking_id = practice.take(NINE, room)

    assert practice.give_back(booking_id) == 1

    assert practice.free(room, NINE) == [NINE]
    assert practice.claims(booking_id) == []
    was = owner_sql("SELECT state FROM claims WHERE booking_id = :its", practice.tenant, its=booking_id)
    assert was == [("released",)]


def test_a_hold_keeps_others_out_until_it_is_over(practice: Practice, room: UUID) -> None:
    until = datetime.now(UTC) + timedelta(minutes=15)
    practice.take(NINE, room, hold_until=until)
    assert practice.free(room, NINE) == []

    with later(minutes=16):
        assert practice.free(room, NINE) == [NINE]
        practice.take(NINE, room)


def test_what_was_held_can_be_kept(practice: Practice, room: UUID) -> None:
    booking_id = practice.take(NINE, room, hold_until=datetime.now(UTC) + timedelta(minutes=15))

    practice.keep(booking_id)

    with later(minutes=16), pytest.raises(TimeTaken):
        practice.take(NINE, room)


def test_a_hold_that_is_over_cannot_be_kept(practice: Practice, room: UUID) -> None:
    booking_id = practice.take(NINE, room, hold_until=datetime.now(UTC) + timedelta(minutes=15))

    with later(minutes=16), pytest.raises(NothingHeld):
        practice.keep(booking_id)


def test_holds_that_are_over_are_swept_away(practice: Practice, room: UUID, owner_sql) -> None:  # type: ignore[no-untyped-def]
    practice.take(NINE, room, hold_until=datetime.now(UTC) + timedelta(minutes=15))
    practice.take(HALF_PAST, room, hold_until=datetime.now(UTC) + timedelta(minutes=60))

    with later(minutes=20):
        reactions.sweep_holds(Context(SYSTEM, practice.tenant))

    left = owner_sql("SELECT starts_at FROM claims WHERE tenant_id = :its", practice.tenant, its=practice.tenant)
    assert left == [(HALF_PAST.start,)]


def test_a_booking_moves_and_leaves_its_old_time_free(practice: Practice, petra: Actor, room: UUID) -> None:
    who = practice.person(petra)
    booking_id = practice.take(NINE, room, who)

    practice.move(booking_id, HALF_PAST)

    assert practice.free(room, span("09:00", "10:00")) == practice.free(who, span("09:00", "10:00")) == [NINE]
    assert {claim.state for claim in practice.claims(booking_id)} == {ClaimState.BOOKED}


def test_a_booking_may_move_by_less_than_its_length(practice: Practice, room: UUID) -> None:
    booking_id = practice.take(NINE, room)

    practice.move(booking_id, span("09:15", "09:45"))

    assert practice.free(room, span("09:00", "10:00")) == [span("09:00", "09:15"), span("09:45", "10:00")]


def test_a_booking_that_cannot_move_keeps_its_time(practice: Practice, room: UUID) -> None:
    booking_id = practice.take(NINE, room)
    practice.take(HALF_PAST, room)

    with pytest.raises(TimeTaken):
        practice.move(booking_id, HALF_PAST)

    assert [claim.during for claim in practice.claims(booking_id)] == [NINE]


def test_a_hold_that_moves_stays_a_hold(practice: Practice, room: UUID) -> None:
    until = datetime.now(UTC) + timedelta(minutes=15)
    booking_id = practice.take(NINE, room, hold_until=until)

    practice.move(booking_id, HALF_PAST)

    assert [(claim.state, claim.expires_at) for claim in practice.claims(booking_id)] == [(ClaimState.HELD, until)]


def test_what_was_given_back_cannot_move(practice: Practice, room: UUID) -> None:
    booking_id = practice.take(NINE, room)
    practice.give_back(booking_id)

    with pytest.raises(NothingHeld):
        practice.move(booking_id, HALF_PAST)


def test_an_overbooker_gives_a_taken_time_again(practice: Practice, dora: Actor, room: UUID) -> None:
    practice.take(NINE, room)

    booking_id = practice.take(NINE, room, actor=over_booker(dora), overbook=True)

    assert [claim.overbooked for claim in practice.claims(booking_id)] == [True]


def test_overbooking_is_a_permission_of_its_own(practice: Practice, room: UUID) -> None:
    with pytest.raises(NotAllowed):
        practice.take(NINE, room, overbook=True)


def test_an_overbooker_who_finds_a_free_time_takes_it_as_everybody_does(
    practice: Practice, dora: Actor, room: UUID
) -> None:
    booking_id = practice.take(NINE, room, actor=over_booker(dora), overbook=True)

    assert [claim.overbooked for claim in practice.claims(booking_id)] == [False]
    with pytest.raises(TimeTaken):
        practice.take(NINE, room)


def test_nobody_is_overbooked_into_two_places(practice: Practice, dora: Actor, petra: Actor, room: UUID) -> None:
    who = practice.person(petra)
    practice.take(NINE, who)

    with pytest.raises(TimeTaken):
        practice.take(NINE, room, who, actor=over_booker(dora), overbook=True)


def test_what_was_overbooked_counts_when_the_first_is_given_back(practice: Practice, dora: Actor, room: UUID) -> None:
    first = practice.take(NINE, room)
    practice.take(NINE, room, actor=over_booker(dora), overbook=True)

    practice.give_back(first)

    with pytest.raises(TimeTaken):
        practice.take(NINE, room)


def test_whoever_published_no_hours_gives_no_appointments(practice: Practice) -> None:
    assert practice.free(practice.doctor_id, NINE) == []
    with pytest.raises(NotOpen):
        practice.take(NINE, practice.doctor_id)

    practice.take(NINE, practice.doctor_id, outside_hours=True)


def test_what_is_retired_is_given_to_nobody(practice: Practice, room: UUID) -> None:
    with practice.context() as ctx:
        actions.retire_thing(ctx, queries.resource(ctx, room))

    assert practice.free(room, NINE) == []
    with pytest.raises(NotOpen):
        practice.take(NINE, room, outside_hours=True)


def test_a_resource_of_another_tenant_is_not_there(practice: Practice, other_tenant: UUID, room: UUID) -> None:
    elsewhere = Practice(other_tenant, doctor(other_tenant, "Edda", organisation="Hill Clinic"))

    with pytest.raises(NotFound):
        elsewhere.take(NINE, room)


def test_a_series_takes_all_its_times_or_none(practice: Practice, room: UUID) -> None:
    weeks = [span("09:00", "09:30", day=7 * week) for week in range(8)]
    practice.take(weeks[6], room)

    with pytest.raises(TimeTaken), practice.context() as ctx:
        take_several_times(ctx, [the(room)], weeks)

    assert practice.free(room, weeks[0]) == [weeks[0]]


def test_a_claim_is_recorded_with_what_it_took(practice: Practice, room: UUID, owner_sql) -> None:  # type: ignore[no-untyped-def]
    booking_id = practice.take(NINE, room)

    (facts,) = owner_sql(
        "SELECT facts FROM records WHERE tenant_id = :its AND operation = 'calendar.claim'",
        practice.tenant,
        its=practice.tenant,
    )
    assert facts == ({"booking_id": str(booking_id), "resource_ids": [str(room)], "overbooked": 0},)
