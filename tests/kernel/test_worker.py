"""What a record owes is paid once, by whichever worker lives."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from salus import worker
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, database_url
from salus.kernel.db import Table
from salus.kernel.ids import new_id
from salus.kernel.operations import action, operation_of, query
from salus.kernel.records import REACTIONS, ROUTINES, Record, after, every


class Bell(Table):
    """A bell rung by a reaction, for these tests alone."""

    __tablename__ = "test_bells"

    rung_for: Mapped[UUID]
    correlation_id: Mapped[str]


@action(roles={Role.SELLER})
def knock(ctx: Context) -> None:
    """Owes the ringing of a bell."""


@action(roles={Role.SYSTEM})
def ring(ctx: Context, record: Record) -> Bell:
    bell = Bell(rung_for=record.id, correlation_id=ctx.correlation_id)
    ctx.db.add(bell)
    return bell


@query(roles={Role.SELLER, Role.SYSTEM})
def bells(ctx: Context) -> list[Bell]:
    return list(ctx.db.scalars(select(Bell)))


@pytest.fixture
def pia_knocks() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}))


@pytest.fixture
def reaction() -> Iterator[Callable[..., None]]:
    """Hangs a function on knocking, for one test."""
    name = operation_of(knock).name

    def hang(function: Callable[[Context, Record], None], *, long: bool = False) -> None:
        after(name, long=long)(function)

    yield hang
    REACTIONS.pop(name, None)


def rung(tenant: UUID, pia: Actor) -> list[Bell]:
    with Context(pia, tenant) as ctx:
        return bells(ctx)


def knocked(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant, correlation_id="knock-knock") as ctx:
        knock(ctx)


def make_due(owner_sql: Callable[..., Any]) -> None:
    owner_sql("UPDATE owed SET due_at = now() WHERE NOT given_up")


def test_a_reaction_follows_its_record_under_the_same_correlation_id(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None]
) -> None:
    reaction(ring)
    knocked(tenant, pia_knocks)

    worker.settle_everything()

    assert [bell.correlation_id for bell in rung(tenant, pia_knocks)] == ["knock-knock"]


def test_four_workers_at_once_ring_once(tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None]) -> None:
    reaction(ring)
    knocked(tenant, pia_knocks)

    workers = [threading.Thread(target=worker.settle_everything) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(rung(tenant, pia_knocks)) == 1


def test_a_reaction_that_fails_leaves_nothing_and_is_tried_again_later(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None], owner_sql: Callable[..., Any]
) -> None:
    fails = [True, False]

    def ring_or_fail(ctx: Context, record: Record) -> None:
        ring(ctx, record)
        if fails.pop(0):
            raise ValueError("a value that belongs to somebody")

    reaction(ring_or_fail)
    knocked(tenant, pia_knocks)

    worker.settle_everything()
    assert rung(tenant, pia_knocks) == []
    ((error, due_at),) = owner_sql("SELECT last_error, due_at FROM owed WHERE tenant_id = :t", t=tenant)
    assert error.startswith("ValueError at ring_or_fail:")
    assert due_at > datetime.now(UTC)

    make_due(owner_sql)
    worker.settle_everything()
    assert len(rung(tenant, pia_knocks)) == 1
    assert owner_sql("SELECT count(*) FROM owed WHERE tenant_id = :t", t=tenant) == [(0,)]


def test_what_a_dead_worker_claimed_comes_back_after_its_lease(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None], owner_sql: Callable[..., Any]
) -> None:
    reaction(ring)
    knocked(tenant, pia_knocks)

    assert len(worker.claim(long=False)) == 1
    assert worker.claim(long=False) == []
    ((due_at,),) = owner_sql("SELECT due_at FROM owed WHERE tenant_id = :t", t=tenant)
    assert timedelta(seconds=30) < due_at - datetime.now(UTC) <= timedelta(seconds=worker.LEASE_S)

    make_due(owner_sql)
    worker.settle_everything()
    assert len(rung(tenant, pia_knocks)) == 1


def test_a_reaction_that_never_works_is_given_up_and_stays_to_be_seen(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None], owner_sql: Callable[..., Any]
) -> None:
    def fail(ctx: Context, record: Record) -> None:
        raise ZeroDivisionError

    reaction(fail)
    knocked(tenant, pia_knocks)

    for _ in range(worker.GIVE_UP_AFTER):
        make_due(owner_sql)
        worker.settle_everything()

    assert owner_sql("SELECT attempts, given_up FROM owed WHERE tenant_id = :t", t=tenant) == [
        (worker.GIVE_UP_AFTER, True)
    ]
    owner_sql("DELETE FROM owed WHERE tenant_id = :t", t=tenant)


def test_a_deed_that_is_rolled_back_owes_nothing(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None], owner_sql: Callable[..., Any]
) -> None:
    reaction(ring)

    with pytest.raises(ZeroDivisionError), Context(pia_knocks, tenant) as ctx:
        knock(ctx)
        1 / 0  # noqa: B018

    assert owner_sql("SELECT count(*) FROM owed WHERE tenant_id = :t", t=tenant) == [(0,)]


def test_a_long_reaction_holds_no_transaction_while_it_works(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None], owner_sql: Callable[..., Any]
) -> None:
    open_while_working: list[object] = []

    def work(ctx: Context, record: Record) -> None:
        idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND usename = 'salus_app'"
        open_while_working.extend(owner_sql(idle))
        with ctx.again() as own:
            ring(own, record)

    reaction(work, long=True)
    knocked(tenant, pia_knocks)

    worker.settle_everything()

    assert open_while_working == [(0,)]
    assert len(rung(tenant, pia_knocks)) == 1


def test_a_routine_goes_through_every_tenant(tenant: UUID, other_tenant: UUID) -> None:
    seen: list[UUID] = []
    every(seconds=3600)(lambda ctx: seen.append(ctx.tenant_id))
    name, routine = ROUTINES.popitem()

    worker.do(routine)

    assert {tenant, other_tenant} <= set(seen), name


def test_a_worker_passes_by_what_another_is_just_claiming(
    tenant: UUID, pia_knocks: Actor, reaction: Callable[..., None]
) -> None:
    reaction(ring)
    knocked(tenant, pia_knocks)

    with psycopg.connect(database_url("owner_database_url")) as other, other.transaction():
        other.execute("SELECT id FROM owed WHERE tenant_id = %s FOR UPDATE", [tenant])
        assert worker.claim(long=False) == []

    worker.settle_everything()
    assert len(rung(tenant, pia_knocks)) == 1
