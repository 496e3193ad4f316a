"""Administrators see how the services outside are, as each process finds them."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest

from salus.kernel import breaker as breakers
from salus.kernel import services as kept
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.breaker import Breaker, State, breaker
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, Unavailable
from salus.kernel.services import OutsideService
from salus.shared.services import queries, reactions
from tests.cast import administrator, later

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def payments(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    monkeypatch.setattr(breakers, "_breakers", {})
    return breaker("payments:gateway.example")


def fail(one: Breaker, times: int) -> None:
    for _ in range(times):
        with suppress(Unavailable), one.call():
            raise Unavailable


def noted(tenant: UUID) -> None:
    reactions.note_services(Context(SYSTEM, tenant))


def shown(tenant: UUID, ada: Actor) -> list[OutsideService]:
    with Context(ada, tenant) as ctx:
        return list(queries.services(ctx))


def test_ada_sees_that_the_payment_gateway_is_left_alone_and_that_it_is_back(
    tenant: UUID, ada: Actor, payments: Breaker
) -> None:
    fail(payments, 5)
    noted(tenant)
    (seen,) = shown(tenant, ada)
    assert (seen.title, seen.state, seen.failures, seen.calls) == ("Payment gateway, gateway.example", State.OPEN, 5, 5)
    assert seen.probe_at is not None

    payments._clock = lambda since=payments._circuit.since: since + 10  # type: ignore[misc]
    with payments.call():
        pass
    noted(tenant)

    (seen,) = shown(tenant, ada)
    assert (seen.state, seen.failures, seen.probe_at) == (State.CLOSED, 0, None)


def test_what_has_not_changed_is_not_written_again(tenant: UUID, ada: Actor, payments: Breaker, owner_sql: Sql) -> None:
    fail(payments, 1)
    noted(tenant)
    written = owner_sql("SELECT xmin::text FROM outside_services", tenant)

    noted(tenant)

    assert owner_sql("SELECT xmin::text FROM outside_services", tenant) == written
    assert len(shown(tenant, ada)) == 1


def test_a_process_that_was_not_heard_of_for_a_day_is_forgotten(
    tenant: UUID, ada: Actor, payments: Breaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_process", lambda: "old/1")
    fail(payments, 1)
    noted(tenant)

    monkeypatch.setattr(kept, "_process", lambda: "new/2")
    fail(payments, 1)
    with later(hours=23):
        noted(tenant)
        assert {one.process for one in shown(tenant, ada)} == {"old/1", "new/2"}
    fail(payments, 1)
    with later(hours=25):
        noted(tenant)

    assert {one.process for one in shown(tenant, ada)} == {"new/2"}


def test_only_administrators_see_it_and_only_of_their_own_exchange(
    tenant: UUID, other_tenant: UUID, payments: Breaker, petra: Actor
) -> None:
    fail(payments, 1)
    noted(tenant)

    with pytest.raises(NotAllowed), Context(petra, tenant) as ctx:
        queries.services(ctx)
    assert shown(other_tenant, administrator(other_tenant)) == []
