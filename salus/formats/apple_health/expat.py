"""The exact tokeniser: Python's expat, ten times slower than `scanner` and right on everything that is well-formed.

It reads small files (no compiler to wait for), and in large ones the elements of which the scanner is not certain.
"""

from pyexpat import ExpatError, ParserCreate
from typing import Final

import numpy as np

from salus.formats.apple_health.tokens import (
    ELEMENTS,
    MAX_VALUE_BYTES,
    OTHER_ELEMENT,
    SLOTS,
    Bytes,
    Ints,
    Status,
    Tokens,
)

_ROOT: Final = b"<HealthData>"
_SLOT = {name: slot for slot, name in enumerate(SLOTS)}
_KIND = {name: kind for kind, name in enumerate(ELEMENTS)}
_ROWS_PER_CALL = 1 << 16
_MAX_DESCENDANTS = 300_000
"""Elements inside one child of the root: a workout of iOS 10 with a day's route has 100,000."""


class _Enough(Exception):
    """The reader has seen as many children of the root as were asked for, or one that is too large."""


class _Collector:
    """Receives expat's events and writes values into one arena that the tokens point into."""

    def __init__(self, offset: int, most: int | None) -> None:
        self.parser = ParserCreate("utf-8")
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity
        self.offset, self.most = offset, most
        self.arena = bytearray()
        self.rows: list[list[int]] = []
        self.others: list[tuple[int, int, int, int, int]] = []
        self.open: list[int] = []
        self.children = 0
        self.last_child = ""
        self.done = (0, 0, offset)
        self.status = Status.MORE

    def _text(self, value: str) -> tuple[int, int]:
        start = len(self.arena)
        self.arena += value.encode()
        return start, len(self.arena)

    def _entity(self, *_: object) -> None:
        self.status = Status.UNSURE
        raise _Enough

    def _start(self, name: str, attributes: list[str]) -> None:
        if not self.open and not self.rows and name == "HealthData" and self.parser.CurrentByteIndex == 0:
            self.open.append(-1)
            return
        row = len(self.rows)
        if row - self.done[0] > _MAX_DESCENDANTS:
            self.status = Status.TOO_LARGE
            raise _Enough
        spans = [-1] * (2 * len(SLOTS))
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if len(value) > MAX_VALUE_BYTES:
                self.status = Status.TOO_LARGE
                raise _Enough
            slot = _SLOT.get(key)
            if slot is None:
                self.others.append((row, *self._text(key), *self._text(value)))
            else:
                spans[slot], spans[len(SLOTS) + slot] = self._text(value)
        self.rows.append([*self._text(name), _KIND.get(name, OTHER_ELEMENT), self.open[-1], *spans])
        self.open.append(row)

    def _end(self, name: str) -> None:
        at = self.offset + self.parser.CurrentByteIndex - len(_ROOT)
        self.open.pop()
        if not self.open:
            self.status, self.done = Status.END, (len(self.rows), len(self.others), at)
            raise _Enough
        if len(self.open) == 1:
            self.children += 1
            self.done, self.last_child = (len(self.rows), len(self.others), at), name
            if self.children == self.most or len(self.rows) >= _ROWS_PER_CALL:
                self.status = Status.FULL
                raise _Enough

    def tokens(self) -> Tokens:
        n, n_others, _ = self.done
        table = np.array(self.rows[:n], np.int32).reshape(n, 4 + 2 * len(SLOTS))
        others: Ints = np.array(self.others[:n_others], np.int32).reshape(n_others, 5)
        columns = np.ascontiguousarray(table.T)
        starts, ends = columns[4 : 4 + len(SLOTS)].T, columns[4 + len(SLOTS) :].T
        buffer = np.frombuffer(bytes(self.arena), np.uint8)
        return Tokens(buffer, False, table[:, :2], columns[2], columns[3], starts, ends, others)


def tokenise(buffer: Bytes, position: int, most: int | None = None) -> tuple[Tokens, int, Status]:
    """See `tokens.Tokenise`."""
    collector = _Collector(position, most)
    try:
        collector.parser.Parse(_ROOT, False)
        collector.parser.Parse(buffer[position:].tobytes(), False)
    except _Enough:
        pass
    except ExpatError:
        collector.status = Status.UNSURE
    reached = collector.done[2]
    if reached > position and collector.status != Status.END:
        reached = _after_end_tag(buffer, reached, collector.last_child)
    return collector.tokens(), reached, collector.status


def _after_end_tag(buffer: Bytes, position: int, name: str) -> int:
    """Where the element ends: expat reports an end tag at its '<', but the end of an empty element after its '/>'."""
    tag = f"</{name}".encode()
    if buffer[position : position + len(tag)].tobytes() != tag:
        return position
    return position + buffer[position : position + 4096].tobytes().index(b">") + 1


def intern(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """(code of each span, first row of each code): equal bytes get equal codes, absent spans -1."""
    text = buffer.tobytes()
    codes = np.empty(len(starts), np.int32)
    firsts: list[int] = []
    known: dict[bytes, int] = {}
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if start < 0:
            codes[row] = -1
            continue
        code = known.setdefault(text[start:end], len(known))
        if code == len(firsts):
            firsts.append(row)
        codes[row] = code
    return codes, np.array(firsts, np.int32)
