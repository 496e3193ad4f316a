"""What every store of blobs promises. Another store joins by one more line in `stores`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from salus.kernel.errors import Unavailable
from salus.kernel.ids import new_id
from salus.shared.files.gateways import BlobMissing, LocalDisk, Storage


@pytest.fixture(params=[LocalDisk])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    made: Storage = request.param(tmp_path / "blobs")
    return made


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=5)


def test_what_was_put_is_read_back_whole_and_in_part(store: Storage) -> None:
    blob = new_id()
    store.put(blob, [b"one ", b"two ", b"three"])

    assert b"".join(store.open(blob)) == b"one two three"
    assert b"".join(store.open(blob, 4, 3)) == b"two"
    assert b"".join(store.open(blob, 8)) == b"three"
    assert b"".join(store.open(blob, 99)) == b""
    assert (store.size(blob), store.exists(blob)) == (13, True)


def test_a_blob_put_again_is_replaced_whole(store: Storage) -> None:
    blob = new_id()
    store.put(blob, [b"a long first version"])
    store.put(blob, [b"short"])

    assert b"".join(store.open(blob)) == b"short"


def test_what_is_not_there_says_so(store: Storage) -> None:
    with pytest.raises(BlobMissing):
        list(store.open(new_id()))
    with pytest.raises(BlobMissing):
        store.size(new_id())

    assert not store.exists(new_id())


def test_a_deleted_blob_is_gone_and_may_be_deleted_again(store: Storage) -> None:
    blob = new_id()
    store.put(blob, [b"x"])
    store.delete(blob)
    store.delete(blob)

    assert not store.exists(blob)


def test_all_whole_blobs_are_listed_with_their_time(store: Storage) -> None:
    ids = {new_id() for _ in range(20)}
    for blob in ids:
        store.put(blob, [b"x"])

    listed = list(store.blobs())
    assert {blob.id for blob in listed} == ids
    assert all(abs(blob.written_at - datetime.now(UTC)) < timedelta(minutes=1) for blob in listed)


def test_an_upload_that_breaks_off_leaves_nothing(store: Storage) -> None:
    def broken() -> Iterator[bytes]:
        yield b"the first half"
        raise RuntimeError("the line went dead")

    blob = new_id()
    with pytest.raises(RuntimeError, match="the line went dead"):
        store.put(blob, broken())

    assert not store.exists(blob)
    assert list(store.blobs()) == []
    assert store.delete_unfinished(before=soon()) == 0


def test_an_upload_whose_process_is_killed_is_never_listed_and_can_be_cleared_away(tmp_path: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from salus.kernel.ids import new_id
        from salus.shared.files.gateways import LocalDisk

        def pieces():
            yield b"x" * 3_000_000
            os.kill(os.getpid(), 9)

        LocalDisk(Path(sys.argv[1])).put(new_id(), pieces())
    """
    died = subprocess.run([sys.executable, "-c", dedent(script), str(tmp_path)], check=False)
    store = LocalDisk(tmp_path)

    assert died.returncode == -9
    assert list(store.blobs()) == []
    assert store.delete_unfinished(before=datetime.now(UTC) - timedelta(days=1)) == 0, "it may still be under way"
    assert store.delete_unfinished(before=soon()) == 1


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path: Path) -> None:
    def full() -> Iterator[bytes]:
        yield b"x"
        raise OSError(28, os.strerror(28))

    store = LocalDisk(tmp_path)
    with pytest.raises(Unavailable):
        store.put(new_id(), full())

    assert list(store.blobs()) == []


def test_a_failing_disk_is_said_plainly_and_not_taken_for_a_missing_blob(tmp_path: Path) -> None:
    blob = new_id()
    (tmp_path / blob.hex[-2:] / blob.hex).mkdir(parents=True)  # reading a folder fails, whoever reads
    store = LocalDisk(tmp_path)

    with pytest.raises(Unavailable):
        list(store.open(blob))
    with pytest.raises(Unavailable):
        store.delete(blob)


def test_nobody_else_on_the_machine_can_read_the_blobs(tmp_path: Path) -> None:
    store = LocalDisk(tmp_path / "blobs")
    store.put(new_id(), [b"x"])

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "blobs").rglob("*")}
    assert modes == {0}
