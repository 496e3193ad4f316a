"""Reading a delivery over HTTP: on a slow line, by many at once, a large one; and a consent that ends meanwhile."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import psutil
import pytest

from salus.exchanges.health_data import reactions
from salus.exchanges.health_data.models import DeliveryFile, Request
from salus.exchanges.health_data.queries import deliveries
from salus.exchanges.health_data.rules.packing import Packed, pack
from salus.kernel.context import Context
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consents
from salus.worker import settle_everything
from tests.cast import letters
from tests.exchanges.health_data.scene import Trade
from tests.faults.front_door import FrontDoor, token_of
from tests.shared.money.till import Till

LARGE = 50 << 20
PIECE = 1 << 20
UNDER_WAY = 4 * PIECE
"""What may be in buffers of server and network, besides the piece that was being released."""
MEMORY = 24 << 20
READERS = 6


@pytest.fixture
def large(trade: Trade, till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Request, DeliveryFile]:
    """A delivery with one large file more than this trade would have."""

    def packed(folder: Path, parts: Iterable[object], licence: object) -> list[Packed]:
        content = tmp_path / "Everything.parquet"
        content.write_bytes(secrets.token_bytes(LARGE))
        return [*pack(folder, parts, licence), Packed(content, "application/vnd.apache.parquet", 1)]  # type: ignore[arg-type]

    monkeypatch.setattr(reactions, "pack", packed)
    request = trade.delivered(till)
    return request, trade.files(request)["Everything.parquet"]


def test_a_withdrawal_breaks_off_a_slow_download_and_tells_the_buyer(
    trade: Trade, door: FrontDoor, large: tuple[Request, DeliveryFile]
) -> None:
    request, file = large
    token = token_of(trade.tenant, "Bruno")
    with door.slow_reader(content_of(file), token) as reader:
        reader.read(3 * PIECE)
        withdraw(trade, request)
        after = reader.read(LARGE)

    assert (reader.status, reader.length) == (200, LARGE)
    assert after <= UNDER_WAY
    assert letters(trade.tenant, "Bruno")[0].subject == "A person withdrew their consent"
    with Context(trade.buyer, trade.tenant) as ctx:
        (download,) = deliveries.downloads(ctx, deliveries.delivery(ctx, file.delivery_id))
    assert (download.finished_at, download.stopped_at is not None) == (None, True)
    assert 3 * PIECE <= download.sent_bytes <= reader.taken + UNDER_WAY


def test_however_many_read_nobody_gets_anything_after_the_withdrawal(trade: Trade, till: Till, door: FrontDoor) -> None:
    request = trade.delivered(till)
    files = [content_of(file) for file in trade.files(request).values()]
    token, withdrawn, stop = token_of(trade.tenant, "Bruno"), threading.Event(), threading.Event()
    counted: list[tuple[bool, int]] = []

    def read() -> None:
        with door.client(token) as client:
            while not stop.is_set():
                for path in files:
                    is_after = withdrawn.is_set()
                    try:
                        counted.append((is_after, client.get(path).status_code))
                    except httpx.HTTPError:  # It broke off: begun before, ended after.
                        assert not is_after

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    _wait_until(lambda: len(counted) >= 2 * READERS)
    withdraw(trade, request)
    withdrawn.set()
    so_far = len(counted)
    _wait_until(lambda: len(counted) >= so_far + 10 * READERS)
    stop.set()
    for reader in readers:
        reader.join()

    before = {status for is_after, status in counted if not is_after}
    after = {status for is_after, status in counted if is_after}
    assert 200 in before
    assert after
    assert 200 not in after


def test_a_large_download_needs_little_memory(
    trade: Trade, door: FrontDoor, large: tuple[Request, DeliveryFile]
) -> None:
    _, file = large
    this, taken, most = psutil.Process(os.getpid()), 0, 0
    with door.client(token_of(trade.tenant, "Bruno")) as client, client.stream("GET", content_of(file)) as answer:
        for number, piece in enumerate(answer.iter_bytes(PIECE)):
            if number == 2:
                begun = this.memory_info().rss
            taken += len(piece)
            most = max(most, this.memory_info().rss)

    assert taken == LARGE
    assert most - begun < MEMORY


def content_of(file: DeliveryFile) -> str:
    return f"/v1/health-data/deliveries/files/{file.id}/content"


def withdraw(trade: Trade, request: Request) -> None:
    """The person presses the button; what follows is done by the worker a moment later."""
    with Context(trade.seller, trade.tenant) as ctx:
        consent_actions.withdraw(ctx, consents.consent(ctx, request.authorisation_id))
    settle_everything()


def _wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)
