"""Opens an Apple Health export and reads it, from a zip or from bare XML, in bounded memory."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import pyarrow as pa

from salus.formats.apple_health import attachments
from salus.formats.apple_health.archive import Archive, Member, is_zip
from salus.formats.apple_health.columns import Records
from salus.formats.apple_health.elements import Element, Elements, elements
from salus.formats.apple_health.notes import Notes
from salus.formats.apple_health.parquet import write_types
from salus.formats.apple_health.prolog import as_utf8
from salus.formats.apple_health.reader import XmlReader
from salus.formats.apple_health.refusals import (
    EmptyFile,
    ExportRefused,
    NoHealthData,
    NoRecords,
    NotAnExport,
    UnknownEncoding,
    Unreadable,
)
from salus.formats.apple_health.schema import Piece
from salus.formats.apple_health.spill import Spill
from salus.formats.apple_health.summary import Summary
from salus.formats.apple_health.tokens import Tokens

Source = str | os.PathLike[str] | bytes | BinaryIO
Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is, in bytes of XML."""

_PIECE = 1 << 20
_PEEK = 1 << 18
_MAX_CANDIDATES = 50
# One thread tokenises as fast as three make columns, and each chunk under way costs memory.
_WORKERS = min(os.cpu_count() or 1, 3)

_Columns = tuple[list[Piece], list[Element], int]
"""The records of one chunk, its other elements, and how far into the file it reaches."""


def _no_progress(done: int, total: int) -> None:
    """Nobody watches."""


