"""Where blobs are kept. They arrive encrypted, and are named by ids of ours: no store sees a name or a content."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple, Protocol
from uuid import UUID

from salus.kernel.errors import Unavailable
from salus.kernel.settings import settings

PIECE_BYTES = 1 << 20


class BlobMissing(LookupError):
    """The store holds no such blob."""


class Blob(NamedTuple):
    id: UUID
    written_at: datetime


class Storage(Protocol):
    """Keeps the blobs of one tenant. Every operation raises Unavailable where the store does not work."""

    def put(self, blob_id: UUID, pieces: Iterable[bytes]) -> None:
        """Keep a blob, durably. It exists whole once this returns, and not at all if it raises or the process dies."""

    def open(self, blob_id: UUID, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` on, at most `length` of them. Raises BlobMissing at the first piece."""

    def size(self, blob_id: UUID) -> int:
        """Raises BlobMissing."""

    def exists(self, blob_id: UUID) -> bool: ...

    def delete(self, blob_id: UUID) -> None:
        """Forget a blob. One that is not there is no error, because a deletion may be repeated."""

    def blobs(self) -> Iterator[Blob]:
        """All whole blobs, in no order."""

    def delete_unfinished(self, *, before: datetime) -> int:
        """Forget what was begun before that moment and never became whole. Says how many there were."""


class LocalDisk:
    """Blobs as files of one folder that only its owner may enter, spread over 256 subfolders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "unfinished"

    def put(self, blob_id: UUID, pieces: Iterable[bytes]) -> None:
        path = self._path(blob_id)
        for folder in (path.parent, self._unfinished):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=self._unfinished, delete=False) as file:
            try:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException as error:
                with suppress(FileNotFoundError):
                    Path(file.name).unlink()
                if isinstance(error, OSError):
                    raise Unavailable from error
                raise
        # Without this, a power cut could forget the new names although the content is on the disk.
        _sync_folder(path.parent)
        _sync_folder(self._folder)

    def open(self, blob_id: UUID, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        with _disk_errors(blob_id), self._path(blob_id).open("rb") as file:
            file.seek(start)
            wanted = length
            while piece := file.read(PIECE_BYTES if wanted is None else min(PIECE_BYTES, wanted)):
                yield piece
                wanted = None if wanted is None else wanted - len(piece)

    def size(self, blob_id: UUID) -> int:
        with _disk_errors(blob_id):
            return self._path(blob_id).stat().st_size

    def exists(self, blob_id: UUID) -> bool:
        return self._path(blob_id).exists()

    def delete(self, blob_id: UUID) -> None:
        with _disk_errors(blob_id):
            self._path(blob_id).unlink(missing_ok=True)

    def blobs(self) -> Iterator[Blob]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):  # deleted since it was listed
                yield Blob(UUID(path.name), _changed_at(path))

    def delete_unfinished(self, *, before: datetime) -> int:
        deleted = 0
        for path in self._unfinished.glob("*"):
            with suppress(FileNotFoundError):
                if _changed_at(path) < before:
                    path.unlink()
                    deleted += 1
        return deleted

    def _path(self, blob_id: UUID) -> Path:
        # The last digits of a UUIDv7 are random; its first ones are the time, and would fill one subfolder first.
        return self._folder / blob_id.hex[-2:] / blob_id.hex


def storage(tenant_id: UUID) -> Storage:
    """The store of one tenant's blobs."""
    return LocalDisk(settings().home / "files" / tenant_id.hex)


@contextmanager
def _disk_errors(blob_id: UUID) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissing(blob_id) from error
    except OSError as error:
        raise Unavailable from error


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
