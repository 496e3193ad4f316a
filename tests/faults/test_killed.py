"""Processes that are killed in the middle: the worker while it reads an export, PostgreSQL while people buy."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from sqlalchemy.exc import OperationalError

from salus.exchanges.health_data.actions import imports as import_actions
from salus.exchanges.health_data.models import Import, ImportState, RequestState
from salus.exchanges.health_data.queries import imports
from salus.formats.apple_health import open_export
from salus.formats.apple_health.generate import synthetic_export
from salus.kernel.context import Context, engine
from salus.kernel.errors import Refusal
from salus.kernel.settings import settings
from salus.worker import settle_everything
from tests.exchanges.health_data.scene import Trade
from tests.faults.installation import ROOT, Installation, installed, owner_sql
from tests.faults.purchase import Inbox, Purchase, Shop, open_trade

PATIENCE_S = 120.0
DAYS, DENSITY = 400, 1.0
"""Of an export that takes seconds to read."""
BUYERS, PURCHASES, ACKNOWLEDGED_BEFORE = 4, 16, 5


@pytest.fixture
def installation() -> Iterator[Installation]:
    with installed() as made:
        yield made


def test_an_import_survives_the_death_of_the_worker(
    tmp_path: Path, trade: Trade, owner_sql: Callable[..., object]
) -> None:
    path = tmp_path / "export.zip"
    synthetic_export(path, seed=5, days=DAYS, density=DENSITY)
    with Context(trade.seller, trade.tenant) as ctx:
        arrived = import_actions.bring_in(ctx, BytesIO(path.read_bytes()), name="export.zip")
    with worker() as first:
        _wait_until(lambda: _done(trade, arrived) > 0)
        first.kill()
        first.wait()

    assert _seen(trade, arrived) == (ImportState.READING, 0)
    owner_sql("UPDATE owed SET due_at = now()")
    settle_everything()

    assert _seen(trade, arrived) == (ImportState.DONE, _samples_in(path, tmp_path))
    assert not list((settings().home / "reading").iterdir())
    with Context(trade.seller, trade.tenant) as ctx:
        codes = [(one.code, one.kind) for one in imports.my_series(ctx)]
    assert len(set(codes)) == len(codes)


def test_nothing_acknowledged_is_lost_when_postgresql_is_killed_and_the_application_goes_on(
    installation: Installation, tmp_path: Path
) -> None:
    with Inbox(installation.webhook_port) as inbox:
        shop = Shop(installation, inbox, open_trade(installation.tenant, tmp_path))
        purchases = [shop.agreed(f"Purchase {number}.") for number in range(PURCHASES)]
        acknowledged: dict[UUID, UUID] = {}
        crowd = [
            threading.Thread(target=_press_until_it_works, args=(shop, purchases[number::BUYERS], acknowledged))
            for number in range(BUYERS)
        ]
        for buyer in crowd:
            buyer.start()
        _wait_until(lambda: len(acknowledged) >= ACKNOWLEDGED_BEFORE)
        kill_postgresql(installation)
        before = dict(acknowledged)
        installation.server.start()
        for buyer in crowd:
            buyer.join()

        paid = dict(owner_sql("SELECT subject_id, id FROM payments", installation.tenant))
        assert before.items() <= paid.items()
        assert paid == acknowledged
        for purchase in purchases:
            shop.recover(purchase, by_webhook=True)

        states = {shop.trade.request(purchase.request_id).state for purchase in purchases}
        assert states == {RequestState.DELIVERED}
        ((balance, sold),) = owner_sql(
            "SELECT (SELECT sum(balance) FROM ledger_accounts),"
            " (SELECT count(*) FROM ledger_postings WHERE kind = 'sale')",
            installation.tenant,
        )
        assert (balance, sold) == (0, PURCHASES)


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker as production runs it: a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "salus", "worker"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill_postgresql(installation: Installation) -> None:
    """Every one of its processes, as the kernel kills when memory is short."""
    number = int((installation.server.data / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(number)
    everyone = [postmaster, *postmaster.children(recursive=True)]
    for process in everyone:
        os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(everyone, timeout=PATIENCE_S)
    engine("owner_database_url").dispose()  # The tests' own look behind the scenes; the application's pool is left.


def _press_until_it_works(shop: Shop, purchases: list[Purchase], acknowledged: dict[UUID, UUID]) -> None:
    """A buyer who is told that it did not work presses again."""
    for purchase in purchases:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                payment_id = shop.press(purchase)
            except (Refusal, OperationalError):
                time.sleep(0.05)
                continue
            assert payment_id is not None
            acknowledged[purchase.request_id] = payment_id
            break


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def _done(trade: Trade, arrived: Import) -> int:
    with Context(trade.seller, trade.tenant) as ctx:
        return imports.import_progress(ctx, arrived.id).done


def _seen(trade: Trade, arrived: Import) -> tuple[ImportState, int]:
    """What the person sees of their import: its state, and how many samples it brought."""
    with Context(trade.seller, trade.tenant) as ctx:
        return imports.arrived(ctx, arrived.id).state, sum(one.count for one in imports.my_series(ctx))


def _samples_in(export: Path, folder: Path) -> int:
    with open_export(export) as opened:
        return opened.write_parquet(folder).count
