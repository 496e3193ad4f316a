"""How content is encrypted: chunks of AES-256-GCM in the STREAM construction.

STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) numbers the chunks and marks the last one, so that a cut tail, a
swapped or a repeated chunk does not open. A blob is a random salt followed by the chunks. The salt makes a key of its
own for every blob, which is why counting up from zero never repeats a nonce.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from salus.kernel.errors import Refusal

CHUNK_BYTES = 1 << 20
TAG_BYTES = 16
SALT_BYTES = 32


class FileDamaged(Refusal):
    """The store gave back something else than what was put there."""

    status = 500
    message = "This file is damaged, so we do not hand it out. Please tell the people who run this exchange."


class FileRemoved(Refusal):
    status = 410
    message = "This file was removed."


class Chunks:
    """Opens and closes the chunks of one blob. `place` names it, so that a blob moved elsewhere does not open."""

    def __init__(self, data_key: bytes, salt: bytes, place: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"salus file 1").derive(data_key)
        self._cipher = AESGCM(derived)
        self._place = place.encode()

    def close(self, index: int, plain: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(index, is_last=is_last), plain, self._place)

    def open(self, index: int, sealed: bytes, *, is_last: bool) -> bytes:
        """The plain chunk. Raises FileDamaged if it is not exactly this chunk of this blob."""
        try:
            return self._cipher.decrypt(_nonce(index, is_last=is_last), sealed, self._place)
        except InvalidTag as error:
            raise FileDamaged from error


class Sealing:
    """Reads a stream once, encrypting, counting and hashing it. `size` and `sha256` are right after the last piece."""

    def __init__(self, stream: BinaryIO, data_key: bytes, place: str) -> None:
        self.size = 0
        self._stream = stream
        self._digest = hashlib.sha256()
        self._salt = os.urandom(SALT_BYTES)
        self._chunks = Chunks(data_key, self._salt, place)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The blob, in order. Holds two chunks at a time, whatever the size."""
        yield self._salt
        index, chunk = 0, self._read()
        while following := self._read():
            yield self._chunks.close(index, chunk, is_last=False)
            index, chunk = index + 1, following
        yield self._chunks.close(index, chunk, is_last=True)

    def _read(self) -> bytes:
        """A whole chunk unless the stream ends: sockets and pipes give less than they are asked for."""
        parts, missing = [], CHUNK_BYTES
        while missing and (part := self._stream.read(missing)):
            parts.append(part)
            missing -= len(part)
        chunk = b"".join(parts)
        self.size += len(chunk)
        self._digest.update(chunk)
        return chunk


def place(tenant_id: UUID, file_id: UUID) -> str:
    """What a blob is bound to: the file it is the content of."""
    return f"{tenant_id}|files|{file_id}"


def last_chunk(size: int) -> int:
    """Index of the last chunk of a content of `size` bytes; an empty content has one empty chunk."""
    return max(size - 1, 0) // CHUNK_BYTES


def sealed_range(index: int, size: int) -> tuple[int, int]:
    """Where chunk `index` of a content of `size` bytes lies in the blob: start and length."""
    plain_length = min(CHUNK_BYTES, size - index * CHUNK_BYTES)
    return SALT_BYTES + index * (CHUNK_BYTES + TAG_BYTES), plain_length + TAG_BYTES


def sealed_size(size: int) -> int:
    """Bytes of the whole blob."""
    return SALT_BYTES + size + (last_chunk(size) + 1) * TAG_BYTES


def _nonce(index: int, *, is_last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([is_last])
