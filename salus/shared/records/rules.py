"""How a record becomes a leaf of the log, how its place there is proven, and how it is told in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from salus.formats.transparency import Frontier, leaf_hash, node_hash
from salus.kernel.actor import Role
from salus.kernel.operations import OPERATIONS

ROLE_WORDS = {
    Role.ADMINISTRATOR: "administrator",
    Role.DOCTOR: "doctor",
    Role.BUYER: "buyer",
    Role.SELLER: "seller",
    Role.PATIENT: "patient",
    Role.SYSTEM: "Salus itself",
    Role.PERSON: "a signed-in person",
}
"""The roles in plain words, the one that opens most doors first."""

FORM = "salus/record@1"
"""Name of the form below. Another form gets another name, and old leaves keep theirs."""

ENTRY = {
    "actor_id": "r.actor_id",
    "actor_roles": "r.actor_roles",
    "channel": "r.channel",
    "consent_id": "r.consent_id",
    "correlation_id": "r.correlation_id",
    "created_at": """to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "facts": "r.facts::text",
    "fields": "r.fields",
    "form": f"'{FORM}'",
    "id": "r.id",
    "network": "r.network",
    "operation": "r.operation",
    "organisation_id": "r.organisation_id",
    "outcome": "r.outcome",
    "person_id": "r.person_id",
    "purpose": "r.purpose",
    "subject_id": "r.subject_id",
    "subject_type": "r.subject_type",
    "tenant_id": "r.tenant_id",
    "transaction": "r.transaction::text",
}
"""Every column of a record in the order of their names, and how each is written: as text or as a list of texts.

Facts are the text of their `jsonb`, which has one spelling. Written out, they could hold numbers that RFC 8785 cannot
write, and one such record would stop the sealing of all that follow.
"""

_COLUMNS = ", ".join(f"{sql} AS {name}" for name, sql in ENTRY.items())
ENTRY_SQL = f"(SELECT row_to_json(e)::text FROM (SELECT {_COLUMNS}) AS e)"  # noqa: S608  (made of constants)
"""The canonical JSON (RFC 8785) of one record, `records AS r`: what the log holds the hash of.

PostgreSQL writes the same bytes as RFC 8785 where keys are ASCII and in order and no value is a number, which is so
here; the library that the tests compare it with takes 60 µs for one.
"""


def leaf(entry: str) -> bytes:
    """The leaf hash of one record. Nobody can guess a record from it: the record's id holds 74 random bits."""
    return leaf_hash(entry.encode())


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


def sentence(operation: str) -> str:
    """What an operation does: the first sentence of what it promises, or its name if it is no longer known."""
    known = OPERATIONS.get(operation)
    first, more, _ = known.promise.partition(". ") if known else ("", "", "")
    return f"{first}{more.strip()}".replace("`", "") or operation


def told(operation: str) -> str:
    """What an operation did to those it concerns, as it goes on after a name: `read a file of yours`."""
    known = OPERATIONS.get(operation)
    return known.told if known and known.told else f"did this: {sentence(operation)}"


def role_words(roles: Iterable[str]) -> str:
    """In which role somebody acted."""
    held = set(roles)
    return next((words for role, words in ROLE_WORDS.items() if role in held), "not signed in")


def actor_name(names: Mapping[UUID, str], actor_id: UUID | None, roles: Iterable[str]) -> str:
    """Who acted: a person by name, else Salus itself or somebody who was not signed in."""
    if actor_id is not None:
        return names[actor_id]
    return "Salus" if Role.SYSTEM in set(roles) else "Somebody who was not signed in"
