"""Whoever follows the records reads each once, and passes over none, however late it is committed."""

from uuid import UUID

import pytest

from salus.kernel import following
from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action


@action(roles={Role.PERSON})
def wave(ctx: Context) -> None:
    """A deed that leaves a record and nothing else."""
    ctx.rows("SELECT pg_current_xact_id()")  # takes its place among the transactions at once


@pytest.fixture
def somebody() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON}))


def waved(tenant: UUID, actor: Actor) -> None:
    with Context(actor, tenant) as ctx:
        wave(ctx)


def read(tenant: UUID, *, most: int = following.BATCH) -> int:
    with Context(SYSTEM, tenant) as ctx:
        return len(following.read_on(ctx, "a test", most=most))


def test_reading_begins_where_one_begins_and_goes_on(tenant: UUID, somebody: Actor) -> None:
    waved(tenant, somebody)
    assert read(tenant) == 0
    for _ in range(3):
        waved(tenant, somebody)

    assert [read(tenant, most=2), read(tenant, most=2), read(tenant)] == [2, 1, 0]


def test_a_record_that_is_committed_late_is_read_all_the_same(tenant: UUID, somebody: Actor) -> None:
    """Seen to fail when reading goes by ids, past those of transactions that still run."""
    read(tenant)
    with Context(somebody, tenant) as slow:
        wave(slow)
        waved(tenant, somebody)
        assert read(tenant) == 0

    assert read(tenant) == 2


def test_what_fails_to_be_made_of_records_is_read_again(tenant: UUID, somebody: Actor) -> None:
    read(tenant)
    waved(tenant, somebody)
    with pytest.raises(ZeroDivisionError), Context(SYSTEM, tenant) as ctx:
        assert len(following.read_on(ctx, "a test")) == 1
        raise ZeroDivisionError

    assert read(tenant) == 1


def test_tenants_and_readers_have_places_of_their_own(tenant: UUID, other_tenant: UUID, somebody: Actor) -> None:
    read(tenant)
    read(other_tenant)
    waved(tenant, somebody)

    assert read(other_tenant) == 0
    with Context(SYSTEM, tenant) as ctx:
        following.begin(ctx, "another")
    assert read(tenant) == 1
