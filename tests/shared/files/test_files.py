"""A file is read back as it was brought, by its owner's key alone, or not at all."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from uuid import UUID

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.keys import KeyDestroyed
from salus.kernel.records import Record
from salus.kernel.settings import settings
from salus.shared.files import reactions
from salus.shared.files.gateways import storage
from salus.shared.files.rules import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, FileDamaged, FileRemoved, Sealing
from tests.shared.files.scene import bring, look_at, open_file, read, throw_away

SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
Keep = Callable[[bytes], UUID]
PathOf = Callable[[UUID], Path]


class Endless(io.RawIOBase):
    """So many bytes of no meaning, made while they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, wanted: int = -1) -> bytes:
        given = min(self.left, wanted)
        self.left -= given
        return bytes(given)


def chunks(count: int, tail: int = 100) -> bytes:
    return b"".join(bytes([number]) * CHUNK_BYTES for number in range(1, count)) + b"t" * tail


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_what_was_brought_is_read_back(tenant: UUID, pia: Actor, kept: Keep, size: int) -> None:
    content = os.urandom(size)
    file_id = kept(content)

    with Context(pia, tenant) as ctx:
        found = look_at(ctx, file_id)
        assert read(ctx, file_id) == content
        assert (found.size, found.sha256) == (size, hashlib.sha256(content).hexdigest())
        assert (found.name, found.media_type) == ("export.zip", "application/zip")


def test_a_slow_line_that_gives_a_little_at_a_time_changes_nothing(tenant: UUID, pia: Actor) -> None:
    class Trickle(io.BytesIO):
        def read(self, wanted: int | None = -1, /) -> bytes:
            return super().read(min(wanted or 0, 70_001))

    content = os.urandom(CHUNK_BYTES + 5)
    with Context(pia, tenant) as ctx:
        file_id = bring(ctx, Trickle(content)).id

    with Context(pia, tenant) as ctx:
        assert read(ctx, file_id) == content


def test_neither_content_nor_name_nor_digest_is_kept_in_the_clear(
    tenant: UUID, kept: Keep, blob_path: PathOf, owner_sql
) -> None:
    content = b"resting heart rate 61 " * 1000
    file_id = kept(content)

    assert b"heart" not in blob_path(file_id).read_bytes()
    ((row,),) = owner_sql("SELECT row_to_json(files)::text FROM files WHERE id = :id", tenant, id=file_id)
    assert str(file_id) in str(row)
    for secret in ("export.zip", hashlib.sha256(content).hexdigest()):
        assert secret not in str(row)
        assert secret.encode().hex() not in str(row)


def test_the_same_content_brought_twice_looks_different_in_the_store(kept: Keep, blob_path: PathOf) -> None:
    first, second = kept(b"same"), kept(b"same")

    assert blob_path(first).read_bytes()[SALT_BYTES:] != blob_path(second).read_bytes()[SALT_BYTES:]


def damaged(tenant: UUID, pia: Actor, file_id: UUID) -> None:
    with Context(pia, tenant) as ctx, pytest.raises(FileDamaged):
        read(ctx, file_id)
    with Context(pia, tenant) as ctx, pytest.raises(FileDamaged):
        open_file(ctx, file_id).read()


@pytest.mark.parametrize("at", [0, SALT_BYTES - 1, SALT_BYTES, SALT_BYTES + SEALED_CHUNK, -1])
def test_one_flipped_bit_is_noticed(tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf, at: int) -> None:
    file_id = kept(chunks(3))
    blob = bytearray(blob_path(file_id).read_bytes())
    blob[at] ^= 1
    blob_path(file_id).write_bytes(blob)

    damaged(tenant, pia, file_id)


@pytest.mark.parametrize("left", [0, SALT_BYTES, SALT_BYTES + SEALED_CHUNK, SALT_BYTES + 2 * SEALED_CHUNK, -1])
def test_a_cut_tail_is_noticed(tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf, left: int) -> None:
    file_id = kept(chunks(3))
    blob_path(file_id).write_bytes(blob_path(file_id).read_bytes()[:left])

    damaged(tenant, pia, file_id)


def test_a_cut_tail_is_noticed_even_where_the_row_was_shortened_to_match(
    tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf, owner_sql
) -> None:
    file_id = kept(chunks(3))
    blob_path(file_id).write_bytes(blob_path(file_id).read_bytes()[: SALT_BYTES + SEALED_CHUNK])
    owner_sql("UPDATE files SET size = :size WHERE id = :id", tenant, size=CHUNK_BYTES, id=file_id)

    damaged(tenant, pia, file_id)


def test_bytes_added_at_the_end_are_noticed(tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf) -> None:
    file_id = kept(chunks(2))
    with blob_path(file_id).open("ab") as blob:
        blob.write(b"x")

    damaged(tenant, pia, file_id)


