"""How a record becomes a leaf of the log, and how its place there is proven."""

import json
from collections.abc import Sequence

from salus.formats.transparency import Frontier, leaf_hash, node_hash

FORM = "salus/record@1"
"""Name of the form below. Another form gets another name, and old leaves keep theirs."""

MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

ENTRY = {
    "id": "{}::text",
    "tenant_id": "{}::text",
    "created_at": MOMENT,
    "operation": "{}",
    "outcome": "{}",
    "actor_id": "{}::text",
    "actor_roles": "{}",
    "organisation_id": "{}::text",
    "subject_type": "{}",
    "subject_id": "{}::text",
    "person_id": "{}::text",
    "consent_id": "{}::text",
    "purpose": "{}",
    "correlation_id": "{}",
    "channel": "{}",
    "network": "{}",
    "fields": "{}",
    "facts": "{}::text",
    "transaction": "{}::text",
}
"""Every column of a record, and how PostgreSQL writes it down: as text or as a list of texts, never as a number.

Facts are the text of their `jsonb`, which has one spelling: parsed, they could hold numbers that RFC 8785 cannot write,
and one such record would stop the sealing of all that follow.
"""

ENTRY_SQL = ", ".join(form.format(f"r.{column}") for column, form in ENTRY.items())
"""The select list, over `records AS r`, that `entry` takes the values of."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

Value = str | list[str] | None


def entry(values: Sequence[Value]) -> bytes:
    """The canonical JSON (RFC 8785) of one record: what the log holds the hash of.

    The standard encoder writes the same bytes as RFC 8785 where keys are ASCII and nothing is a number, which is so
    here and seven times faster than the library the tests compare it with.
    """
    return _encode(dict(zip(ENTRY, values, strict=True), form=FORM)).encode()


def leaf(values: Sequence[Value]) -> bytes:
    """The leaf hash of one record. Nobody can guess a record from it: the record's id holds 74 random bits."""
    return leaf_hash(entry(values))


def path(index: int, before: Frontier, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The inclusion proof of leaf `index` in the tree of `before` with `leaves` appended; the leaf is one of them.

    The same as `transparency.inclusion_proof`, which reads every leaf of the tree: what lies left of the batch is
    known by its peaks.
    """
    known = _perfect_subtrees(before)

    def root(begin: int, end: int) -> bytes:
        if (begin, end) in known:
            return known[begin, end]
        if end - begin == 1:
            return leaves[begin - before.size]
        middle = _middle(begin, end)
        return node_hash(root(begin, middle), root(middle, end))

    begin, end = 0, before.size + len(leaves)
    steps: list[bytes] = []
    while end - begin > 1:
        middle = _middle(begin, end)
        if index < middle:
            steps.append(root(middle, end))
            end = middle
        else:
            steps.append(root(begin, middle))
            begin = middle
    return tuple(reversed(steps))


def _perfect_subtrees(frontier: Frontier) -> dict[tuple[int, int], bytes]:
    spans: dict[tuple[int, int], bytes] = {}
    begin = 0
    for peak in frontier.peaks:
        width = 1 << (frontier.size - begin).bit_length() - 1
        spans[begin, begin + width] = peak
        begin += width
    return spans


def _middle(begin: int, end: int) -> int:
    return begin + (1 << (end - begin - 1).bit_length() - 1)
