"""Nothing is handed over after a withdrawal or an expiry, in whatever order and however close things happen."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.operations import query
from salus.shared.consent import queries, reactions
from salus.shared.consent.models import Authorisation
from salus.shared.consent.rules.refusals import ConsentWithdrawn
from tests.shared.consent.scene import DATA_SET, NORDLYS, Exchange, hand_over

ROUNDS = 25
DELIVERERS = 4


def test_no_chunk_is_released_once_a_withdrawal_was_confirmed(exchange: Exchange) -> None:
    """Buyers download as fast as they can while the person withdraws; every release is compared with that moment."""
    too_late = 0
    released = 0
    for _ in range(ROUNDS):
        consent_id = exchange.given()
        downloads = Downloads(exchange, consent_id)
        with ThreadPoolExecutor(DELIVERERS) as pool:
            running = [pool.submit(downloads.run) for _ in range(DELIVERERS)]
            downloads.first.wait(10)
            exchange.withdraw(consent_id)
            confirmed_at = time.monotonic()
            for one in running:
                one.result(timeout=10)
        released += len(downloads.released_at)
        too_late += sum(at > confirmed_at for at in downloads.released_at)

    assert released >= ROUNDS
    assert too_late == 0


class Downloads:
    """Chunk after chunk, each in a context of its own, until one is refused."""

    def __init__(self, exchange: Exchange, consent_id: UUID, *, each_s: float = 0.0) -> None:
        self.exchange, self.consent_id = exchange, consent_id
        self.each_s = each_s
        self.first = threading.Event()
        self.released_at: list[float] = []

    def run(self) -> None:
        while True:
            try:
                with self.exchange.context(self.exchange.buyer) as ctx:
                    hand_over(ctx, self.consent_id)
                    # The chunk leaves here, while the consent is held.
                    self.released_at.append(time.monotonic())
                    self.first.set()
                    time.sleep(self.each_s)
            except ConsentWithdrawn:
                return


def test_whoever_withdraws_waits_for_the_chunk_under_way_and_no_longer(exchange: Exchange) -> None:
    consent_id = exchange.given()

    with ThreadPoolExecutor(1) as pool:
        with exchange.context(exchange.buyer) as ctx:
            hand_over(ctx, consent_id)
            withdrawing = pool.submit(exchange.withdraw, consent_id)
            time.sleep(0.2)
            assert not withdrawing.done()
        withdrawing.result(timeout=5)

    with pytest.raises(ConsentWithdrawn):
        exchange.hand_over(consent_id)


def test_however_many_download_a_withdrawal_has_its_turn(exchange: Exchange) -> None:
    """As many as hold the consent at every moment, and none of them for long."""
    consent_id = exchange.given()
    downloads = Downloads(exchange, consent_id, each_s=0.05)
    with ThreadPoolExecutor(12) as pool:
        running = [pool.submit(downloads.run) for _ in range(12)]
        downloads.first.wait(10)
        time.sleep(0.2)
        begun = time.monotonic()
        exchange.withdraw(consent_id)
        took = time.monotonic() - begun
        for one in running:
            one.result(timeout=10)

    assert took < 2


@query(roles={Role.BUYER})
def look_and_hand_over(ctx: Context, consent_id: UUID, meanwhile: Callable[[], None]) -> None:
    seen = ctx.get(Authorisation, consent_id)
    meanwhile()
    queries.rely_on(ctx, seen.id, recipient_id=NORDLYS, subject_id=DATA_SET)


def test_having_looked_before_the_withdrawal_does_not_help(exchange: Exchange) -> None:
    consent_id = exchange.given()

    with pytest.raises(ConsentWithdrawn), exchange.context(exchange.buyer) as ctx:
        look_and_hand_over(ctx, consent_id, lambda: exchange.withdraw(consent_id))


def test_one_who_presses_twice_withdraws_once(exchange: Exchange, owner_sql) -> None:
    consent_id = exchange.given()

    def press() -> bool:
        try:
            exchange.withdraw(consent_id)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        pressed = list(pool.map(lambda _: press(), range(4)))
    assert sorted(pressed) == [False, False, False, True]
    assert owner_sql("SELECT count(*) FROM consent_events WHERE kind = 'withdrawn'", exchange.tenant) == [(1,)]


class ConsentsInAnyOrder(RuleBasedStateMachine):
    """People ask, answer, withdraw, wait and hand over as they like; a simple model says what must be refused."""

    exchange: Exchange
    consents = Bundle("consents")

    @initialize()
    def begin(self) -> None:
        self.clock = time_machine.travel(datetime.now(UTC), tick=False)
        self.now = self.clock.start()
        self.expected: dict[UUID, str] = {}
        self.ends_at: dict[UUID, datetime] = {}

    @rule(target=consents, days=st.integers(1, 365))
    def ask(self, days: int) -> UUID:
        ends_at = datetime.now(UTC) + timedelta(days=days)
        consent_id = self.exchange.ask(expires_at=ends_at)
        self.expected[consent_id], self.ends_at[consent_id] = "asked", ends_at
        return consent_id

    @rule(consent_id=consents)
    def give(self, consent_id: UUID) -> None:
        self._try(self.exchange.give, consent_id, "asked", "given")

    @rule(consent_id=consents)
    def decline(self, consent_id: UUID) -> None:
        self._try(self.exchange.decline, consent_id, "asked", "declined")

    @rule(consent_id=consents)
    def withdraw(self, consent_id: UUID) -> None:
        # Withdrawing is possible even after the last day, as long as nobody noted that it is over.
        self._try(self.exchange.withdraw, consent_id, "given", "withdrawn", in_time=False)

    @rule(days=st.integers(1, 200))
    def wait(self, days: int) -> None:
        self.now.shift(timedelta(days=days))

    @rule()
    def note_what_is_overdue(self) -> None:
        reactions.expire_overdue(Context(SYSTEM, self.exchange.tenant))
        for consent_id, state in self.expected.items():
            if state in {"asked", "given"} and self._is_over(consent_id):
                self.expected[consent_id] = "expired"

    @rule(consent_id=consents)
    def forget(self, consent_id: UUID) -> None:
        """A read changes nothing."""
        assert self.exchange.state(consent_id) == self.expected[consent_id]

    @invariant()
    def nothing_is_relied_on_but_what_is_in_force(self) -> None:
        for consent_id, state in getattr(self, "expected", {}).items():
            in_force = state == "given" and not self._is_over(consent_id)
            try:
                self.exchange.hand_over(consent_id)
            except Refusal:
                assert not in_force
            else:
                assert in_force

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()

    def _is_over(self, consent_id: UUID) -> bool:
        return self.ends_at[consent_id] <= datetime.now(UTC)

    def _try(self, deed, consent_id: UUID, before: str, after: str, *, in_time: bool = True) -> None:  # type: ignore[no-untyped-def]
        possible = self.expected[consent_id] == before and not (in_time and self._is_over(consent_id))
        try:
            deed(consent_id)
        except Refusal:
            assert not possible
        else:
            assert possible
            self.expected[consent_id] = after


def test_in_any_order_nothing_is_relied_on_after_withdrawal_or_expiry(exchange: Exchange) -> None:
    class InThisTenant(ConsentsInAnyOrder):
        pass

    InThisTenant.exchange = exchange
    run_state_machine_as_test(
        InThisTenant,
        settings=settings(
            max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