def test_swapped_chunks_are_noticed(tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf) -> None:
    file_id = kept(chunks(3))
    blob = blob_path(file_id).read_bytes()
    salt, body = blob[:SALT_BYTES], blob[SALT_BYTES:]
    first, second, rest = body[:SEALED_CHUNK], body[SEALED_CHUNK : 2 * SEALED_CHUNK], body[2 * SEALED_CHUNK :]
    blob_path(file_id).write_bytes(salt + second + first + rest)

    damaged(tenant, pia, file_id)


def test_a_blob_put_in_the_place_of_another_does_not_open(
    tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf
) -> None:
    mine, other = kept(b"mine!"), kept(b"other")
    blob_path(mine).write_bytes(blob_path(other).read_bytes())

    damaged(tenant, pia, mine)


def test_a_lost_blob_is_said_to_be_damaged(tenant: UUID, pia: Actor, kept: Keep, blob_path: PathOf) -> None:
    file_id = kept(b"here today")
    blob_path(file_id).unlink()

    damaged(tenant, pia, file_id)


def test_another_owners_key_opens_nothing(tenant: UUID, pia: Actor, kept: Keep, owner_sql) -> None:
    file_id = kept(b"Pia's")
    owner_sql("UPDATE files SET owner_id = :paul WHERE id = :id", tenant, paul=new_id(), id=file_id)

    damaged(tenant, pia, file_id)


def test_a_destroyed_key_closes_the_file_for_good(tenant: UUID, pia: Actor, kept: Keep, owner_sql) -> None:
    file_id = kept(b"forget me")
    owner_sql("UPDATE person_keys SET wrapped = NULL WHERE person_id = :pia", tenant, pia=pia.id)

    with Context(pia, tenant) as ctx, pytest.raises(KeyDestroyed):
        read(ctx, file_id)


def test_another_tenant_finds_neither_file_nor_blob(other_tenant: UUID, pia: Actor, kept: Keep) -> None:
    file_id = kept(b"of this tenant")

    with pytest.raises(NotFound), Context(pia, other_tenant) as ctx:
        read(ctx, file_id)
    assert not storage(other_tenant).exists(file_id)


def test_a_hostile_name_is_shown_and_never_becomes_a_path(tenant: UUID, pia: Actor, home: Path) -> None:
    with Context(pia, tenant) as ctx:
        file_id = bring(ctx, io.BytesIO(b"x"), name="../../../../tmp/owned.zip").id

    with Context(pia, tenant) as ctx:
        assert look_at(ctx, file_id).name == "../../../../tmp/owned.zip"
    assert not [path for path in (home / "files").rglob("*") if "owned" in path.name]


@given(jumps=st.lists(st.tuples(st.integers(0, 3 * CHUNK_BYTES), st.integers(0, 2 * CHUNK_BYTES)), max_size=20))
def test_jumping_about_in_a_file_gives_what_a_plain_one_gives(jumps: list[tuple[int, int]]) -> None:
    opened, plain = io.BufferedReader(seekable_over(CONTENT)), io.BytesIO(CONTENT)

    for position, length in jumps:
        opened.seek(position)
        plain.seek(position)
        assert opened.read(length) == plain.read(length)
        assert opened.tell() == plain.tell()


def test_a_zip_archive_and_a_parquet_file_are_read_in_place(tenant: UUID, pia: Actor, kept: Keep) -> None:
    archive, table = io.BytesIO(), pa.table({"bpm": list(range(200_000))})
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("export.xml", "<HealthData/>" * 300_000)
    parquet = io.BytesIO()
    pq.write_table(table, parquet, compression="none", use_dictionary=False)
    zip_id, parquet_id = kept(archive.getvalue()), kept(parquet.getvalue())

    with Context(pia, tenant) as ctx:
        zip_reader, parquet_reader = open_file(ctx, zip_id), open_file(ctx, parquet_id)
    assert zipfile.ZipFile(zip_reader).read("export.xml") == b"<HealthData/>" * 300_000
    assert pq.read_table(pa.PythonFile(parquet_reader, mode="r")).equals(table)


