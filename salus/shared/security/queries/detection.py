"""The watch over the records: what is new in them, and which rules it meets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import select

from salus.kernel import progress
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.security.models.events import DetectionRule, OfficeHours, SecurityEvent
from salus.shared.security.rules import detection
from salus.shared.security.rules.defaults import DEFAULTS
from salus.shared.security.rules.detection import Batch, Sign

WATCH = UUID("6f1c1f0e-5d0b-5f3a-9a53-8b7c1f4e2d10")
"""Under this id it is noted up to which transaction the records of a tenant were watched."""
MOST = 10_000
"""Records in one batch."""
ALARMING_LAG_S = 300.0
"""When the dashboard says that nobody watches."""

# As in sealing: a transaction below the oldest one still running has ended. All its records are seen, and none will
# follow, so going by its number misses no record that is committed late, as going by times would.
UNWATCHED = """
WITH batch AS (
    SELECT r.transaction, r.created_at, r.operation FROM records r
    WHERE r.transaction >= %(since)s::xid8 AND r.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY r.transaction, r.id LIMIT %(most)s
)
SELECT count(*) AS records, max(transaction)::text::bigint + 1 AS until, min(created_at) AS first_at,
    max(created_at) AS last_at, array_agg(DISTINCT operation) AS operations
FROM batch
"""

LAG = """
SELECT extract(epoch FROM clock_timestamp() - r.created_at)::float8 AS lag_s
FROM records r WHERE r.transaction >= %(since)s::xid8 ORDER BY r.transaction, r.id LIMIT 1
"""


@dataclass(frozen=True)
class Hours:
    """On which clock and days the tenant works."""

    time_zone: str = "UTC"
    work_days: tuple[int, ...] = (1, 2, 3, 4, 5)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def rules(ctx: Context) -> Sequence[DetectionRule]:
    """All rules of detection, in the order of their names."""
    return ctx.db.scalars(select(DetectionRule).order_by(DetectionRule.title)).all()


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def rule(ctx: Context, rule_id: UUID) -> DetectionRule:
    """One rule of detection."""
    return ctx.get(DetectionRule, rule_id)


@query(roles={Role.SYSTEM})
def outdated_rules(ctx: Context) -> list[str]:
    """Codes of the rules that a tenant lacks, or has from an earlier version of Salus."""
    kept = {known.code: known for known in ctx.db.scalars(select(DetectionRule))}
    return [
        default.code
        for default in DEFAULTS
        if default.code not in kept
        or any(getattr(kept[default.code], name) != value for name, value in default.looks_at().items())
    ]


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def office_hours(ctx: Context) -> Hours:
    """On which clock and days the tenant works."""
    found = ctx.db.scalars(select(OfficeHours)).one_or_none()
    return Hours(found.time_zone, tuple(found.work_days)) if found else Hours()


@query(roles={Role.SYSTEM})
def unwatched(ctx: Context) -> Batch | None:
    """The next records to be watched, at most ten thousand and those of the last one's transaction; None if none are.

    They are of transactions that have ended. One that writes and hangs holds the watch back, as it does the sealing.
    """
    since = progress.of(ctx, WATCH).done
    (found,) = ctx.rows(UNWATCHED, {"since": str(since), "most": MOST})
    if not found["records"]:
        return None
    return Batch(since, **{**found, "operations": frozenset(found["operations"])})


@query(roles={Role.SYSTEM})
def signs(ctx: Context, rule: DetectionRule, batch: Batch) -> list[Sign]:
    """Whom and when this rule is met by, as far as records of this batch have a part in it; the earliest first."""
    hours, window = office_hours(ctx), timedelta(seconds=rule.window_s)
    longest = detection.longest(window)
    found = ctx.rows(
        detection.signs_sql(rule.grouped_by, rule.counts),
        {
            "since": str(batch.since),
            "until": str(batch.until),
            "begins_at": batch.first_at - longest,
            "ends_at": batch.last_at + longest,
            "window": window,
            "longest": longest,
            "threshold": rule.threshold,
            "operations": rule.operations,
            "outcome": rule.outcome,
            "facts": Jsonb(rule.facts),
            "quiet_from": rule.quiet_from,
            "quiet_until": rule.quiet_until,
            "time_zone": hours.time_zone,
            "work_days": list(hours.work_days),
        },
    )
    return [Sign(**row) for row in found]


@query(roles={Role.SYSTEM})
def is_raised(ctx: Context, rule: DetectionRule, sign: Sign) -> bool:
    """Whether there is an event of this burst already."""
    newest = select(SecurityEvent.last_at).where(SecurityEvent.rule_id == rule.id, SecurityEvent.key == sign.key)
    last_at = ctx.db.scalar(newest.order_by(SecurityEvent.last_at.desc()).limit(1))
    return detection.is_same_burst(last_at, sign)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def watching_lag(ctx: Context) -> float:
    """For how many seconds the first record that nobody watched has been waiting; 0 if none is."""
    waiting = ctx.rows(LAG, {"since": str(progress.of(ctx, WATCH).done)})
    return max(0.0, waiting[0]["lag_s"]) if waiting else 0.0
