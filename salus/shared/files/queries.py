"""Reading files back. Whoever asks has already found out that the actor may: these are steps of other operations."""

import io
from collections.abc import Iterator
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.keys import data_key
from salus.kernel.operations import WITHIN, query
from salus.shared.files.gateways import Blob, BlobMissing, Storage, storage
from salus.shared.files.models import File, FileState
from salus.shared.files.rules import (
    CHUNK_BYTES,
    SALT_BYTES,
    Chunks,
    FileDamaged,
    FileRemoved,
    last_chunk,
    place,
    sealed_range,
    sealed_size,
)


@query(roles=WITHIN)
def file(ctx: Context, file_id: UUID) -> File:
    """One file, or NotFound. Whether the actor may have it is for the operation that asks."""
    return ctx.get(File, file_id)


@query(roles=WITHIN)
def content(ctx: Context, file: File) -> Iterator[bytes]:
    """The plain content in pieces of at most 1 MiB; none of them is given before it was proved unchanged.

    Can be read after the context has ended. Raises FileRemoved now, and FileDamaged at the damaged piece.
    """
    opened = _opened(ctx, file)
    return (opened.chunk(index) for index in range(last_chunk(file.size) + 1))


@query(roles=WITHIN)
def reader(ctx: Context, file: File) -> io.BufferedReader:
    """The plain content as a file one can jump about in, for zip archives and Parquet.

    Can be read after the context has ended, by one thread at a time. Raises FileRemoved now, and FileDamaged when a
    damaged chunk is read.
    """
    return io.BufferedReader(_Seekable(_opened(ctx, file)), CHUNK_BYTES // 4)


@query(roles={Role.SYSTEM})
def unclaimed(ctx: Context, blobs: list[Blob]) -> list[UUID]:
    """Those of the blobs that no kept file refers to."""
    ids = [blob.id for blob in blobs]
    claimed = set(ctx.db.scalars(select(File.id).where(File.id.in_(ids), File.state == FileState.KEPT)))
    return [blob_id for blob_id in ids if blob_id not in claimed]


class _Opened:
    """A blob with its key, readable by chunk."""

    def __init__(self, store: Storage, file_id: UUID, size: int, key: bytes, place: str) -> None:
        self.size = size
        self._store, self._file_id = store, file_id
        try:
            # What follows the last chunk would never be read, so its presence is asked for here.
            if store.size(file_id) != sealed_size(size):
                raise FileDamaged
        except BlobMissing as error:
            raise FileDamaged from error
        self._chunks = Chunks(key, self._read(0, SALT_BYTES), place)

    def chunk(self, index: int) -> bytes:
        sealed = self._read(*sealed_range(index, self.size))
        return self._chunks.open(index, sealed, is_last=index == last_chunk(self.size))

    def _read(self, start: int, length: int) -> bytes:
        try:
            return b"".join(self._store.open(self._file_id, start, length))
        except BlobMissing as error:
            raise FileDamaged from error


class _Seekable(io.RawIOBase):
    """Random access by chunk. The last few chunks stay open, because archives are read here and there."""

    def __init__(self, opened: _Opened) -> None:
        self._opened = opened
        self._chunk = lru_cache(maxsize=4)(opened.chunk)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._opened.size}[whence]
        if base + offset < 0:
            raise ValueError("a file has nothing before its start")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if self._position >= self._opened.size:
            return 0
        index, skipped = divmod(self._position, CHUNK_BYTES)
        found = self._chunk(index)[skipped : skipped + len(buffer)]
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)


def _opened(ctx: Context, file: File) -> _Opened:
    if file.state != FileState.KEPT:
        raise FileRemoved
    key = data_key(ctx.db, file.owner_id)
    return _Opened(storage(file.tenant_id), file.id, file.size, key, place(file.tenant_id, file.id))
