"""Petra learns what her insurance covers; where her insurer does not say so now, she learns why and when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.breaker import State
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound
from salus.kernel.ids import new_id
from salus.shared.insurance import actions, queries, reactions
from salus.shared.insurance.models import Because, CheckState, Service
from salus.shared.insurance.rules import DayTooFar, InsurerRetired
from salus.shared.insurance.schemas import InsurerWrite
from tests.cast import at_once, later
from tests.shared.insurance.scene import Desk, in_days
from tests.shared.insurance.sim_office import PAYER

Sql = Callable[..., list[tuple[object, ...]]]


def records(owner_sql: Sql, desk: Desk, operation: str) -> list[tuple[object, ...]]:
    return owner_sql(
        "SELECT facts, person_id FROM records WHERE tenant_id = :its AND operation = :operation ORDER BY id",
        desk.tenant,
        its=desk.tenant,
        operation=operation,
    )


def test_petra_learns_at_once_that_she_is_covered(desk: Desk, petra: Actor, owner_sql: Sql) -> None:
    check = desk.asks(petra, desk.insured(petra))

    assert (check.eligibility.state, check.attempts) == (CheckState.ELIGIBLE, 1)
    assert check.eligibility.disposition == "The plan covers this."
    assert (check.eligibility.recheck_at, check.eligibility.checked_at is not None) == (None, True)
    assert records(owner_sql, desk, "insurance.settle") == [
        ({"state": "eligible", "because": "in-force", "concerns": [str(petra.id)]}, petra.id)
    ]


def test_a_no_is_an_answer_and_no_failure(desk: Desk, petra: Actor) -> None:
    lapsed, excluded = desk.insured(petra, desk.office.lapsed), desk.insured(petra, desk.office.excluded)

    answers = [desk.asks(petra, coverage).eligibility.because for coverage in (lapsed, excluded)]

    assert answers == [Because.NOT_IN_FORCE, Because.NOT_COVERED]
    assert desk.breaker.reading().failures == 0


def test_what_was_answered_within_the_hour_is_not_asked_again(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    first = desk.asks(petra, coverage)

    desk.office.turn(refuse=True)
    again = desk.asks(petra, coverage)
    other = desk.asks(petra, coverage, service=Service.X_RAY)
    with later(minutes=61):
        afterwards = desk.asks(petra, coverage, days=7)

    assert again == first
    assert other.eligibility.state is CheckState.NOT_ELIGIBLE
    assert (afterwards.id, afterwards.eligibility.state) == (first.id, CheckState.NOT_ELIGIBLE)


def test_a_failing_insurer_leaves_it_pending_and_the_worker_asks_again(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    with desk.office.failure():
        check = desk.asks(petra, coverage)
    assert (check.eligibility.state, check.eligibility.because) == (CheckState.PENDING, Because.FAILING)
    assert check.eligibility.recheck_at is not None
    assert desk.due() == []

    with later(seconds=21):
        desk.worker_looks()

    assert desk.stands(check).eligibility.state is CheckState.ELIGIBLE


def test_the_more_often_it_fails_the_longer_it_waits(desk: Desk, petra: Actor) -> None:
    check, waits = desk.asks(petra, desk.insured(petra, desk.office.takes_time)), []
    with desk.office.turned(fail_rate=1):
        for hours in (1, 2, 3):
            with later(hours=hours):
                desk.worker_looks()
                recheck_at = desk.stands(check).eligibility.recheck_at
                assert recheck_at is not None
                waits.append(round((recheck_at - datetime.now(UTC)).total_seconds()))

    assert waits == [40, 80, 160]


def test_what_the_insurer_looks_up_is_known_when_it_is_asked_again(desk: Desk, petra: Actor) -> None:
    check = desk.asks(petra, desk.insured(petra, desk.office.takes_time))
    assert check.eligibility.because is Because.QUEUED

    with later(seconds=21):
        desk.worker_looks()

    assert desk.stands(check).eligibility.state is CheckState.ELIGIBLE


def test_an_insurer_that_does_not_know_us_is_asked_again_and_the_circuit_stays_closed(
    desk: Desk, petra: Actor, ada: Actor
) -> None:
    coverage = desk.insured(petra)
    with Context(ada, desk.tenant) as ctx:
        wrong = InsurerWrite(name="Nordic Health", payer_code=PAYER, endpoint=desk.office.url, key="wrong")
        actions.change_insurer(ctx, queries.insurer(ctx, desk.insurer.id), wrong)

    check = desk.asks(petra, coverage)

    assert (check.eligibility.state, check.eligibility.because) == (CheckState.PENDING, Because.TURNED_AWAY)
    assert desk.breaker.reading().failures == 0


def opened(desk: Desk, person: Actor) -> None:
    """The circuit opens: five in a row failed."""
    coverage = desk.insured(person, f"NH {new_id().hex} 0001")
    with desk.office.failure():
        for service in list(Service)[:5]:
            desk.asks(person, coverage, service=service, days=90)
    assert desk.breaker.reading().state is State.OPEN


def test_while_the_circuit_is_open_nobody_waits_and_everybody_is_told(desk: Desk, petra: Actor, per: Actor) -> None:
    opened(desk, per)
    coverage = desk.insured(petra)

    check = desk.asks(petra, coverage)

    told = check.eligibility
    assert (told.state, told.because, check.attempts) == (CheckState.PENDING, Because.CIRCUIT_OPEN, 0)
    assert told.recheck_at is not None
    assert timedelta(0) < told.recheck_at - datetime.now(UTC) <= timedelta(seconds=10)


def test_while_the_circuit_is_open_the_worker_asks_and_writes_nothing(desk: Desk, petra: Actor, owner_sql: Sql) -> None:
    opened(desk, petra)
    before = len(records(owner_sql, desk, "insurance.postpone"))

    with later(hours=1):
        assert len(desk.due()) == 5
        desk.worker_looks()

    assert len(records(owner_sql, desk, "insurance.postpone")) == before


def test_when_the_insurer_answers_again_all_that_waits_is_asked(
    desk: Desk, petra: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(desk, petra)
    waiting = desk.asks(petra, desk.insured(petra), days=14)
    monkeypatch.setattr(desk.breaker, "_clock", lambda: desk.breaker._circuit.since + 10)

    with later(seconds=15):
        desk.worker_looks()
        assert desk.breaker.reading().state is State.CLOSED
        desk.worker_looks()

        assert desk.due() == []
    assert desk.stands(waiting).eligibility.state is CheckState.ELIGIBLE


def test_whoever_dies_while_asking_is_replaced_by_the_worker(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    with Context(petra, desk.tenant) as ctx:
        noted = actions.ask(ctx, coverage, service=Service.PLAN, on_day=in_days(3))
    assert desk.due() == []

    with later(seconds=11):
        desk.worker_looks()

    with Context(petra, desk.tenant) as ctx:
        assert queries.check(ctx, noted.id).eligibility.state is CheckState.ELIGIBLE


def test_a_day_that_is_over_before_the_insurer_answers_stays_unknown(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    with desk.office.failure():
        check = desk.asks(petra, coverage, days=1)
        with later(days=3):
            desk.worker_looks()

    stands = desk.stands(check).eligibility
    assert (stands.state, stands.because) == (CheckState.UNKNOWN, Because.NOT_IN_TIME)


def test_of_an_insurer_that_was_retired_nothing_more_is_asked(desk: Desk, petra: Actor, ada: Actor) -> None:
    coverage = desk.insured(petra)
    with desk.office.failure():
        check = desk.asks(petra, coverage)
    with Context(ada, desk.tenant) as ctx:
        actions.retire_insurer(ctx, queries.insurer(ctx, desk.insurer.id))

    with pytest.raises(InsurerRetired):
        desk.asks(petra, coverage)
    with later(seconds=21):
        desk.worker_looks()

    assert desk.stands(check).eligibility.state is CheckState.UNKNOWN


def test_six_at_once_ask_one_question(desk: Desk, petra: Actor, owner_sql: Sql) -> None:
    coverage = desk.insured(petra)

    answers = at_once(lambda: desk.asks(petra, coverage), 6)

    assert {answer.eligibility.state for answer in answers} == {CheckState.ELIGIBLE}
    assert owner_sql("SELECT count(*) FROM eligibility_checks", desk.tenant) == [(1,)]


@pytest.mark.parametrize("days", [-2, 401])
def test_nobody_asks_about_the_past_or_the_far_future(desk: Desk, petra: Actor, days: int) -> None:
    coverage = desk.insured(petra)

    with pytest.raises(DayTooFar):
        desk.asks(petra, coverage, days=days)


def test_petras_insurance_is_nobody_elses(desk: Desk, petra: Actor, per: Actor) -> None:
    coverage = desk.insured(petra)
    check = desk.asks(petra, coverage)

    with pytest.raises(NotFound):
        desk.asks(per, coverage)
    with pytest.raises(NotFound), Context(per, desk.tenant) as ctx:
        queries.check(ctx, check.id)
    with Context(per, desk.tenant) as ctx:
        assert queries.insured(ctx) == []
    with pytest.raises(NotFound), Context(per, desk.tenant) as ctx:
        actions.ask(ctx, coverage, service=Service.PLAN, on_day=in_days(1))


def test_nobody_but_salus_says_what_an_insurer_said(desk: Desk, petra: Actor, ada: Actor) -> None:
    check_id = desk.asks(petra, desk.insured(petra)).id
    with Context(SYSTEM, desk.tenant) as ctx:
        inquiry = queries.inquiry(ctx, check_id)

    for actor in (petra, ada):
        for operation in (actions.settle, actions.postpone):
            with pytest.raises(NotAllowed), Context(actor, desk.tenant) as ctx:
                operation(ctx, inquiry.check, None)


def test_what_insurers_are_told_and_say_lies_encrypted(desk: Desk, petra: Actor, owner_sql: Sql) -> None:
    check = desk.asks(petra, desk.insured(petra))

    (coverage,) = owner_sql("SELECT member_number_sealed FROM coverages", desk.tenant)
    (said,) = owner_sql("SELECT disposition_sealed FROM eligibility_checks", desk.tenant)
    (insurer,) = owner_sql("SELECT key_sealed FROM insurers", desk.tenant)

    assert check.eligibility.disposition is not None
    for sealed, plain in ((coverage, "NH 1234"), (said, "plan covers"), (insurer, "key_of")):
        assert plain.encode() not in bytes(sealed[0])


def test_only_so_many_ask_one_insurer_at_the_same_time(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    places = desk.breaker._places
    while places.acquire(blocking=False):
        pass

    check = desk.asks(petra, coverage)

    assert (check.eligibility.because, check.attempts) == (Because.BUSY, 0)


def test_the_same_person_at_another_exchange_is_somebody_else(desk: Desk, petra: Actor, other_tenant: UUID) -> None:
    coverage = desk.insured(petra)

    with pytest.raises(NotFound), Context(SYSTEM, other_tenant) as ctx:
        queries.coverage(ctx, coverage.id)
    assert reactions.recheck(Context(SYSTEM, other_tenant)) is None
