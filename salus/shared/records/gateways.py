"""The world outside the database: where checkpoints are published, and the key they are signed with."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from salus.formats.checkpoint import NoteInvalid, VerifierKey
from salus.kernel.ids import new_id
from salus.kernel.settings import settings

TAIL_BYTES = 16_384
"""More than the longest signed checkpoint that is ever written."""
SIGNATURE = "— ".encode()


class Publisher(Protocol):
    """Where one log's key and checkpoints are kept, out of reach of whoever can write to the database.

    It only ever grows. Without it, a tail cut off together with its seals, and a history written anew and signed
    again, could not be told from the truth.
    """

    def key(self) -> VerifierKey | None:
        """The log's public key; None as long as nothing is published. Raises NoteInvalid if it cannot be read."""

    def notes(self) -> Iterator[str]:
        """All published checkpoints, oldest first, as they are when this is called."""

    def newest(self) -> str | None: ...

    def publish(self, key: VerifierKey, notes: Iterable[str]) -> None:
        """Append these checkpoints. Raises NoteInvalid if the log was begun under another key."""


@dataclass(frozen=True)
class FilePublisher:
    """Publishes into a text file: the log's key, then one signed note after the other, parted by empty lines.

    As safe as the file: in production its folder belongs on another host, or in a store that cannot delete.
    """

    path: Path

    def key(self) -> VerifierKey | None:
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            for block in _blocks(file, os.fstat(file.fileno()).st_size):
                return VerifierKey.parse(block.removesuffix("\n"))
        return None

    def notes(self) -> Iterator[str]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return iter(())
        return _notes(file, os.fstat(file.fileno()).st_size)

    def newest(self) -> str | None:
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            blocks, _ = _last_blocks(file)
            place = _last_signed(blocks)
            if place:
                return f"{blocks[place - 1].decode()}\n\n{blocks[place].decode()}\n"
        return None

    def publish(self, key: VerifierKey, notes: Iterable[str]) -> None:
        known = self.key()
        if known is not None and str(known) != str(key):
            raise NoteInvalid(f"the log {known.name} was begun under another key than the one now at hand")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("r+b" if self.path.exists() else "w+b") as file:
            file.truncate(_whole_bytes(file))
            file.seek(0, os.SEEK_END)
            header = f"{key}\n\n" if file.tell() == 0 else ""
            file.write((header + "".join(f"{note}\n" for note in notes)).encode())
            file.flush()
            os.fsync(file.fileno())


def publisher(tenant_id: UUID) -> Publisher:
    """The publisher of a tenant's log."""
    return FilePublisher(settings().home / "checkpoints" / f"{tenant_id}.txt")


def signing_key(tenant_id: UUID) -> Ed25519PrivateKey:
    """The key that signs a tenant's checkpoints, made at first use on the machine that seals."""
    kept = settings().key_folder / f"log-{tenant_id}"
    if not kept.exists():
        fresh = kept.with_name(f"{kept.name}.{new_id().hex}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        # A link appears whole or not at all, and never replaces the key another process just made.
        with suppress(FileExistsError):
            kept.hardlink_to(fresh)
        fresh.unlink()
    return Ed25519PrivateKey.from_private_bytes(kept.read_bytes())


def _blocks(file: BinaryIO, size: int) -> Iterator[str]:
    """Runs of lines that an empty line ends, within the first `size` bytes. One that is cut off does not count."""
    block: list[bytes] = []
    for line in file:
        size -= len(line)
        if size < 0:
            return
        if line == b"\n":
            yield b"".join(block).decode()
            block = []
        else:
            block.append(line)


def _notes(file: BinaryIO, size: int) -> Iterator[str]:
    with file:
        blocks = _blocks(file, size)
        next(blocks, None)
        for text in blocks:
            signatures = next(blocks, None)
            if signatures is not None:
                yield f"{text}\n{signatures}"


def _last_blocks(file: BinaryIO) -> tuple[list[bytes], int]:
    """What the end of the file holds, split at empty lines, and where it begins. The last piece is unfinished."""
    begin = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
    file.seek(begin)
    return file.read().split(b"\n\n"), begin


def _last_signed(blocks: list[bytes]) -> int:
    """The place of the last whole block of signatures, or 0: the first block is the key, or may lack its beginning."""
    return max((place for place, block in enumerate(blocks[:-1]) if place and block.startswith(SIGNATURE)), default=0)


def _whole_bytes(file: BinaryIO) -> int:
    """How long the file is without a note whose writing a crash interrupted: it was never published."""
    blocks, begin = _last_blocks(file)
    whole = blocks[: _last_signed(blocks) + 1] if len(blocks) > 1 else []
    return begin + sum(len(block) + 2 for block in whole)