def test_two_hundred_megabytes_pass_through_a_few(tenant: UUID, pia: Actor) -> None:
    size, process = 200_000_000, psutil.Process()
    with Context(pia, tenant) as ctx:
        bring(ctx, Endless(1_000_000))  # type: ignore[arg-type]
    before = process.memory_info().rss
    highest, watching = before, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not watching.wait(0.005):
            highest = max(highest, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with Context(pia, tenant) as ctx:
        file_id = bring(ctx, Endless(size)).id  # type: ignore[arg-type]
    with Context(pia, tenant) as ctx:
        opened = open_file(ctx, file_id)
        read_back = sum(len(piece) for piece in iter(lambda: opened.read(CHUNK_BYTES), b""))
    watching.set()
    watcher.join()

    assert read_back == size
    assert highest - before < 40_000_000


def test_many_bring_files_at_the_same_time(tenant: UUID, pia: Actor) -> None:
    def one(number: int) -> tuple[int, UUID]:
        with Context(pia, tenant) as ctx:
            return number, bring(ctx, io.BytesIO(bytes([number]) * (CHUNK_BYTES + number))).id

    with ThreadPoolExecutor(8) as pool:
        brought = list(pool.map(one, range(24)))

    with Context(pia, tenant) as ctx:
        for number, file_id in brought:
            assert read(ctx, file_id) == bytes([number]) * (CHUNK_BYTES + number)


def test_a_rolled_back_upload_leaves_no_file_and_its_blob_is_swept_after_a_day(tenant: UUID, pia: Actor) -> None:
    with suppress(ZeroDivisionError), Context(pia, tenant) as ctx:
        file_id = bring(ctx, io.BytesIO(b"half a deed")).id
        1 / 0  # noqa: B018

    with pytest.raises(NotFound), Context(pia, tenant) as ctx:
        look_at(ctx, file_id)
    reactions.sweep(Context(SYSTEM, tenant))
    assert storage(tenant).exists(file_id), "its row might still be on the way"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1), tick=True):
        reactions.sweep(Context(SYSTEM, tenant))
    assert not storage(tenant).exists(file_id)


def test_the_sweep_spares_what_is_kept(tenant: UUID, pia: Actor, kept: Keep) -> None:
    file_id = kept(b"precious")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=True):
        reactions.sweep(Context(SYSTEM, tenant))

    with Context(pia, tenant) as ctx:
        assert read(ctx, file_id) == b"precious"


def test_a_server_killed_in_the_middle_of_an_upload_leaves_nothing_visible(tenant: UUID, owner_sql) -> None:
    script = """
        import io, os, sys
        from uuid import UUID
        from salus import modules
        from salus.kernel.actor import Actor, Role
        from salus.kernel.context import Context
        from salus.kernel.ids import new_id
        from tests.shared.files.scene import bring

        class Fatal(io.RawIOBase):
            reads = 0
            def read(self, wanted=-1):
                self.reads += 1
                if self.reads == 4:
                    os.kill(os.getpid(), 9)
                return bytes(wanted)

        modules.load_all()
        with Context(Actor(new_id(), frozenset({Role.SELLER})), UUID(sys.argv[1])) as ctx:
            bring(ctx, Fatal())
    """
    died = subprocess.run(
        [sys.executable, "-c", dedent(script), str(tenant)], check=False, cwd=Path(__file__).parents[3]
    )

    assert died.returncode == -signal.SIGKILL
    assert owner_sql("SELECT count(*) FROM files", tenant) == [(0,)]
    assert list(storage(tenant).blobs()) == []
    left = settings().home / "files" / tenant.hex / "unfinished"
    assert len(list(left.iterdir())) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1), tick=True):
        reactions.sweep(Context(SYSTEM, tenant))
    assert list(left.iterdir()) == []


def removal(file_id: UUID, tenant: UUID) -> Record:
    return Record(operation="files.remove", subject_id=file_id, tenant_id=tenant)


def test_a_removed_file_cannot_be_read_and_its_blob_goes(tenant: UUID, pia: Actor, kept: Keep) -> None:
    file_id = kept(b"away with it")
    with Context(pia, tenant) as ctx:
        throw_away(ctx, file_id)
    for _ in range(2):  # a reaction may come twice
        with Context(SYSTEM, tenant) as ctx:
            reactions.delete_blob(ctx, removal(file_id, tenant))

    with Context(pia, tenant) as ctx:
        assert (look_at(ctx, file_id).name, look_at(ctx, file_id).sha256) == (None, None)
        with pytest.raises(FileRemoved):
            read(ctx, file_id)
        with pytest.raises(FileRemoved):
            throw_away(ctx, file_id)
    assert not storage(tenant).exists(file_id)


CONTENT = os.urandom(2 * CHUNK_BYTES + 777)


def seekable_over(content: bytes) -> io.RawIOBase:
    """The reader over a blob in memory: the property needs no database."""
    from salus.shared.files.queries import _Opened, _Seekable

    sealing = Sealing(io.BytesIO(content), KEY, "here")
    blob = BLOBS.setdefault(id(content), b"".join(sealing.pieces()))

    class Memory:
        def size(self, _: UUID) -> int:
            return len(blob)

        def open(self, _: UUID, start: int, length: int) -> list[bytes]:
            return [blob[start : start + length]]

    return _Seekable(_Opened(Memory(), new_id(), len(content), KEY, "here"))  # type: ignore[arg-type]


ROOT = Path(__file__).parents[3]
KEY = os.urandom(32)
BLOBS: dict[int, bytes] = {}
