"""Whoever waits longest is asked first; a time is held for them, and goes on to the next by itself."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from salus.exchanges.appointments import queries as appointments
from salus.exchanges.appointments import reactions
from salus.exchanges.appointments.actions import waiting as actions
from salus.exchanges.appointments.models import Appointment, AppointmentState, Offered, OfferState, Payer, WaitingState
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.rules import waiting as rules
from salus.exchanges.appointments.rules.times import Time
from salus.exchanges.appointments.rules.waiting import (
    AlreadyWaiting,
    HoursTurned,
    NothingToWaitFor,
    NotLater,
    OfferOver,
)
from salus.exchanges.appointments.schemas.waiting import WaitingWrite
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, Refusal
from salus.shared.calendar import actions as calendar
from salus.shared.calendar import queries as calendars
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.refusals import TimeTaken
from salus.shared.messages import actions as messages
from salus.shared.messages import queries as notices
from salus.worker import settle_everything
from tests.cast import at_once, later, letters, patient
from tests.exchanges.appointments.queue import Queue, asked, moment
from tests.exchanges.appointments.scene import HELSINKI, Surgery, during, on
from tests.shared.insurance.conftest import desk, office
from tests.shared.insurance.scene import Desk

__all__ = ["desk", "office"]

SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(surgery: Surgery, tenant: UUID) -> Queue:
    return Queue(surgery, patient(tenant, "Pavel"))


def test_a_time_that_becomes_free_is_offered_to_whoever_waits_longest(queue: Queue, petra: Actor, per: Actor) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    assert queue.offered(petra) is None

    queue.becomes_free()

    offered = queue.offered(petra)
    assert offered is not None
    assert offered.starts_at == queue.nine
    assert queue.offered(per) is None


def test_a_time_that_is_held_is_nobody_elses(queue: Queue, petra: Actor, per: Actor) -> None:
    queue.joined_by(petra)
    queue.becomes_free()

    assert "09:00" not in queue.surgery.clocks(per, queue.day, queue.visit_type)
    with pytest.raises(TimeTaken):
        queue.surgery.book(per, queue.nine, queue.visit_type)


def test_whoever_accepts_has_an_appointment(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    made = queue.accept(petra, offered, reason="My knee")

    assert (made.id, made.starts_at, made.state) == (offered.id, queue.nine, AppointmentState.BOOKED)
    assert queue.waits(petra) == []
    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        assert appointments.visit(ctx, made.id).appointment.reason == "My knee"


def test_the_insurance_pays_for_a_time_from_the_list_too(queue: Queue, petra: Actor, desk: Desk) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    made = queue.accept(petra, offered, coverage_id=desk.insured(petra).id)
    with later(seconds=15):
        desk.worker_looks()

    with queue.surgery.as_(petra) as ctx:
        booked = appointments.appointment(ctx, made.id)
    assert booked.appointment.payer is Payer.INSURANCE
    assert booked.eligibility is not None
    assert booked.eligibility.state == "eligible"


def test_nobody_pays_with_anothers_insurance(queue: Queue, petra: Actor, per: Actor, desk: Desk) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    with pytest.raises(NotFound):
        queue.accept(petra, offered, coverage_id=desk.insured(per).id)
    assert queue.offered(petra) is not None


def test_accepting_twice_is_one_appointment(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    came = at_once(lambda: queue.accept(petra, offered), 4)

    assert {one.id for one in came if isinstance(one, Appointment)} == {offered.id}
    assert not any(isinstance(one, Refusal) for one in came)


def test_the_next_is_asked_when_nobody_answers(queue: Queue, petra: Actor, per: Actor) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    queue.lapse(offered.expires_at - SECOND)
    assert queue.offered(per) is None

    queue.lapse(offered.expires_at)
    assert queue.offered(petra) is None
    assert queue.offered(per) is not None
    with pytest.raises(OfferOver):
        queue.accept(petra, offered)


def test_the_next_is_asked_when_somebody_declines(queue: Queue, petra: Actor, per: Actor) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    queue.decline(petra, offered)

    assert queue.offered(per) is not None
    assert [one.waiting.state for one in queue.waits(petra)] == [WaitingState.WAITING]


def test_nobody_is_asked_twice_about_one_time(queue: Queue, petra: Actor, tenant: UUID, owner_sql) -> None:
    waiting = queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    queue.decline(petra, offered)
    queue.does(reactions.look_for_times)

    assert asked(tenant, owner_sql) == [(waiting.id, "declined")]
    assert "09:00" in queue.surgery.clocks(petra, queue.day, queue.visit_type)


def test_at_the_second_at_which_it_ends_an_offer_is_over(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    with moment(offered.expires_at), pytest.raises(OfferOver):
        queue.accept(petra, offered)
    with moment(offered.expires_at - SECOND):
        assert queue.accept(petra, offered).state is AppointmentState.BOOKED


def test_of_accepting_and_lapsing_at_once_one_happens(queue: Queue, petra: Actor, tenant: UUID, owner_sql) -> None:
    """The worker's clock may be ahead of the one that the patient is answered by."""
    queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    def lapse() -> None:
        with Context(SYSTEM, tenant) as ctx:
            ctx.now = offered.expires_at
            actions.lapse(ctx, offered.id)

    def accept() -> Appointment:
        return queue.accept(petra, offered)

    deeds = iter([lapse, accept] * 4)

    def one_or_the_other() -> Appointment | None:
        return next(deeds)()

    came = at_once(one_or_the_other, 8)

    accepted = [one for one in came if isinstance(one, Appointment)]
    ((_, state),) = asked(tenant, owner_sql)
    claims = owner_sql("SELECT DISTINCT state FROM claims WHERE booking_id = :id", tenant, id=offered.id)
    assert (state, claims) == (("accepted", [("booked",)]) if accepted else ("expired", [("released",)]))


