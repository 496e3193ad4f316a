"""Prometheus reads the figures of every process at a port that strangers do not reach."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

import pytest
from prometheus_client import Metric

from salus import worker
from salus.kernel import context, metrics
from salus.kernel.measures import Measures
from tests.cast import seller
from tests.faults.installation import free_port
from tests.world import Sql

COUNTS = """
import sys, time
from salus.kernel import metrics
metrics.serve(int(sys.argv[1]))
metrics.OPERATIONS.labels("people.rest", "done").inc()
metrics.POOL_IN_USE.labels("application").inc()
print("counted", flush=True)
time.sleep(60)
"""


@contextmanager
def counting(port: int, together: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process that counts one operation and holds one connection."""
    told = os.environ | ({metrics.TOGETHER: str(together)} if together else {})
    process = subprocess.Popen([sys.executable, "-c", COUNTS, str(port)], env=told, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def read(port: int, name: str) -> float | None:
    """The figure of this name; None while nobody serves it."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.MULTILINE)
    except URLError:
        return None
    return float(found[1]) if found else None


def measured() -> dict[str, Metric]:
    """What a worker tells of the background, by name."""
    return {family.name: family for family in Measures().collect()}


def waiting(owner_sql: Sql) -> int:
    """The reactions that are owed to anybody here; those of other tests may be due much later."""
    ((count,),) = owner_sql("SELECT count(*) FROM owed WHERE NOT given_up")
    return int(str(count))


def until(holds: Callable[[], bool]) -> None:
    """Asks again and again, for at most half a minute."""
    asked = 0
    while not holds():
        asked += 1
        assert asked < 300
        signal.sigtimedwait([], 0.1)


DONE = 'salus_operations_total{operation="people.rest",outcome="done"}'
IN_USE = 'salus_pool_in_use{role="application"}'


def test_one_process_serves_its_own_figures() -> None:
    port = free_port()
    with counting(port):
        until(lambda: read(port, DONE) == 1)


def test_of_several_processes_one_serves_what_all_counted_and_another_takes_over(tmp_path: Path) -> None:
    port = free_port()
    with counting(port, tmp_path) as first:
        until(lambda: read(port, DONE) == 1)
        with counting(port, tmp_path):
            until(lambda: (read(port, DONE), read(port, IN_USE)) == (2, 2))
            first.kill()
            first.wait()
            until(lambda: (read(port, DONE), read(port, IN_USE)) == (2, 1))


def test_a_worker_measures_the_background(tenant: UUID, owner_sql: Sql) -> None:
    seller(tenant, "Sal")
    owed, families = waiting(owner_sql), measured()

    assert owed > 0
    assert families["salus_database_up"].samples[0].value == 1
    assert families["salus_owed_reactions"].samples[0].value == owed
    assert families["salus_seal_lag_seconds"].samples

    worker.settle_everything()

    assert measured()["salus_owed_reactions"].samples[0].value == waiting(owner_sql) < owed


def test_where_the_database_does_not_answer_that_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> str:
        return "postgresql://salus_app@127.0.0.1:9/salus"

    monkeypatch.setattr(context, "_engines", {})
    monkeypatch.setattr(context, "database_url", broken)

    (told,) = Measures().collect()

    assert (told.name, told.samples[0].value) == ("salus_database_up", 0)
