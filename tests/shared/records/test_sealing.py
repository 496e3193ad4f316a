"""Everything recorded is sealed once, whoever works at the same time and whenever the sealer dies."""

import os
import signal
import sys
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from recorder import Recorder

from salus.formats.checkpoint import Checkpoint
from salus.kernel.context import database_url, forget_connections
from salus.shared.records import sealing
from salus.shared.records.gateways import publisher
from salus.shared.records.sealing import LogDamaged, seal
from salus.shared.records.verification import verify

Sql = Callable[..., list[tuple[Any, ...]]]


def places(owner_sql: Sql, tenant: UUID) -> list[tuple[int, UUID]]:
    return owner_sql("SELECT index, id FROM leaves ORDER BY index", tenant)


def test_what_was_recorded_is_sealed_in_the_order_of_its_transactions(
    tenant: UUID, recorder: Recorder, owner_sql: Sql
) -> None:
    ids = [recorder.record() for _ in range(5)]

    assert seal(tenant) == 5
    assert places(owner_sql, tenant) == list(enumerate(ids))
    assert verify(tenant).is_whole


def test_nothing_new_makes_no_checkpoint(tenant: UUID, recorder: Recorder, owner_sql: Sql) -> None:
    recorder.record()
    seal(tenant)

    assert seal(tenant) == 0
    assert owner_sql("SELECT count(*) FROM checkpoints", tenant) == [(1,)]


def test_a_record_committed_late_is_not_passed_over(tenant: UUID, recorder: Recorder) -> None:
    with recorder.transaction() as slow:
        first = recorder.record(slow)
        later = recorder.record()
        seal(tenant)
        assert not recorder.is_sealed(first)
    seal(tenant)

    assert recorder.is_sealed(first)
    assert recorder.is_sealed(later)
    assert verify(tenant).waiting == 0


def test_a_reader_who_takes_long_does_not_hold_up_the_sealing(tenant: UUID, recorder: Recorder) -> None:
    with recorder.transaction() as reader:
        reader.execute("SELECT count(*) FROM records")
        recorder.record()

        assert seal(tenant) == 1


def test_one_transaction_larger_than_a_batch_is_sealed_whole(
    tenant: UUID, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, owner_sql: Sql
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 7)
    with recorder.transaction() as big:
        for _ in range(20):
            recorder.record(big)

    assert seal(tenant) == 20
    assert owner_sql("SELECT size FROM checkpoints ORDER BY size", tenant) == [(7,), (14,), (20,)]
    assert verify(tenant).is_whole


def test_nothing_is_missed_or_sealed_twice_while_others_write_and_two_sealers_work(
    tenant: UUID, recorder: Recorder, owner_sql: Sql
) -> None:
    over = Event()

    def write() -> None:
        with psycopg.connect(database_url("database_url")) as connection:
            for number in range(400):
                with connection.transaction():
                    recorder.record(connection)
                    if number % 50 == 0:
                        recorder.record(connection)

    def keep_sealing() -> None:
        while not over.is_set():
            seal(tenant)

    writers = [Thread(target=write) for _ in range(4)]
    sealers = [Thread(target=keep_sealing) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    for thread in sealers:
        thread.join()
    seal(tenant)

    found = verify(tenant)
    assert (found.findings, found.size, found.waiting) == ([], 4 * 408, 0)
    assert owner_sql("SELECT count(*), count(DISTINCT id), max(index) FROM leaves", tenant) == [(1632, 1632, 1631)]
    assert found.published == found.checkpoints


def test_a_sealer_killed_at_any_moment_leaves_a_log_the_next_one_completes(tenant: UUID, recorder: Recorder) -> None:
    moments = 0
    while True:
        recorder.record()
        child = os.fork()
        if child == 0:
            _seal_and_die(tenant, after=moments)
        _, status = os.waitpid(child, 0)
        assert verify(tenant).findings == []
        if os.WIFEXITED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        moments += 1

    assert os.WEXITSTATUS(status) == 0
    assert moments > 10
    found = verify(tenant)
    assert (found.findings, found.waiting, found.size) == ([], 0, moments + 1)
    assert found.published == found.checkpoints


def _seal_and_die(tenant: UUID, *, after: int) -> None:
    """Seal in a forked process and kill it at its `after`-th statement, write or synchronisation of a file."""
    left = after

    def watch(frame: FrameType, event: str, called: Any) -> None:
        nonlocal left
        name = frame.f_code.co_name if event == "call" else getattr(called, "__name__", "") if event == "c_call" else ""
        if name in {"execute", "commit", "write", "fsync", "truncate"}:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    try:
        forget_connections(close=False)
        sys.setprofile(watch)
        seal(tenant)
    except BaseException:
        os._exit(1)
    os._exit(0)


def test_a_note_cut_off_by_a_crash_is_published_anew(tenant: UUID, recorder: Recorder, home) -> None:
    file = home / "checkpoints" / f"{tenant}.txt"
    recorder.record()
    seal(tenant)
    whole = file.read_bytes()
    recorder.record()
    seal(tenant)
    both = file.read_bytes()

    for cut in range(len(whole), len(both)):
        file.write_bytes(both[:cut])
        seal(tenant)
        assert file.read_bytes() == both


def test_the_log_is_published_with_its_key_for_everyone_to_check(tenant: UUID, recorder: Recorder) -> None:
    recorder.record()
    seal(tenant)

    key, newest = publisher(tenant).key(), publisher(tenant).newest()
    assert key is not None
    assert newest is not None
    assert list(publisher(tenant).notes()) == [newest]
    assert Checkpoint.open(newest, key).size == 1


def test_the_sealer_does_not_build_on_a_log_that_was_cut(tenant: UUID, recorder: Recorder, owner_sql: Sql) -> None:
    recorder.record()
    seal(tenant)
    owner_sql("DELETE FROM checkpoints", tenant)
    owner_sql("DELETE FROM leaves", tenant)
    recorder.record()

    with pytest.raises(LogDamaged):
        seal(tenant)


@pytest.mark.parametrize("table", ["records", "leaves", "checkpoints"])
@pytest.mark.parametrize("change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["database_url", "sealer_database_url"])
def test_neither_application_nor_sealer_may_change_what_is_kept(
    tenant: UUID, recorder: Recorder, table: str, change: str, role: str
) -> None:
    recorder.record()
    seal(tenant)

    with recorder.transaction(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change.format(table))


@pytest.mark.parametrize(("role", "table"), [("database_url", "leaves"), ("sealer_database_url", "records")])
def test_the_application_seals_nothing_and_the_sealer_records_nothing(
    tenant: UUID, recorder: Recorder, role: str, table: str
) -> None:
    with recorder.transaction(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table}")


def test_one_tenants_log_holds_nothing_of_another(tenant: UUID, other_tenant: UUID, recorder: Recorder) -> None:
    recorder.record()

    assert seal(other_tenant) == 0
    assert seal(tenant) == 1
    assert verify(other_tenant).size == 0