def test_two_workers_at_once_ask_one_person(queue: Queue, petra: Actor, per: Actor, tenant: UUID, owner_sql) -> None:
    waiting = queue.joined_by(petra)
    queue.joined_by(per)
    queue.surgery.cancel(queue.holder, queue.booked)

    at_once(lambda: reactions.look_for_times(Context(SYSTEM, tenant)), 4)

    assert asked(tenant, owner_sql) == [(waiting.id, "open")]


def test_two_workers_at_once_offer_one_time(queue: Queue, petra: Actor, tenant: UUID, owner_sql) -> None:
    """Many times are free, so that nothing but the first offer keeps the second worker from making another."""
    wish = WaitingWrite(from_day=queue.day, until_day=queue.day)
    with queue.surgery.as_(petra) as ctx:
        waiting = actions.wait(ctx, queue.visit_type, wish)

    at_once(lambda: reactions.look_for_times(Context(SYSTEM, tenant)), 4)

    assert asked(tenant, owner_sql) == [(waiting.id, "open")]


def test_a_worker_that_dies_half_way_asks_when_it_is_back(
    queue: Queue, petra: Actor, tenant: UUID, owner_sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = queue.joined_by(petra)
    with monkeypatch.context() as broken:
        broken.setattr(messages, "notify", lambda *_, **__: 1 / 0)
        queue.becomes_free()
        assert asked(tenant, owner_sql) == []
        assert "09:00" in queue.surgery.clocks(petra, queue.day, queue.visit_type)

    owner_sql("UPDATE owed SET due_at = now()")
    settle_everything()

    assert asked(tenant, owner_sql) == [(waiting.id, "open")]


def test_an_earlier_time_gives_the_later_one_back(queue: Queue, petra: Actor, tenant: UUID, owner_sql) -> None:
    later_time = queue.surgery.book(petra, queue.nine + timedelta(days=7), queue.visit_type)
    queue.joined_by(petra, appointment_id=later_time.id)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None
    assert queue.held(petra, offered).gives_back is not None

    queue.accept(petra, offered)

    with queue.surgery.as_(petra) as ctx:
        assert appointments.appointment(ctx, later_time.id).appointment.state is AppointmentState.CANCELLED
    assert owner_sql("SELECT 1 FROM claims WHERE booking_id = :id AND state = 'booked'", tenant, id=later_time.id) == []


def test_who_has_an_earlier_time_is_offered_no_later_one(queue: Queue, petra: Actor, per: Actor) -> None:
    with_dora = queue.surgery.book(petra, on(queue.day, "15:00"), queue.visit_type)
    queue.joined_by(petra, appointment_id=with_dora.id)
    queue.surgery.move(petra, with_dora, queue.nine - timedelta(days=queue.day.weekday() + 3) + timedelta(hours=4))
    queue.joined_by(per)

    queue.becomes_free()

    assert queue.offered(petra) is None
    assert queue.offered(per) is not None


def test_who_has_something_else_to_do_is_passed_over(
    queue: Queue, petra: Actor, per: Actor, dan: Actor, tenant: UUID
) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    Surgery(tenant, dan, name="Dr Dan Berg").book(petra, on(queue.day, "09:30"))

    queue.becomes_free()

    assert queue.offered(petra) is None
    assert queue.offered(per) is not None


@pytest.mark.parametrize(
    "wish", [{"weekdays": [1, 2]}, {"from_hour": 10, "until_hour": 17}, {"from_hour": 0, "until_hour": 9}]
)
def test_nobody_is_offered_what_they_do_not_wait_for(queue: Queue, petra: Actor, wish: dict[str, object]) -> None:
    queue.surgery.book(queue.holder, on(queue.day, "10:00"), queue.visit_type)
    for hour in range(11, 17):
        queue.surgery.book(queue.holder, on(queue.day, f"{hour}:00"), queue.visit_type)
    for hour in range(9, 17):
        queue.surgery.book(queue.holder, on(queue.day + timedelta(days=1), f"{hour:02}:00"), queue.visit_type)
    queue.joined_by(petra, until_day=queue.day + timedelta(days=1), **wish)

    queue.becomes_free()

    assert queue.offered(petra) is None


def test_a_time_that_is_free_already_is_offered_at_once(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra, from_hour=10, until_hour=12)

    offered = queue.offered(petra)
    assert offered is not None
    assert offered.starts_at == on(queue.day, "10:00")


def test_each_who_waits_gets_a_time_of_their_own(queue: Queue, petra: Actor, per: Actor) -> None:
    for who in (petra, per):
        queue.joined_by(who, from_hour=9, until_hour=11)
    queue.becomes_free()

    first, second = queue.offered(petra), queue.offered(per)
    assert first is not None
    assert second is not None
    assert {first.starts_at, second.starts_at} == {on(queue.day, "09:00"), on(queue.day, "10:00")}


def test_extra_hours_are_offered(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra, from_hour=18, until_hour=20)
    assert queue.offered(petra) is None

    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        own = calendars.resource(ctx, queue.surgery.profile.resource_id)
        place = calendars.location(ctx, queue.surgery.location_id)
        calendar.open_extra(ctx, own, place, during(on(queue.day, "18:00"), 60))
    settle_everything()

    offered = queue.offered(petra)
    assert offered is not None
    assert offered.starts_at == on(queue.day, "18:00")


def test_a_blocked_time_is_offered_once_it_is_given_free(queue: Queue, petra: Actor) -> None:
    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        own = calendars.resource(ctx, queue.surgery.profile.resource_id)
        blocked = calendar.block(ctx, own, during(on(queue.day, "10:00"), 60))
    queue.joined_by(petra, from_hour=10, until_hour=11)
    assert queue.offered(petra) is None

    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        calendar.unblock(ctx, calendars.blocked_time(ctx, blocked.id))
    settle_everything()

    assert queue.offered(petra) is not None


def test_a_moved_appointment_leaves_its_old_time_to_who_waits(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)

    queue.surgery.move(queue.holder, queue.booked, on(queue.day, "16:00"))
    settle_everything()

    offered = queue.offered(petra)
    assert offered is not None
    assert offered.starts_at == queue.nine


def test_who_leaves_gives_back_what_is_held(queue: Queue, petra: Actor, per: Actor) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    queue.becomes_free()

    queue.leave(petra)

    assert queue.waits(petra) == []
    assert queue.offered(per) is not None


def test_nobody_waits_twice_for_one_kind_of_visit(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)
    with pytest.raises(AlreadyWaiting):
        queue.joined_by(petra)

    queue.leave(petra)
    queue.joined_by(petra)


def test_whoever_left_an_offer_unanswered_is_asked_after_those_who_answer(
    queue: Queue, petra: Actor, per: Actor, tenant: UUID
) -> None:
    tuesday = queue.nine + timedelta(days=1)
    also_held = queue.surgery.book(queue.holder, tuesday, queue.visit_type)
    pat = patient(tenant, "Pat")
    for who in (petra, per, pat):
        queue.joined_by(who, until_day=queue.day + timedelta(days=1))
    queue.becomes_free()
    lapses(queue, petra)
    queue.accept(per, offered_to(queue, per))

    queue.surgery.cancel(queue.holder, also_held)
    settle_everything()

    assert queue.offered(petra) is None
    assert offered_to(queue, pat).starts_at == tuesday


def test_whoever_leaves_three_offers_in_a_row_unanswered_rests_until_they_say_so(
    queue: Queue, petra: Actor, tenant: UUID
) -> None:
    queue.joined_by(petra, from_hour=10, until_hour=17)
    for _ in range(3):
        lapses(queue, petra)

    (waits,) = queue.waits(petra)
    assert (waits.waiting.state, waits.waiting.unanswered, waits.offered) == (WaitingState.RESTING, 3, None)
    assert "Do you still wait for a time?" in [letter.subject for letter in letters(tenant, "Petra")]
    queue.does(reactions.look_for_times)
    assert queue.offered(petra) is None

    with queue.surgery.as_(petra) as ctx:
        actions.wait_on(ctx, queries.waits(ctx, waits.waiting.id).waiting)
    settle_everything()
    assert offered_to(queue, petra).starts_at == on(queue.day, "13:00")
    assert [one.waiting.unanswered for one in queue.waits(petra)] == [0]


def test_whoever_says_no_has_their_own_place_again(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra, from_hour=10, until_hour=17)
    lapses(queue, petra)
    assert [one.waiting.unanswered for one in queue.waits(petra)] == [1]

    queue.decline(petra, offered_to(queue, petra))

    assert [one.waiting.unanswered for one in queue.waits(petra)] == [0]


def test_nobody_takes_anothers_place_on_the_list(queue: Queue, petra: Actor, per: Actor) -> None:
    waiting = queue.joined_by(petra)

    with pytest.raises(NotFound), queue.surgery.as_(per) as ctx:
        actions.wait_on(ctx, waiting)


def test_whoever_rests_is_told_when_their_last_day_is_over(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra, from_hour=10, until_hour=17)
    for _ in range(3):
        lapses(queue, petra)

    with moment(queue.nine + timedelta(days=3)):
        queue.does(reactions.look_for_times)

    assert queue.waits(petra) == []


def test_a_practice_sees_who_waits_in_the_order_in_which_they_are_asked(
    queue: Queue, petra: Actor, per: Actor, dan: Actor
) -> None:
    queue.joined_by(petra)
    queue.joined_by(per)
    queue.becomes_free()
    lapses(queue, petra)

    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        (shown,) = queries.queues(ctx)
    with queue.surgery.as_(dan) as ctx:
        assert queries.queues(ctx) == []

    assert (shown.visit, shown.count) == ("Long talk", 2)
    told = [(one.patient, one.waiting.state, one.offered, one.waiting.unanswered) for one in shown.line]
    assert told == [("Per", WaitingState.OFFERED, 1, 0), ("Petra", WaitingState.WAITING, 1, 1)]


def offered_to(queue: Queue, patient: Actor) -> Offered:
    offered = queue.offered(patient)
    assert offered is not None, "nothing is offered"
    return offered


def lapses(queue: Queue, patient: Actor) -> None:
    """Nobody answers until the offer is over."""
    queue.lapse(offered_to(queue, patient).expires_at)


def test_waiting_ends_with_its_last_day(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)

    with moment(queue.nine + timedelta(days=3)):
        queue.does(reactions.look_for_times)

    assert queue.waits(petra) == []
    with queue.surgery.as_(petra) as ctx:
        assert "No time became free" in notices.notices(ctx)[0].title


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"from_day": -3, "until_day": -2}, NothingToWaitFor),
        ({"until_day": 400}, NothingToWaitFor),
        ({"weekdays": [1]}, NothingToWaitFor),
        ({"from_hour": 10, "until_hour": 10}, HoursTurned),
    ],
)
def test_nobody_waits_for_what_can_never_come(
    queue: Queue, petra: Actor, wish: dict[str, object], refusal: type[Refusal]
) -> None:
    today = datetime.now(HELSINKI).date()
    days = {name: today + timedelta(days=far) for name, far in wish.items() if isinstance(far, int) and "day" in name}

    with pytest.raises(refusal):
        queue.joined_by(petra, **wish | days)