class Export:
    """An Apple Health export that passed the checks of its archive. Made by `open_export`; use it in a `with` block."""

    def __init__(self, file: BinaryIO, *, close: bool) -> None:
        self._file, self._close = file, close
        self._notes = Notes()
        file.seek(0)
        start = file.read(_PEEK)
        self._archive: Archive | None = None
        self._attachments: list[Member] = []
        if is_zip(start):
            self._archive = Archive(file)
            self._xml: Member | None = self._find_xml(self._archive)
            self._attachments = [member for member in self._archive.members if attachments.is_attachment(member.name)]
            self.bytes_total = self._xml.size + sum(member.size for member in self._attachments)
        else:
            _refuse_other_formats(start)
            self._xml = None
            self.bytes_total = file.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._close:
            self._file.close()

    def batches(self, on_progress: Progress = _no_progress) -> Iterator[pa.RecordBatch]:
        """Every row as the file has it, in batches of one type each; the schema's metadata names the `code`.

        Duplicates are still there, and the records inside correlations, which Apple repeats at the top level.
        """
        for piece in self._pieces(Elements(Notes(self._notes)), on_progress):
            metadata = {"code": piece.code, "kind": piece.kind.value}
            yield piece.rows.replace_schema_metadata(metadata)

    def write_parquet(self, folder: Path, on_progress: Progress = _no_progress) -> Summary:
        """Write one file for each type into an existing, private folder, and say what was found.

        Sorted by start, duplicates once. Raises ExportRefused; the files written so far are then not to be used.
        """
        spill, found = Spill(folder), Elements(Notes(self._notes))
        total, reading = self.bytes_total, self.bytes_total * 3 // 4
        try:
            for piece in self._pieces(found, lambda done, _: on_progress(done * 3 // 4, total)):
                spill.add(piece)
            _refuse_nothing(spill.rows, found.notes)
            written = 0

            def on_rows(rows: int) -> None:
                nonlocal written
                written += rows
                on_progress(reading + (total - reading) * written // spill.rows, total)

            now = found.exported or datetime.now(UTC)
            types = write_types(spill, folder, now, on_rows)
        finally:
            spill.close()
        return Summary(
            types=tuple(sorted(types, key=lambda of_type: -of_type.count)),
            exported=found.exported,
            utc_offset=found.utc_offset,
            locale=found.locale,
            notes=found.notes.sentences(),
            me=found.me,
        )

    def _pieces(self, found: Elements, on_progress: Progress) -> Iterator[Piece]:
        """Tokenising goes on in this thread while others turn tokens into columns; the order is the file's."""
        notes = found.notes
        size = self._xml.size if self._xml else self.bytes_total
        reader = XmlReader(as_utf8(self._read_xml()), size, notes)

        def columns(tokens: Tokens, done: int) -> _Columns:
            records = Records(tokens, reader.intern, notes)
            return list(records.pieces()), list(elements(tokens, reader.intern, notes)), done

        waiting: deque[Future[_Columns]] = deque()
        with ThreadPoolExecutor(_WORKERS) as pool:
            for tokens in reader.tokens():
                waiting.append(pool.submit(columns, tokens, reader.consumed))
                if len(waiting) > _WORKERS:
                    yield from self._finished(waiting, found, on_progress)
            while waiting:
                yield from self._finished(waiting, found, on_progress)
        found.locale = reader.prolog.locale if reader.prolog else None
        yield from self._attached(notes)
        on_progress(self.bytes_total, self.bytes_total)

    def _finished(self, waiting: deque[Future[_Columns]], found: Elements, on_progress: Progress) -> Iterator[Piece]:
        pieces, others, done = waiting.popleft().result()
        yield from pieces
        yield from found.pieces(iter(others))
        on_progress(min(done, self.bytes_total), self.bytes_total)

    def _attached(self, notes: Notes) -> Iterator[Piece]:
        for member in self._attachments:
            if self._archive is None or attachments.is_too_large(member.name, member.size):
                notes.add("large_attachments")
                continue
            try:
                yield attachments.read_attachment(member.name, b"".join(self._archive.read(member)))
            except attachments.UnreadableAttachment:
                notes.add("attachments")

    def _read_xml(self) -> Iterator[bytes]:
        if self._archive and self._xml:
            yield from self._archive.read(self._xml)
            return
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def _find_xml(self, archive: Archive) -> Member:
        """The member that holds the health data. Its name depends on the phone's language, so its content decides."""
        candidates = [member for member in archive.members if _may_be_export(member.name)]
        if any(member.name.lower().endswith("export_cda.xml") for member in archive.members):
            self._notes.add("cda")
        found: list[Member] = []
        refusal: type[ExportRefused] = EmptyFile if any(member.size == 0 for member in candidates) else NoHealthData
        for member in candidates[:_MAX_CANDIDATES]:
            try:
                found += [member] if _holds_health_data(archive, member) else []
            except UnknownEncoding:
                refusal = UnknownEncoding
        if not found:
            raise refusal
        if len(found) > 1:
            self._notes.add("several")
        return max(found, key=lambda member: member.size)


def open_export(source: Source) -> Export:
    """Check an Apple Health export (zip or bare XML; path, bytes or a seekable file) and make it ready to read.

    Raises ExportRefused, whose message tells a person what to do.
    """
    if isinstance(source, str | os.PathLike):
        file: BinaryIO = Path(source).open("rb")  # noqa: SIM115 - the Export closes it
        try:
            return Export(file, close=True)
        except BaseException:
            file.close()
            raise
    return Export(BytesIO(source) if isinstance(source, bytes) else source, close=False)


def _may_be_export(name: str) -> bool:
    parts = name.lower().split("/")
    junk = "__macosx" in parts or parts[-1].startswith(".")
    return parts[-1].endswith(".xml") and parts[-1] != "export_cda.xml" and not junk


def _holds_health_data(archive: Archive, member: Member) -> bool:
    seen = b""
    for piece in as_utf8(archive.read(member)):
        seen += piece
        if len(seen) > _PEEK:
            break
    return b"<HealthData" in seen


def _refuse_other_formats(start: bytes) -> None:
    if not start.strip():
        raise EmptyFile
    if b"<" not in start[:16]:
        raise NotAnExport


def _refuse_nothing(rows: int, notes: Notes) -> None:
    if rows == 0:
        raise Unreadable if "truncated" in notes or "skipped" in notes else NoRecords
