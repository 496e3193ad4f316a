"""The zip guard: what may be read from an archive that a stranger made.

Nothing is ever written to disk, by name or otherwise: members are inflated in pieces, in memory, within the sizes that
the directory promised. The limits accept real exports (some GB of XML at 20:1 to 30:1, thousands of routes).
"""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from salus.formats.apple_health.refusals import (
    EncryptedZip,
    TooManyFiles,
    TruncatedZip,
    UnknownCompression,
    UnsafeNames,
    ZipBomb,
)

MAX_MEMBERS = 50_000
MAX_DIRECTORY_BYTES = 16 << 20
MAX_RATIO = 150
"""Apple's XML packs 20:1 to 30:1, the most repetitive measured 60:1. Deflate itself can reach 1032:1."""
RATIO_MATTERS_ABOVE = 16 << 20
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, checked."""

    name: str
    size: int
    packed_size: int
    offset: int
    stored: bool
    checksum: int


class Archive:
    """A zip whose directory has passed every check, and whose members can be read in pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        _refuse_large_directory(file)
        try:
            with zipfile.ZipFile(file) as opened:
                infos = opened.infolist()
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error, OSError) as error:
            raise TruncatedZip from error
        self.members = [_member(info) for info in infos if not info.is_dir()]
        self._refuse_overlap(infos)

    def read(self, member: Member) -> Iterator[bytes]:
        """The member's bytes in pieces, refusing a size or checksum that differs from the directory's."""
        inflate = None if member.stored else zlib.decompressobj(-zlib.MAX_WBITS)
        position, left = self._data_offset(member.offset), member.packed_size
        size = checksum = 0
        while left > 0 and not (inflate and inflate.eof):
            self._file.seek(position)
            packed = self._file.read(min(_PIECE, left))
            if not packed:
                raise TruncatedZip
            position, left = position + len(packed), left - len(packed)
            for piece in _inflated(inflate, packed):
                size, checksum = size + len(piece), zlib.crc32(piece, checksum)
                if size > member.size:
                    raise ZipBomb
                yield piece
        if size != member.size or checksum != member.checksum:
            raise TruncatedZip

    def _data_offset(self, header: int) -> int:
        self._file.seek(header)
        head = self._file.read(30)
        if len(head) != 30 or head[:4] != b"PK\3\4":
            raise TruncatedZip
        name, extra = struct.unpack("<HH", head[26:30])
        return header + 30 + int(name) + int(extra)

    def _refuse_overlap(self, infos: list[zipfile.ZipInfo]) -> None:
        """Overlapping members let a small file claim the same bytes many times over."""
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise ZipBomb
            end = self._data_offset(info.header_offset) + info.compress_size
        if end > self._file.seek(0, os.SEEK_END):
            raise TruncatedZip


def _inflated(inflate: "zlib._Decompress | None", packed: bytes) -> Iterator[bytes]:
    if inflate is None:
        yield packed
        return
    try:
        while packed and not inflate.eof:
            yield inflate.decompress(packed, 4 * _PIECE)
            packed = inflate.unconsumed_tail
    except zlib.error as error:
        raise TruncatedZip from error


def _member(info: zipfile.ZipInfo) -> Member:
    name = info.orig_filename
    mode = info.external_attr >> 16
    drive = name[1:2] == ":"
    if name.startswith("/") or "\\" in name or "\0" in name or drive or ".." in name.split("/") or stat.S_ISLNK(mode):
        raise UnsafeNames
    if info.flag_bits & 0x1:
        raise EncryptedZip
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnknownCompression
    if info.file_size > RATIO_MATTERS_ABOVE and info.file_size > MAX_RATIO * info.compress_size:
        raise ZipBomb
    stored = info.compress_type == zipfile.ZIP_STORED
    return Member(name, info.file_size, info.compress_size, info.header_offset, stored, info.CRC)


def _refuse_large_directory(file: BinaryIO) -> None:
    """Look at the directory's size before `zipfile` makes an object of every entry."""
    end = file.seek(0, os.SEEK_END)
    tail_at = max(0, end - 65_557 - 76)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        raise TruncatedZip
    count, size = struct.unpack("<HI", tail[at + 10 : at + 16])
    large = tail.rfind(b"PK\6\6", 0, at)
    if large >= 0 and len(tail) - large >= 56:
        count, size = struct.unpack("<QQ", tail[large + 32 : large + 48])
    if count > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
        raise TooManyFiles


def is_zip(start: bytes) -> bool:
    return start[:4] in {b"PK\3\4", b"PK\5\6"}
