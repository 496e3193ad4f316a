"""Whoever fails again and again is left alone for ten seconds, and then asked once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from itertools import islice
from threading import Barrier, Event

import hypothesis.strategies as st
import pytest
from hypothesis import settings as how_often
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from salus.kernel import breaker as breakers
from salus.kernel import log
from salus.kernel.breaker import AT_ONCE, Breaker, Busy, CircuitOpen, State, breaker, readings
from salus.kernel.errors import NotAllowed, Unavailable


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def quiet() -> None:
    log.configure(quiet=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def insurer(clock: Clock) -> Breaker:
    return Breaker("insurer", at_once=50, clock=clock)


def succeed(one: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with one.call():
            pass


def fail(one: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Unavailable), one.call():
            raise Unavailable


def refuses(one: Breaker) -> bool:
    """Whether a call would not even be made. (If it is, it fails.)"""
    with suppress(TimeoutError):
        try:
            with one.call():
                raise TimeoutError
        except CircuitOpen:
            return True
    return False


def state(one: Breaker) -> State:
    return one.reading().state


def test_five_failures_open_the_circuit_and_the_sixth_call_is_not_made(insurer: Breaker) -> None:
    fail(insurer, 4)
    assert state(insurer) is State.CLOSED

    fail(insurer)

    assert state(insurer) is State.OPEN
    assert refuses(insurer)


def test_half_of_the_calls_may_fail_and_more_may_not(insurer: Breaker) -> None:
    for _ in range(10):
        succeed(insurer)
        fail(insurer)
    assert state(insurer) is State.CLOSED

    fail(insurer)

    assert state(insurer) is State.OPEN


def test_only_the_last_twenty_calls_count(insurer: Breaker) -> None:
    succeed(insurer, 100)
    assert insurer.reading().calls == 20
    fail(insurer, 10)
    assert state(insurer) is State.CLOSED

    fail(insurer)

    assert state(insurer) is State.OPEN


def test_a_clear_no_is_no_failure_and_a_bug_is_one(insurer: Breaker) -> None:
    for _ in range(20):
        with pytest.raises(NotAllowed), insurer.call():
            raise NotAllowed
    assert (state(insurer), insurer.reading().failures) == (State.CLOSED, 0)

    with pytest.raises(KeyError), insurer.call():
        raise KeyError

    assert insurer.reading().failures == 1


def test_who_is_refused_is_told_when_to_come_again(insurer: Breaker, clock: Clock) -> None:
    fail(insurer, 5)
    clock.now += 3.5

    with pytest.raises(CircuitOpen) as refused, insurer.call():
        pass

    assert refused.value.retry_after_s == 7


def test_after_ten_seconds_and_no_sooner_a_success_closes_it_and_the_past_is_forgotten(
    insurer: Breaker, clock: Clock
) -> None:
    fail(insurer, 5)
    clock.now += 9.9
    assert refuses(insurer)

    clock.now += 0.1
    succeed(insurer)

    reading = insurer.reading()
    assert (reading.state, reading.calls, reading.failures) == (State.CLOSED, 0, 0)


def test_a_failed_probe_opens_it_for_ten_seconds_more(insurer: Breaker, clock: Clock) -> None:
    fail(insurer, 5)
    clock.now += 10
    fail(insurer)

    clock.now += 9.9
    assert refuses(insurer)
    clock.now += 0.1
    assert not refuses(insurer)


@pytest.fixture
def nervous() -> Iterator[None]:
    """Threads take turns after every few steps, so that they meet in the narrowest of places."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("nervous")
