"""An insurer that hangs, is slow, lies or is down for an hour: patients learn why, and nothing is lost or doubled."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from salus.kernel.actor import Actor
from salus.kernel.breaker import State
from salus.kernel.context import engine
from salus.shared.insurance.models import Because, CheckState
from salus.shared.insurance.schemas import CheckRead
from salus.sim import insurer as sim
from tests.shared.insurance.conftest import desk, office
from tests.shared.insurance.scene import Desk

__all__ = ["desk", "office"]
Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells a figure to whoever runs the tests."""

    def tell(figure: str) -> None:
        with capsys.disabled():
            print(f"\n{figure}")  # noqa: T201

    return tell


def all_at_once(desk: Desk, petra: Actor, days: range) -> list[tuple[CheckRead, float]]:
    """What each of so many callers was told, and after how many seconds."""
    coverage = desk.insured(petra)

    def ask(day: int) -> tuple[CheckRead, float]:
        began = time.monotonic()
        return desk.asks(petra, coverage, days=day), time.monotonic() - began

    with ThreadPoolExecutor(len(days)) as crowd:
        return list(crowd.map(ask, days))


def told(answers: list[tuple[CheckRead, float]]) -> set[tuple[CheckState, Because]]:
    return {(check.eligibility.state, check.eligibility.because) for check, _ in answers}


def test_of_a_hung_insurer_everybody_hears_in_time_and_then_at_once(
    desk: Desk, petra: Actor, say: Callable[[str], None]
) -> None:
    with desk.office.silence():
        first = all_at_once(desk, petra, range(1, 33))
        assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]
        coverage = desk.insured(petra, "NH 9 0001")
        began = time.monotonic()
        second = [desk.asks(petra, coverage, days=day) for day in range(1, 33)]
        spent = time.monotonic() - began

    waited = max(seconds for _, seconds in first)
    say(f"hung insurer: 32 callers waited {waited:.1f} s at most, the next 32 {spent / 32 * 1000:.0f} ms each")
    assert told(first) <= {
        (CheckState.PENDING, reason) for reason in (Because.TIMEOUT, Because.BUSY, Because.CIRCUIT_OPEN)
    }
    assert waited < 8
    assert {check.eligibility.because for check in second} == {Because.CIRCUIT_OPEN}
    assert spent < 32 * 0.5


def test_a_slow_insurer_is_waited_for_and_no_more_than_eight_wait(desk: Desk, petra: Actor) -> None:
    with desk.office.turned(latency_ms=700):
        answers = all_at_once(desk, petra, range(1, 25))

    served = [check for check, _ in answers if check.eligibility.state is CheckState.ELIGIBLE]
    assert len(served) >= 8
    assert told(answers) <= {(CheckState.ELIGIBLE, Because.IN_FORCE), (CheckState.PENDING, Because.BUSY)}
    assert desk.breaker.reading().state is State.CLOSED


def test_a_lying_insurer_is_believed_in_nothing_and_left_alone(desk: Desk, petra: Actor, owner_sql: Sql) -> None:
    coverage = desk.insured(petra)
    heard = []
    for day, lie in enumerate(sim.Lie, start=1):
        with desk.office.lie(lie):
            heard.append(desk.asks(petra, coverage, days=day).eligibility)

    assert {told.state for told in heard} == {CheckState.PENDING}
    assert [told.because for told in heard[:5]] == [Because.NOT_BELIEVED] * 5
    assert {told.because for told in heard[5:]} == {Because.CIRCUIT_OPEN}
    assert owner_sql("SELECT count(*) FROM eligibility_checks WHERE disposition_sealed IS NOT NULL", desk.tenant) == [
        (0,)
    ]


@pytest.fixture
def clock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """Stands still, for the breaker too, until it is moved."""
    with time_machine.travel(datetime.now(UTC), tick=False) as coordinates:
        monkeypatch.setattr(desk.breaker, "_clock", time.time)
        yield coordinates


def goes_by(clock: time_machine.Traveller, desk: Desk, *, seconds: int) -> None:
    """So much time passes, and every five seconds of it the worker looks."""
    for _ in range(0, seconds, 5):
        clock.shift(timedelta(seconds=5))
        desk.worker_looks()


def test_an_insurer_that_is_down_for_an_hour_loses_and_doubles_nothing(
    desk: Desk, petra: Actor, clock: time_machine.Traveller, owner_sql: Sql, say: Callable[[str], None]
) -> None:
    coverage, made = desk.insured(petra), []
    with desk.office.turned(down=True):
        for minute in range(60):
            made.append(desk.asks(petra, coverage, days=minute + 1))
            goes_by(clock, desk, seconds=60)
    stood = {desk.stands(check).eligibility.state for check in made}
    tried = count(owner_sql, desk, "insurance.postpone", "failing")

    waited = 0
    while desk.waiting() and waited < 120:
        goes_by(clock, desk, seconds=5)
        waited += 5

    say(f"down for an hour: 60 questions, {tried} calls in vain, all answered {waited} s after it came back")
    assert stood == {CheckState.PENDING}
    assert tried <= 5 + 60 * 6
    assert waited <= 30
    assert {desk.stands(check).eligibility.state for check in made} == {CheckState.ELIGIBLE}
    assert count(owner_sql, desk, "insurance.settle", "in-force") == 60


def count(owner_sql: Sql, desk: Desk, operation: str, because: str) -> int:
    """How many records there are of it."""
    statement = "SELECT count(*) FROM records WHERE tenant_id = :its AND operation = :operation AND facts @> :facts"
    facts = json.dumps({"because": because})
    ((found,),) = owner_sql(statement, desk.tenant, its=desk.tenant, operation=operation, facts=facts)
    return int(str(found))
