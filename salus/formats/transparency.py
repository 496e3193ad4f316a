"""An append-only Merkle tree whose past cannot be changed unseen (RFC 6962, RFC 9162 section 2).

Everything here is pure: the caller keeps the leaf hashes, and a small `Frontier` is all that appending needs.
`salus.formats.checkpoint` signs a root, and writes the proof that a person can keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

HASH_BYTES = 32

LeafAt = Callable[[int], bytes]
"""Answers the leaf hash at an index; for a list of hashes, its `__getitem__`."""


class ProofInvalid(ValueError):
    """A proof does not lead to the root it was presented for."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry. Its prefix keeps a leaf from ever passing as an inner node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree of `size` leaves: all that is needed to append to it and to know its root.

    `peaks` are the roots of the perfect subtrees the leaves fall into, largest first: one for each bit set in
    `size`, so a tree of a million leaves is remembered in at most 20 hashes. Store both fields to go on later.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves does not have {len(self.peaks)} peaks")
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise ValueError("a peak is not a SHA-256 hash")

    @classmethod
    def stored(cls, size: int, peaks: list[bytes]) -> Frontier:
        """The frontier that was kept as its size and `list(frontier.peaks)`."""
        return cls(size, tuple(peaks))

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes, in their order."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            # As in adding one to a binary number: every trailing one that turns zero joins two equal subtrees.
            for _ in range((size & -size).bit_length() - 1):
                right, left = peaks.pop(), peaks.pop()
                peaks.append(node_hash(left, right))
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of all leaves; of an empty tree, the hash of nothing."""
        if not self.peaks:
            return sha256().digest()
        *larger, root = self.peaks
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root


def _subtree_root(leaf_at: LeafAt, begin: int, end: int) -> bytes:
    return Frontier().extend(leaf_at(index) for index in range(begin, end)).root


def _split(size: int) -> int:
    """The largest power of two below `size`: how many leaves hang to the left of the root."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaf_at: LeafAt, index: int, size: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root over the first `size` leaves, lowest first.

    Reads each of the other leaves once. Raises IndexError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"a tree of {size} leaves has no leaf {index}")
    begin, end = 0, size
    path: list[bytes] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_subtree_root(leaf_at, middle, end))
            end = middle
        else:
            path.append(_subtree_root(leaf_at, begin, middle))
            begin = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    """Raise ProofInvalid unless the tree with this root and size holds `leaf` at `index` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofInvalid(f"a tree of {size} leaves has no leaf {index}")
    position, last = index, size - 1
    computed = leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("the inclusion proof is too long")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            # A last node without a sibling rises unhashed to the level where it has one.
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the inclusion proof is too short")
    _require_same(computed, root, "the inclusion proof leads to another root")


def consistency_proof(leaf_at: LeafAt, old_size: int, size: int) -> list[bytes]:
    """The hashes that show the tree of `size` leaves to be the tree of `old_size` leaves with more appended.

    Empty where there is nothing to show: an empty old tree, or two equal sizes. Reads each leaf once.
    """
    if not 0 <= old_size <= size:
        raise IndexError(f"a tree of {size} leaves never had {old_size}")
    if old_size in (0, size):
        return []
    begin, end = 0, size
    path: list[bytes] = []
    while end != old_size:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(_subtree_root(leaf_at, middle, end))
            end = middle
        else:
            path.append(_subtree_root(leaf_at, begin, middle))
            begin = middle
    # The verifier knows the old root already; where the old tree is that whole left part, repeating it says nothing.
    if begin != 0:
        path.append(_subtree_root(leaf_at, begin, end))
    return path[::-1]


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> None:
    """Raise ProofInvalid unless the new tree is the old one with leaves appended (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= size:
        raise ProofInvalid(f"a tree of {size} leaves never had {old_size}")
    if old_size in (0, size):
        if proof:
            raise ProofInvalid("the consistency proof is too long")
        _require_same(old_root, root if old_size else Frontier().root, "the old root is not of this tree")
        return
    _require_joined(old_size, old_root, size, root, proof)


def _require_joined(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> None:
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    # An old tree that is one perfect subtree is its own starting node; otherwise the proof begins with that node.
    path = proof if position else [old_root, *proof]
    if not path:
        raise ProofInvalid("the consistency proof is too short")
    old_computed = computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("the consistency proof is too long")
        if position & 1 or position == last:
            old_computed, computed = node_hash(sibling, old_computed), node_hash(sibling, computed)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the consistency proof is too short")
    _require_same(old_computed, old_root, "the proof leads to another old root")
    _require_same(computed, root, "the proof leads to another new root")


def _require_same(computed: bytes, expected: bytes, otherwise: str) -> None:
    if not compare_digest(computed, expected):
        raise ProofInvalid(otherwise)