def test_nobody_gives_back_what_is_not_theirs(queue: Queue, petra: Actor, dan: Actor, tenant: UUID) -> None:
    with_dan = Surgery(tenant, dan, name="Dr Dan Berg").book(petra, on(queue.day, "15:00"))

    for of_another in (with_dan, queue.booked):
        with pytest.raises(NotLater):
            queue.joined_by(petra, appointment_id=of_another.id)


def test_nobody_sees_or_takes_what_is_held_for_others(queue: Queue, petra: Actor, per: Actor) -> None:
    waiting = queue.joined_by(petra)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    for ask in (
        lambda ctx: queries.held(ctx, offered.id),
        lambda ctx: queries.waits(ctx, waiting.id),
        lambda ctx: actions.accept(ctx, offered),
        lambda ctx: actions.decline(ctx, offered),
        lambda ctx: actions.stop_waiting(ctx, waiting),
    ):
        with pytest.raises(NotFound), queue.surgery.as_(per) as ctx:
            ask(ctx)


def test_doctors_learn_how_many_wait_and_not_who(queue: Queue, petra: Actor, per: Actor) -> None:
    for who in (petra, per):
        queue.joined_by(who)

    with queue.surgery.as_(queue.surgery.doctor) as ctx:
        assert [(one.visit, one.count) for one in queries.queues(ctx)] == [("Long talk", 2)]


