"""From a stream of bytes to tokens: in pieces, with the fast tokeniser or the exact one, and never by lines.

Why two: expat in Python reads about 40 MB/s, the scanner 800, and an export can have 4 GB. A person's computer has no
compiler, so the scanner is Python that numba compiles. It never cuts a chunk by guess: it stops behind a whole child
of the root, and the next chunk begins there. A line-based reader would be simpler, and wrong: attributes may spread
over lines, a comment may hold a record, a file may be one line.
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module

import numpy as np

from salus.formats.apple_health.notes import Notes
from salus.formats.apple_health.prolog import MAX_PROLOG_BYTES, Prolog, read_prolog
from salus.formats.apple_health.refusals import EmptyFile, EntryTooLarge, NoHealthData, TooDamaged
from salus.formats.apple_health.tokens import Bytes, Ints, Status, Tokenise, Tokens

CHUNK_BYTES = 4 << 20
MAX_ELEMENT_BYTES = 64 << 20
"""A workout of iOS 10 holds its whole route inside: a day of running is about 20 MB."""
SMALL_FILE_BYTES = 32 << 20
"""Below this the exact tokeniser finishes sooner than the fast one is loaded (1.5 s) or, once, compiled (4 s)."""
MAX_DAMAGED = 10_000
"""So many damaged entries are not an accident, and reading around each of them takes time."""

_WINDOW = 1 << 16  # The second tokeniser looks at one element, which is seldom longer.

_CHILD_OR_END = re.compile(
    rb"<(?:Record|Correlation|Workout|ActivitySummary|ClinicalRecord|Audiogram|VisionPrescription)[\s>]"
    rb"|</HealthData\s*>"
)
_ROOT_END = b"</HealthData"
# Imported when needed: numba alone takes a second, and a small file never asks for it.
_EXACT = "salus.formats.apple_health.expat"
_FAST = "salus.formats.apple_health.scanner"
_INTERN = {_EXACT: _EXACT, _FAST: "salus.formats.apple_health.interning"}

Intern = Callable[[Bytes, Ints, Ints], tuple[Ints, Ints]]


class XmlReader:
    """Reads the children of `<HealthData>`. What no tokeniser understands is skipped, counted and noted."""

    def __init__(self, pieces: Iterator[bytes], size: int, notes: Notes) -> None:
        self._pieces = pieces
        self._notes = notes
        self._first, self._second = (_EXACT, _FAST) if size <= SMALL_FILE_BYTES else (_FAST, _EXACT)
        self._text = b""
        self._at_end = False
        self._damaged = 0
        self.prolog: Prolog | None = None
        self.consumed = 0

    @property
    def intern(self) -> Intern:
        """The function that belongs to the first tokeniser."""
        found: Intern = import_module(_INTERN[self._first]).intern
        return found

    def tokens(self) -> Iterator[Tokens]:
        """Everything in the file, in order, a few megabytes at a time."""
        finished = complete = self._read_prolog().empty
        while not finished:
            self._fill()
            buffer, position, wants_more = np.frombuffer(self._text, np.uint8), 0, False
            while not (complete or wants_more):
                tokens, position, status = self._tokenise(buffer, position)
                if len(tokens):
                    yield tokens
                complete, wants_more = status is Status.END, status is Status.MORE
            finished = complete or self._at_end
            self._text = self._text[position:]
            self.consumed += position
        if not complete:
            self._notes.add("truncated")
        for _ in self._pieces:  # The last piece of a zip carries its checksum.
            pass

    def _tokenise(self, buffer: Bytes, position: int) -> tuple[Tokens, int, Status]:
        """Read with the first tokeniser; where it is unsure, one element with the second; then go on behind it."""
        tokens, reached, status = self._ask(self._first, buffer, position, None)
        if status is Status.UNSURE and reached == position:
            tokens, reached, status = self._ask(self._second, buffer[: position + _WINDOW], position, 1)
            if status is Status.MORE and len(buffer) > position + _WINDOW:
                tokens, reached, status = self._ask(self._second, buffer, position, 1)
            if status is Status.UNSURE:
                reached, status = self._skip(position)
        elif status is Status.UNSURE:
            status = Status.FULL
        return tokens, reached, status

    def _ask(self, name: str, buffer: Bytes, position: int, most: int | None) -> tuple[Tokens, int, Status]:
        tokenise: Tokenise = import_module(name).tokenise
        tokens, reached, status = tokenise(buffer, position, most)
        if status is Status.TOO_LARGE:
            raise EntryTooLarge
        if status is Status.END and not self._text.startswith(_ROOT_END, reached):
            status = Status.UNSURE
        return tokens, reached, status

    def _skip(self, position: int) -> tuple[int, Status]:
        """The place of the next element that could be a child of the root, behind the damage at `position`."""
        child = _CHILD_OR_END.search(self._text, self._text.find(b"<", position) + 1)
        if child:
            self._damaged += 1
            self._notes.add("skipped")
            if self._damaged > MAX_DAMAGED:
                raise TooDamaged
            return child.start(), Status.FULL
        return position, Status.MORE

    def _read_prolog(self) -> Prolog:
        while self.prolog is None:
            size = len(self._text)
            self._fill()
            if not self._text:
                raise EmptyFile
            self.prolog = read_prolog(self._text)
            if self.prolog is None and (len(self._text) == size or len(self._text) > MAX_PROLOG_BYTES + CHUNK_BYTES):
                raise NoHealthData
        self._text = self._text[self.prolog.length :]
        self.consumed = self.prolog.length
        return self.prolog

    def _fill(self) -> None:
        """Add a chunk, or as much as is already waiting: an element that spans chunks is then scanned few times."""
        if len(self._text) > MAX_ELEMENT_BYTES:
            raise EntryTooLarge
        parts, wanted = [self._text], max(CHUNK_BYTES, len(self._text))
        while wanted > 0:
            piece = next(self._pieces, None)
            if piece is None:
                self._at_end = True
                break
            parts.append(piece)
            wanted -= len(piece)
        self._text = b"".join(parts)
