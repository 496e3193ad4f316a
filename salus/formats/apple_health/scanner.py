"""The fast tokeniser: one pass over bytes, compiled by numba and cached on disk after the first run.

It accepts the XML that Apple writes, in any layout (attributes in any order, over many lines, in either quotes), plus
two faults of real exports: attribute names with spaces (iOS 8) and control characters. Where it is not certain it
says so and stops before the element; it never guesses and never looks at line ends.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# numba infers the types inside compiled functions; annotations there would be promises that nobody checks.
# ruff: noqa: PLR0911, PLR0912, PLR1714, SIM109
# One state machine, written as numba compiles it best: plain comparisons, positional arguments, early returns.

import numpy as np

from salus.formats.apple_health.jit import compiled
from salus.formats.apple_health.tokens import ELEMENTS, MAX_VALUE_BYTES, SLOTS, Bytes, Ints, Status, Tokens

_LESS, _GREATER, _SLASH, _EQUALS, _BANG, _QUESTION = b"<>/=!?"
_DOUBLE, _SINGLE, _DASH, _BRACKET = b"\"'-]"
_NEED_MORE, _UNSURE, _TOO_LARGE = -1, -2, -3
_MAX_DEPTH = 12
_ELEMENTS_PER_CALL = 1 << 16


def _table(words: tuple[str, ...]) -> tuple[Bytes, Ints]:
    lengths = np.array([len(word) for word in words], np.int32)
    table = np.zeros((len(words), int(lengths.max())), np.uint8)
    for row, word in enumerate(words):
        table[row, : len(word)] = np.frombuffer(word.encode(), np.uint8)
    return table, lengths


_SLOT_NAMES, _SLOT_LENGTHS = _table(SLOTS)
_ELEMENT_NAMES, _ELEMENT_LENGTHS = _table(ELEMENTS)


@compiled
def _index(buf, start, end, names, lengths):
    """Which of the names stands at buf[start:end], or the number of names."""
    size, first = end - start, np.uint64(start)
    for row in range(len(lengths)):
        if lengths[row] == size and names[row, 0] == buf[first]:
            k = np.uint64(1)
            while k < np.uint64(size) and buf[first + k] == names[row, k]:
                k += np.uint64(1)
            if k == np.uint64(size):
                return row
    return len(lengths)


@compiled
def _after(buf, i, n, a, b, c):
    """The position after the next three bytes a, b, c."""
    while i + 2 < n:
        if buf[i] == a and buf[i + 1] == b and buf[i + 2] == c:
            return i + 3
        i += 1
    return _NEED_MORE


@compiled
def _skip_markup(buf, i, n):
    """The position after the comment, CDATA section or processing instruction that begins at i."""
    if i + 8 >= n:
        return _NEED_MORE
    if buf[i + 1] == _QUESTION:
        while i + 1 < n:
            if buf[i] == _QUESTION and buf[i + 1] == _GREATER:
                return i + 2
            i += 1
        return _NEED_MORE
    if buf[i + 2] == _DASH and buf[i + 3] == _DASH:
        return _after(buf, i + 4, n, _DASH, _DASH, _GREATER)
    if buf[i + 2] == 91 and buf[i + 3] == 67 and buf[i + 8] == 91:  # <![CDATA[
        return _after(buf, i + 9, n, _BRACKET, _BRACKET, _GREATER)
    return _UNSURE


@compiled
def _name_end(buf, i, n):
    while i < n and buf[i] > 32 and buf[i] != _GREATER and buf[i] != _SLASH and buf[i] != _EQUALS and buf[i] != _LESS:
        i += 1
    return i


@compiled
def _value_end(buf, i, n, quote):
    limit = min(n, i + MAX_VALUE_BYTES)
    # Unsigned, because numba tests every signed index for being negative: this loop sees most bytes of a file.
    at, stop, one = np.uint64(i), np.uint64(limit), np.uint64(1)
    while at < stop:
        byte = buf[at]
        if byte == quote:
            return np.int64(at)
        if byte == _LESS:
            return _UNSURE
        at += one
    return _NEED_MORE if limit == n else _TOO_LARGE


@compiled
def _attribute_name(buf, i, n):
    """(end of the name, position after '='). Names may hold spaces: iOS 8 wrote metadata keys as attribute names."""
    end, at, stop, one = np.uint64(i), np.uint64(i), np.uint64(n), np.uint64(1)
    while at < stop:
        byte = buf[at]
        if byte == _EQUALS:
            return np.int64(end), np.int64(at + one)
        if byte == _GREATER or byte == _LESS or byte == _DOUBLE or byte == _SINGLE:
            return _UNSURE, np.int64(at)
        at += one
        if byte > 32:
            end = at
    return _NEED_MORE, n


@compiled
def _attributes(buf, i, n, row, starts, ends, others, n_others):
    """Read attributes up to the end of the tag: (position after it or a negative reason, others, self-closing)."""
    starts[row, :] = -1
    ends[row, :] = -1
    while True:
        while i < n and buf[i] <= 32:
            i += 1
        if i + 1 >= n:
            return _NEED_MORE, n_others, False
        if buf[i] == _GREATER:
            return i + 1, n_others, False
        if buf[i] == _SLASH:
            return (i + 2 if buf[i + 1] == _GREATER else _UNSURE), n_others, True
        name = i
        name_end, i = _attribute_name(buf, i, n)
        while name_end > 0 and i < n and buf[i] <= 32:
            i += 1
        if name_end < 0 or i >= n:
            return min(name_end, _NEED_MORE), n_others, False
        quote = buf[i]
        if name_end == name or (quote != _DOUBLE and quote != _SINGLE):
            return _UNSURE, n_others, False
        value = i + 1
        i = _value_end(buf, value, n, quote)
        if i < 0:
            return i, n_others, False
        slot = _index(buf, name, name_end, _SLOT_NAMES, _SLOT_LENGTHS)
        if slot < len(_SLOT_LENGTHS):
            if starts[row, slot] >= 0:
                return _UNSURE, n_others, False
            starts[row, slot] = value
            ends[row, slot] = i
        elif n_others < len(others):
            others[n_others, 0] = row
            others[n_others, 1] = name
            others[n_others, 2] = name_end
            others[n_others, 3] = value
            others[n_others, 4] = i
            n_others += 1
        else:
            return _UNSURE, n_others, False
        i += 1


@compiled
def _closes(buf, i, n, start, end):
    """The position after an end tag at i that names buf[start:end]."""
    size = end - start
    if i + 2 + size >= n:
        return _NEED_MORE
    for k in range(size):
        if buf[i + 2 + k] != buf[start + k]:
            return _UNSURE
    i += 2 + size
    while i < n and buf[i] <= 32:
        i += 1
    if i >= n:
        return _NEED_MORE
    return i + 1 if buf[i] == _GREATER else _UNSURE


@compiled
def _scan(buf, i, most, names, kinds, parents, starts, ends, others):
    """Read children of the root from i on: (elements, others, position after the last whole child, status)."""
    n = len(buf)
    stack = np.zeros(_MAX_DEPTH, np.int32)
    depth = row = n_others = children = 0
    done_rows, done_others, done = 0, 0, i
    while True:
        while i < n and buf[i] != _LESS:
            i += 1
        if i + 1 >= n:
            return done_rows, done_others, done, 0
        mark = buf[i + 1]
        if mark == _BANG or mark == _QUESTION:
            i = _skip_markup(buf, i, n)
        elif mark == _SLASH and depth == 0:
            return done_rows, done_others, i, 1
        elif mark == _SLASH:
            open_row = stack[depth - 1]
            i = _closes(buf, i, n, names[open_row, 0], names[open_row, 1])
            depth -= 1
        else:
            if row == len(kinds) or depth == _MAX_DEPTH or n_others + 64 > len(others):
                return done_rows, done_others, done, (2 if depth == _MAX_DEPTH else 3)
            name_end = _name_end(buf, i + 1, n)
            names[row, 0] = i + 1
            names[row, 1] = name_end
            if name_end == i + 1:
                return done_rows, done_others, done, 2
            kinds[row] = _index(buf, i + 1, name_end, _ELEMENT_NAMES, _ELEMENT_LENGTHS)
            parents[row] = stack[depth - 1] if depth else -1
            i, n_others, closed = _attributes(buf, name_end, n, row, starts, ends, others, n_others)
            if not closed:
                stack[depth] = row
                depth += 1
            row += 1
        if i < 0:
            status = 0 if i == _NEED_MORE else (2 if i == _UNSURE else 4)
            return done_rows, done_others, done, status
        if depth == 0:
            if row > done_rows:
                children += 1
            done_rows, done_others, done = row, n_others, i
            if children == most:
                return done_rows, done_others, done, 3


def tokenise(buffer: Bytes, position: int, most: int | None = None) -> tuple[Tokens, int, Status]:
    """See `tokens.Tokenise`."""
    rows = _ELEMENTS_PER_CALL
    names, others = np.empty((rows, 2), np.int32), np.empty((rows * 2, 5), np.int32)
    kinds, parents = np.empty(rows, np.int32), np.empty(rows, np.int32)
    starts, ends = np.empty((rows, len(SLOTS)), np.int32), np.empty((rows, len(SLOTS)), np.int32)
    n, n_others, reached, status = _scan(buffer, position, most or -1, names, kinds, parents, starts, ends, others)
    if status == Status.FULL and n == 0:
        status = Status.UNSURE  # one child of the root overflows the tables: the exact reader has none
    tokens = Tokens(buffer, True, names[:n], kinds[:n], parents[:n], starts[:n], ends[:n], others[:n_others])
    return tokens, reached, Status(status)