def test_an_offer_is_told_without_saying_with_whom(queue: Queue, petra: Actor, tenant: UUID) -> None:
    queue.joined_by(petra)
    queue.becomes_free()

    letter = letters(tenant, "Petra")[0]
    offered = queue.offered(petra)
    assert offered is not None
    assert letter.subject.startswith("A time is free for you: Mon ")
    assert f"/waiting/offers/{offered.id}" in letter.body
    assert "Harbour Clinic" in letter.body
    assert "Helsinki time (UTC+" in letter.body
    for telling in ("Dora", "Long talk", "practice", "394814009", "EUR"):
        assert telling not in f"{letter.subject} {letter.body}"


NOON = datetime(2027, 3, 3, 12, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("asked_at", "starts_at", "until"),
    [
        (NOON, NOON + timedelta(days=2), NOON + timedelta(hours=2)),
        (NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=1)),
        (NOON, NOON + timedelta(minutes=75), NOON + timedelta(minutes=15)),
        (NOON, NOON + timedelta(minutes=74), None),
        (NOON.replace(hour=23), NOON + timedelta(days=2), NOON.replace(day=4, hour=10)),
        (NOON.replace(hour=3), NOON + timedelta(days=2), NOON.replace(hour=10)),
        (NOON.replace(hour=23), NOON.replace(day=4, hour=9), NOON.replace(day=4, hour=8)),
        # The clocks are put forward that night, by an hour: eight in the morning is eight on the wall.
        (NOON.replace(day=27, hour=23), NOON.replace(day=30), NOON.replace(day=28, hour=10)),
    ],
)
def test_people_have_two_hours_to_answer_and_not_those_of_the_night(
    asked_at: datetime, starts_at: datetime, until: datetime | None
) -> None:
    time = Time(starts_at.astimezone(UTC), starts_at.astimezone(UTC) + timedelta(hours=1), None, "Europe/Helsinki")

    answered = rules.answer_until(asked_at.astimezone(UTC), time)

    assert answered == (until and until.astimezone(UTC))


def test_what_is_asked_for_is_asked_in_parts_and_never_of_the_past() -> None:
    with_days = type("Wish", (), {})
    one, other = with_days(), with_days()
    one.from_day, one.until_day = datetime(2027, 3, 1).date(), datetime(2027, 3, 2).date()  # noqa: DTZ001
    other.from_day, other.until_day = datetime(2027, 4, 20).date(), datetime(2027, 5, 20).date()  # noqa: DTZ001
    now = datetime(2027, 3, 1, 15, tzinfo=ZoneInfo("UTC"))

    parts = list(rules.asked_for([one, other], now, timedelta(days=42)))

    assert parts[0] == Span(now, now + timedelta(days=42))
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert parts[-1].end == datetime(2027, 5, 22, tzinfo=ZoneInfo("UTC"))


def test_states_of_offers_and_wishes_agree(queue: Queue, petra: Actor) -> None:
    queue.joined_by(petra)
    queue.becomes_free()
    (waits,) = queue.waits(petra)

    assert waits.waiting.state is WaitingState.OFFERED
    assert waits.offered is not None
    assert waits.offered.state is OfferState.OPEN
