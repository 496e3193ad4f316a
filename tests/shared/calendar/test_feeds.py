"""A calendar at an address that only its reader knows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from salus.kernel.actor import Actor
from salus.kernel.context import Context, nobody
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules import entries
from salus.shared.calendar.rules.entries import Entry, contributes
from salus.shared.calendar.rules.refusals import NoFeed
from tests.cast import later, letters
from tests.shared.calendar.scene import Practice

NEXT_WEEK = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
VISIT = Span(NEXT_WEEK, NEXT_WEEK + timedelta(minutes=30))
LATER = Span(VISIT.end, VISIT.end + timedelta(minutes=30))


@pytest.fixture
def words() -> Iterator[dict[UUID, Entry]]:
    """What an exchange says of its bookings."""
    said: dict[UUID, Entry] = {}

    @query(roles=WITHIN)
    def words_of_feeds(_ctx: Context, bookings: Sequence[UUID], _reader_id: UUID) -> Mapping[UUID, Entry]:
        return {booking: said[booking] for booking in bookings if booking in said}

    kept = dict(entries.CONTRIBUTORS)
    contributes(words_of_feeds)
    yield said
    entries.CONTRIBUTORS.clear()
    entries.CONTRIBUTORS.update(kept)
    from salus.kernel.operations import OPERATIONS

    OPERATIONS.pop(words_of_feeds.__operation__.name)


def make(practice: Practice, actor: Actor, **options: Any) -> str:
    """The secret part of the address."""
    with practice.context(actor) as ctx:
        return actions.make_feed(ctx, **options).address.rsplit("/", 1)[-1].removesuffix(".ics")


def read(practice: Practice, token: str) -> list[Any]:
    with nobody(practice.tenant) as ctx:
        return Calendar.from_ical(queries.feed(ctx, token).content).events


def test_a_feed_tells_when_its_person_is_busy_and_not_with_what(
    practice: Practice, petra: Actor, words: dict[UUID, Entry]
) -> None:
    booking_id = practice.take(VISIT, practice.person(petra))
    words[booking_id] = Entry("Physiotherapy with Dora")

    (event,) = read(practice, make(practice, petra))

    assert event["SUMMARY"] == "Busy"
    assert (event.start, event.end) == (VISIT.start, VISIT.end)


def test_a_feed_with_details_tells_what_an_exchange_says(
    practice: Practice, petra: Actor, words: dict[UUID, Entry]
) -> None:
    booking_id = practice.take(VISIT, practice.person(petra))
    words[booking_id] = Entry("Visit", href=f"/appointments/{booking_id}", place="Harbour 1", zone="Europe/Helsinki")

    (event,) = read(practice, make(practice, petra, has_details=True))

    assert event["SUMMARY"] == "Visit"
    assert event["LOCATION"] == "Harbour 1"
    assert event["URL"].endswith(f"/appointments/{booking_id}")
    assert event["DTSTART"].params["TZID"] == "Europe/Helsinki"
    assert event["UID"].startswith(f"{booking_id}@")


def test_a_doctors_feed_holds_their_blocked_times(practice: Practice, dora: Actor) -> None:
    with practice.context() as ctx:
        actions.block(ctx, queries.resource(ctx, practice.doctor_id), VISIT, note="School play")

    (busy,) = read(practice, make(practice, dora))
    (told,) = read(practice, make(practice, dora, has_details=True))

    assert (busy["SUMMARY"], told["SUMMARY"]) == ("Busy", "School play")


def test_what_is_held_or_was_given_back_is_not_in_a_feed(practice: Practice, petra: Actor) -> None:
    who = practice.person(petra)
    practice.give_back(practice.take(VISIT, who))
    practice.take(LATER, who, hold_until=datetime.now(UTC) + timedelta(hours=1))

    assert read(practice, make(practice, petra)) == []


def test_a_feed_stays_the_same_while_nothing_changes(practice: Practice, petra: Actor) -> None:
    practice.take(VISIT, practice.person(petra))
    token = make(practice, petra)

    with nobody(practice.tenant) as ctx:
        first = queries.feed(ctx, token)
    with later(minutes=5), nobody(practice.tenant) as ctx:
        assert queries.feed(ctx, token).etag == first.etag


def test_a_new_address_ends_the_one_before(practice: Practice, petra: Actor) -> None:
    before, after = make(practice, petra), make(practice, petra)

    with pytest.raises(NotFound):
        read(practice, before)
    assert read(practice, after) == []


def test_an_ended_address_is_not_there(practice: Practice, petra: Actor) -> None:
    token = make(practice, petra)

    with practice.context(petra) as ctx:
        actions.end_feed(ctx)

    with pytest.raises(NotFound):
        read(practice, token)
    with pytest.raises(NoFeed), practice.context(petra) as ctx:
        actions.end_feed(ctx)


def test_an_address_works_at_its_own_tenant_only(practice: Practice, petra: Actor, other_tenant: UUID) -> None:
    token = make(practice, petra)

    with pytest.raises(NotFound), nobody(other_tenant) as ctx:
        queries.feed(ctx, token)


def test_the_address_is_kept_nowhere_and_its_making_is_told(practice: Practice, petra: Actor, owner_sql: Any) -> None:
    token = make(practice, petra)

    ((kept,),) = owner_sql("SELECT token_hash FROM feeds WHERE tenant_id = :its", practice.tenant, its=practice.tenant)
    assert token.encode() not in kept
    letter = letters(practice.tenant, "Petra")[0]
    assert letter.subject == "Your calendar has a new address"
    assert token not in letter.body
