"""How a rule is asked of the records, and when what it finds is one event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from salus.shared.security.models.events import Counted, GroupedBy

MINUTE = timedelta(minutes=1)
SHOWN_CORRELATIONS = 20

KEYS = {
    GroupedBy.ACTOR: "r.actor_id::text",
    GroupedBy.PERSON: "r.person_id::text",
    GroupedBy.NETWORK: "r.network",
    # Only programs have a channel with an id in it: `key/…` and `client/…`.
    GroupedBy.PROGRAM: "CASE WHEN strpos(r.channel, '/') > 0 THEN r.channel END",
    GroupedBy.TENANT: "'tenant'",
}
COUNTS = {
    Counted.RECORDS: "count(*)",
    Counted.PERSONS: "count(DISTINCT m.person_id) FILTER (WHERE m.person_id IS DISTINCT FROM m.actor_id)",
    Counted.SUBJECTS: "count(DISTINCT m.subject_id)",
}

_MATCHES = """
    (%(operations)s::text[] = '{}' OR r.operation = ANY(%(operations)s))
    AND (%(outcome)s::text IS NULL OR r.outcome = %(outcome)s)
    AND r.facts @> %(facts)s
    AND (%(quiet_from)s::time IS NULL
         OR extract(isodow FROM r.created_at AT TIME ZONE %(time_zone)s) <> ALL(%(work_days)s::int[])
         OR (r.created_at AT TIME ZONE %(time_zone)s)::time >= %(quiet_from)s
         OR (r.created_at AT TIME ZONE %(time_zone)s)::time < %(quiet_until)s)
"""

_SIGNS = """
WITH touched AS (
    SELECT {key} AS key, min(r.created_at) AS first_at, max(r.created_at) AS last_at
    FROM records r
    WHERE r.transaction >= %(since)s::xid8 AND r.transaction < %(until)s::xid8 AND {matches}
    GROUP BY 1 HAVING {key} IS NOT NULL
), matching AS MATERIALIZED (
    SELECT {key} AS key, r.id, r.created_at, r.correlation_id, r.actor_id, r.person_id, r.subject_id
    FROM records r
    WHERE r.created_at >= %(begins_at)s AND r.created_at < %(ends_at)s
      AND r.transaction < %(until)s::xid8 AND {matches} AND {key} IN (SELECT key FROM touched)
), ends AS (
    SELECT DISTINCT m.key, date_trunc('minute', m.created_at) + interval '1 minute' AS at
    FROM matching m JOIN touched t USING (key)
    WHERE m.created_at >= t.first_at AND m.created_at <= t.last_at + %(window)s
)
SELECT e.key, {counted} AS counted, min(m.created_at) AS first_at, max(m.created_at) AS last_at,
    (array_agg(m.id ORDER BY m.created_at, m.id))[1] AS first_record_id,
    (array_agg(m.id ORDER BY m.created_at DESC, m.id DESC))[1] AS last_record_id,
    (array_agg(DISTINCT m.correlation_id))[1:{correlations}] AS correlation_ids
FROM ends e JOIN matching m ON m.key = e.key AND m.created_at < e.at AND m.created_at >= e.at - %(longest)s
GROUP BY e.key, e.at HAVING {counted} >= %(threshold)s
ORDER BY e.at, e.key
"""


@dataclass(frozen=True)
class Batch:
    """Records of transactions that have ended and were not watched yet: `since` <= transaction < `until`."""

    since: int
    until: int
    records: int
    first_at: datetime
    last_at: datetime
    operations: frozenset[str]


@dataclass(frozen=True)
class Sign:
    """A rule was met by one key in one window."""

    key: str
    counted: int
    first_at: datetime
    last_at: datetime
    first_record_id: UUID
    last_record_id: UUID
    correlation_ids: list[str]


def signs_sql(grouped_by: GroupedBy, counts: Counted) -> str:
    """The statement that lays a rule over the records.

    A window ends with every minute in which the key has a record of the batch, or one that a late record of the batch
    may complete; it is the rule's window long and that minute. So whatever happens within the rule's window is found,
    and the answer is the same however the records were cut into batches.
    """
    return _SIGNS.format(
        key=KEYS[grouped_by], counted=COUNTS[counts], matches=_MATCHES, correlations=SHOWN_CORRELATIONS
    )


def is_touched(operations: Iterable[str], batch: Batch) -> bool:
    """Whether a rule that looks at these operations (none: at all) can find anything new."""
    wanted = frozenset(operations)
    return not wanted or not wanted.isdisjoint(batch.operations)


def longest(window: timedelta) -> timedelta:
    return window + MINUTE


def window_start(at: datetime, window: timedelta) -> datetime:
    """The beginning of the stretch of this length, counted from 1970, that `at` lies in."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def is_same_burst(last_at: datetime | None, sign: Sign) -> bool:
    """Whether an event that was raised for this key reaches into the window in which it was met again."""
    return last_at is not None and last_at >= sign.first_at
