"""How whole the log is, and the proof of one record."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from salus.formats.checkpoint import LogProof
from salus.formats.transparency import Frontier
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.records import rules
from salus.shared.records.gateways import publisher

SHOWN = 20
ALARMING_LAG_S = 60.0

# The first record that waits, in the order of sealing, and not the oldest of all: an index finds it at once.
WAITING = """
WITH sealed AS (
    SELECT c.last_transaction, l.id
    FROM checkpoints c JOIN leaves l ON l.tenant_id = c.tenant_id AND l.index = c.size - 1
    ORDER BY c.size DESC LIMIT 1
)
SELECT extract(epoch FROM clock_timestamp() - r.created_at)::float8 AS lag_s
FROM records r
WHERE (r.transaction, r.id) > (coalesce((SELECT last_transaction FROM sealed), '0'::xid8),
                               coalesce((SELECT id FROM sealed), '00000000-0000-0000-0000-000000000000'::uuid))
ORDER BY r.transaction, r.id LIMIT 1
"""

VERIFIED = """
SELECT created_at, (facts->>'is_whole')::boolean AS is_whole, (facts->>'size')::bigint AS size
FROM records
WHERE operation = ANY('{records.verify,records.note_verification}') AND outcome = 'done'
ORDER BY created_at DESC LIMIT 1
"""

BATCH = """
SELECT leaf_hash FROM leaves
WHERE index >= %(begin)s AND index < %(end)s ORDER BY index
"""

ENTRY = f"SELECT r.actor_id, {rules.ENTRY_SQL} AS entry FROM records r WHERE r.id = %(id)s"  # noqa: S608

PROVEN_BY = "SELECT size, peaks, note FROM checkpoints WHERE size > %(index)s ORDER BY size LIMIT 1"
BEFORE = "SELECT size, peaks FROM checkpoints WHERE size <= %(index)s ORDER BY size DESC LIMIT 1"


class NotYetSealed(NotFound):
    message = "This record is so new that it is not sealed yet. Please try again in a minute."


@dataclass(frozen=True)
class Head:
    """One checkpoint."""

    size: int
    root: str
    """In base64, as the signed note spells it."""
    note: str
    created_at: datetime


@dataclass(frozen=True)
class Checked:
    """What the last verification found."""

    created_at: datetime
    is_whole: bool
    size: int


@dataclass(frozen=True)
class Log:
    """The state of the log: its newest checkpoints first, what waits for the sealer, and how to check it."""

    heads: list[Head]
    lag_s: float
    key: str | None
    """The public key that checkpoints are signed with, as it is published; None before the first."""
    last_checked: Checked | None

    @property
    def size(self) -> int:
        return self.heads[0].size if self.heads else 0

    @property
    def is_late(self) -> bool:
        return self.lag_s > ALARMING_LAG_S


@dataclass(frozen=True)
class Proof:
    """All that an outsider needs to see that a record was sealed, and is as it was."""

    entry: str
    """The record in canonical JSON: what was hashed, byte for byte."""
    text: str
    """Its place in the log, in the format C2SP tlog-proof@v1."""
    key: str


@query(roles={Role.ADMINISTRATOR})
def log(ctx: Context) -> Log:
    """How long the log is, what it was last signed as, and how far it is behind."""
    heads = ctx.rows(
        "SELECT size, root, note, created_at FROM checkpoints ORDER BY size DESC LIMIT %(most)s", {"most": SHOWN}
    )
    key = publisher(ctx.tenant_id).key()
    return Log(
        heads=[Head(**{**head, "root": b64encode(head["root"]).decode()}) for head in heads],
        lag_s=sealing_lag(ctx),
        key=str(key) if key else None,
        last_checked=last_checked(ctx),
    )


@query(roles=WITHIN)
def last_checked(ctx: Context) -> Checked | None:
    """What the last verification found."""
    checked = ctx.rows(VERIFIED)
    return Checked(**checked[0]) if checked else None


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def sealing_lag(ctx: Context) -> float:
    """For how many seconds the first record that is not sealed has been waiting; 0 if none is."""
    waiting = ctx.rows(WAITING)
    return max(0.0, waiting[0]["lag_s"]) if waiting else 0.0


@query(roles={Role.ADMINISTRATOR, Role.PERSON})
def proof(ctx: Context, record_id: UUID) -> Proof:
    """The proof that a record is in the log: for administrators, and for whoever did what it tells of.

    Not for whom it is about, because the record as it was hashed holds the network of whoever looked.
    """
    found = ctx.rows(ENTRY, {"id": record_id})
    if not found or not (ctx.actor.has(Role.ADMINISTRATOR) or found[0]["actor_id"] == ctx.actor.id):
        raise NotFound
    key = publisher(ctx.tenant_id).key()
    places = ctx.rows("SELECT index FROM leaves WHERE id = %(id)s", {"id": record_id})
    if not places or key is None:
        raise NotYetSealed
    return Proof(found[0]["entry"], str(_log_proof(ctx, places[0]["index"])), str(key))


def _log_proof(ctx: Context, index: int) -> LogProof:
    """The proof under the first checkpoint that counts the leaf, for which its own batch is all that must be read."""
    heads = ctx.rows(PROVEN_BY, {"index": index})
    if not heads:
        raise NotYetSealed
    earlier: list[dict[str, Any]] = ctx.rows(BEFORE, {"index": index})
    before = Frontier.stored(earlier[0]["size"], earlier[0]["peaks"]) if earlier else Frontier()
    batch = ctx.rows(BATCH, {"begin": before.size, "end": heads[0]["size"]})
    path = rules.path(index, before, [leaf["leaf_hash"] for leaf in batch])
    return LogProof(index, path, heads[0]["note"])
