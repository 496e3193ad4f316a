"""Equal spans of bytes get equal codes, so that each distinct text is decoded once: the fast way, compiled by numba."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from salus.formats.apple_health.jit import compiled
from salus.formats.apple_health.tokens import Bytes, Ints


@compiled
def _word(buf, i):
    """Eight bytes as one number; LLVM makes a single load of it."""
    at, word = np.uint64(i), np.uint64(0)
    for k in range(8):
        word |= np.uint64(buf[at + np.uint64(k)]) << np.uint64(8 * k)
    return word


@compiled
def _same(buf, start, size, other, other_end):
    if other_end - other != size:
        return False
    k = 0
    while k + 8 <= size:
        if _word(buf, start + k) != _word(buf, other + k):
            return False
        k += 8
    while k < size:
        if buf[start + k] != buf[other + k]:
            return False
        k += 1
    return True


@compiled
def _hash(buf, start, size):
    mixed = np.uint64(size) + np.uint64(0x9E3779B97F4A7C15)
    k = 0
    while k + 8 <= size:
        mixed = (mixed ^ _word(buf, start + k)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        k += 8
    while k < size:
        mixed = (mixed ^ np.uint64(buf[start + k])) * np.uint64(0x100000001B3)
        k += 1
    return mixed ^ (mixed >> np.uint64(32))


@compiled
def _intern(buf, starts, ends, slots, codes, firsts):
    """Give equal spans equal codes; firsts[code] is the first row with that span. Absent spans get code -1."""
    mask = len(slots) - 1
    found = 0
    previous = -1
    for row in range(len(starts)):
        start, size = starts[row], ends[row] - starts[row]
        if start < 0:
            codes[row] = -1
            continue
        if previous >= 0 and _same(buf, start, size, starts[previous], ends[previous]):
            codes[row] = codes[previous]
            continue
        previous = row
        at = np.int64(_hash(buf, start, size) & np.uint64(mask))
        while slots[at] >= 0 and not _same(buf, start, size, starts[firsts[slots[at]]], ends[firsts[slots[at]]]):
            at = (at + 1) & mask
        if slots[at] < 0:
            slots[at] = found
            firsts[found] = row
            found += 1
        codes[row] = slots[at]
    return found


def intern(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """(code of each span, first row of each code): equal bytes get equal codes, absent spans -1."""
    size = 1 << max(4, int(len(starts) * 2 - 1).bit_length())
    codes, firsts = np.empty(len(starts), np.int32), np.empty(len(starts), np.int32)
    found = _intern(buffer, starts, ends, np.full(size, -1, np.int32), codes, firsts)
    return codes, firsts[:found]