@pytest.mark.parametrize("attempt", range(20))
def test_of_fifty_callers_at_a_half_open_circuit_one_gets_through(insurer: Breaker, clock: Clock, attempt: int) -> None:
    fail(insurer, 5)
    clock.now += 10 + attempt
    ready, everybody_asked, probes = Barrier(50), Event(), []

    def ask(who: int) -> bool:
        ready.wait()
        try:
            with insurer.call():
                probes.append(who)
                assert everybody_asked.wait(30)
        except CircuitOpen:
            return False
        return True

    with ThreadPoolExecutor(50) as crowd:
        asking = [crowd.submit(ask, who) for who in range(50)]
        # The probe answers only after all others were refused: nobody is kept out because it was over already.
        refused = [one.result() for one in islice(as_completed(asking), 49)]
        everybody_asked.set()

    assert (len(probes), sum(refused)) == (1, 0)
    assert state(insurer) is State.CLOSED


def test_a_slow_answer_from_before_does_not_close_an_open_circuit(insurer: Breaker, clock: Clock) -> None:
    slow, slower = ExitStack(), ExitStack()
    slow.enter_context(insurer.call())
    slower.enter_context(insurer.call())
    fail(insurer, 5)

    slow.close()
    assert state(insurer) is State.OPEN

    clock.now += 10
    with insurer.call():
        slower.close()
        assert state(insurer) is State.HALF_OPEN


def test_no_more_than_a_few_ask_at_the_same_time(clock: Clock) -> None:
    hall = Breaker("hall", clock=clock)
    with ExitStack() as inside:
        for _ in range(AT_ONCE):
            inside.enter_context(hall.call())

        with pytest.raises(Busy), hall.call():
            pass

    succeed(hall)
    assert hall.reading().failures == 0


def test_a_process_has_one_breaker_for_each_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_breakers", {})

    assert breaker("payments") is breaker("payments")
    breaker("mail")

    assert [one.name for one in readings()] == ["mail", "payments"]


def test_a_service_that_is_reached_anew_starts_with_a_clean_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "_breakers", {})
    fail(breaker("payments"), 5)

    assert state(breaker("payments")) is State.OPEN
    assert state(breaker("payments", anew=True)) is State.CLOSED
    assert len(readings()) == 1


class Callers(RuleBasedStateMachine):
    """Callers who begin, end and come too early in any order, beside the rule written out anew and plainly."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker("any", at_once=1_000, clock=self.clock)
        self.under_way: list[tuple[ExitStack, int]] = []
        self.history: list[bool] = []
        self.opened_at: float | None = None
        self.probing = False
        self.epoch = 0

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.9, 5.1, 10.0, 3_600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def somebody_calls(self) -> None:
        is_open = self.opened_at is not None
        may = not self.probing and (not is_open or self.clock.now >= self.opened_at + 10)
        call = ExitStack()
        try:
            call.enter_context(self.breaker.call())
        except CircuitOpen:
            assert not may
            return
        assert may
        if is_open:
            self.probing, self.epoch = True, self.epoch + 1
        self.under_way.append((call, self.epoch))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 100), fails=st.booleans())
    def somebody_is_answered(self, which: int, fails: bool) -> None:
        call, epoch = self.under_way.pop(which % len(self.under_way))
        with suppress(TimeoutError), call:
            if fails:
                raise TimeoutError
        if epoch != self.epoch:
            return
        if self.probing:
            self.probing, self.epoch = False, self.epoch + 1
            self.history = []
            self.opened_at = self.clock.now if fails else None
            return
        self.history = [*self.history, fails][-20:]
        if len(self.history) >= 5 and self.history.count(True) > self.history.count(False):
            self.opened_at, self.epoch = self.clock.now, self.epoch + 1

    @invariant()
    def it_says_what_it_is(self) -> None:
        closed = State.OPEN if self.opened_at is not None else State.CLOSED
        assert state(self.breaker) is (State.HALF_OPEN if self.probing else closed)

    @invariant()
    def there_is_never_a_second_probe(self) -> None:
        assert not self.probing or [epoch for _, epoch in self.under_way].count(self.epoch) == 1


TestCallers = Callers.TestCase
TestCallers.settings = how_often(max_examples=300, stateful_step_count=60, deadline=None)
