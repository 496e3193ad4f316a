"""How safe things are right now, on one page: plain SQL, because it looks at everything."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.people.rules.sessions import NEED_FACTOR
from salus.shared.records.queries import ALARMING_LAG_S as LATE_SEALING_S
from salus.shared.records.queries import sealing_lag
from salus.shared.records.queries.names import people_named
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Incident
from salus.shared.security.queries.detection import ALARMING_LAG_S, watching_lag
from salus.shared.security.queries.events import Events, events
from salus.shared.security.queries.incidents import RunningClock, clocks, incidents
from salus.shared.security.rules.clocks import ClockState
from salus.shared.security.rules.defaults import HEALTH_READS, SIGN_INS
from salus.shared.security.schemas.events import EventsSought

HOURS_SHOWN = 24
DAYS_SHOWN = 7
NEWEST = 8
HOUR = timedelta(hours=1)
SETTLES_WITHIN = timedelta(minutes=10)

COUNTED = """
SELECT date_trunc('hour', r.created_at, 'UTC') AS hour,
    count(*) FILTER (WHERE r.operation = ANY(%(sign_ins)s) AND r.outcome = 'done') AS signed_in,
    count(*) FILTER (WHERE r.operation = ANY(%(sign_ins)s) AND r.outcome = 'refused') AS failed,
    count(*) FILTER (WHERE r.operation <> ALL(%(sign_ins)s) AND r.outcome = 'refused') AS refused,
    count(*) FILTER (WHERE r.operation = ANY(%(reads)s) AND r.outcome <> 'refused'
                     AND r.person_id IS DISTINCT FROM r.actor_id) AS disclosures
FROM records r
WHERE r.created_at >= %(since)s AND r.created_at < %(until)s
GROUP BY 1
"""

KEPT = """
SELECT hour, signed_in, failed, refused, disclosures FROM security_hours WHERE hour >= %(since)s ORDER BY hour
"""

SEVERITIES = """
SELECT severity, count(*) AS events FROM security_events
WHERE created_at >= now() - interval '30 days' GROUP BY severity
"""

ADMINISTRATORS = """
SELECT s.user_id AS person_id, s.device, s.network, s.created_at, s.last_seen_at
FROM sessions s
JOIN memberships m ON m.user_id = s.user_id AND m.role = 'administrator' AND m.ended_at IS NULL
WHERE s.ended_at IS NULL AND s.awaits = 'nothing' AND s.ends_at > %(now)s
  AND s.last_seen_at + make_interval(secs => s.idle_s) > %(now)s
ORDER BY s.last_seen_at DESC
"""

WITHOUT_FACTOR = """
SELECT DISTINCT m.user_id AS person_id, m.role
FROM memberships m
JOIN users u ON u.id = m.user_id AND u.suspended_at IS NULL AND u.verified_at IS NOT NULL
WHERE m.ended_at IS NULL AND m.role = ANY(%(roles)s)
  AND NOT EXISTS (SELECT FROM totps t WHERE t.user_id = m.user_id AND t.confirmed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM security_keys k WHERE k.user_id = m.user_id)
ORDER BY m.role, m.user_id LIMIT 50
"""

SEALED = "SELECT created_at FROM checkpoints ORDER BY size DESC LIMIT 1"


@dataclass(frozen=True)
class Hour:
    """How often people came in, did not, were refused, and saw others' health data, in one hour."""

    hour: datetime
    signed_in: int = 0
    failed: int = 0
    refused: int = 0
    disclosures: int = 0

    @property
    def label(self) -> str:
        return f"{self.hour.astimezone(UTC):%H}:00"


@dataclass(frozen=True)
class Day:
    """How often health data was shown to somebody other than its person."""

    on: date
    disclosures: int


@dataclass(frozen=True)
class Desk:
    """An administrator who is signed in now, and where."""

    person_id: UUID
    device: str
    network: str | None
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Unprotected:
    """Somebody whose role asks for a second factor, and who has none. They set one up at their next sign-in."""

    person_id: UUID
    role: str


@dataclass(frozen=True)
class Dashboard:
    hours: list[Hour]
    days: list[Day]
    severities: list[tuple[Severity, int]]
    """Events of the last thirty days."""
    administrators: list[Desk]
    without_factor: list[Unprotected]
    names: dict[UUID, str]
    sealed_at: datetime | None
    sealing_lag_s: float
    watching_lag_s: float
    incidents: list[tuple[Incident, list[RunningClock]]]
    """Those that are open, each with its clocks that run or are overdue."""
    newest: Events

    @property
    def is_sealing_late(self) -> bool:
        return self.sealing_lag_s > LATE_SEALING_S

    @property
    def is_watch_late(self) -> bool:
        """Whether the watch over the records does not run, or does not keep up."""
        return self.watching_lag_s > ALARMING_LAG_S


@query(roles={Role.ADMINISTRATOR})
def dashboard(ctx: Context) -> Dashboard:
    """How safe things are: who comes in and who is refused, what was found, what runs, and who watches."""
    week = _week(ctx)
    counted = {row["severity"]: row["events"] for row in ctx.rows(SEVERITIES)}
    desks = [Desk(**row) for row in ctx.rows(ADMINISTRATORS, {"now": ctx.now})]
    bare = [Unprotected(**row) for row in ctx.rows(WITHOUT_FACTOR, {"roles": sorted(NEED_FACTOR)})]
    sealed = ctx.rows(SEALED)
    return Dashboard(
        hours=week[-HOURS_SHOWN:],
        days=[
            Day(on, sum(hour.disclosures for hour in hours))
            for on, hours in groupby(week, key=lambda hour: hour.hour.astimezone(UTC).date())
        ],
        severities=[(severity, counted.get(severity, 0)) for severity in Severity],
        administrators=desks,
        without_factor=bare,
        names=people_named(ctx, [*(one.person_id for one in desks), *(one.person_id for one in bare)]),
        sealed_at=sealed[0]["created_at"] if sealed else None,
        sealing_lag_s=sealing_lag(ctx),
        watching_lag_s=watching_lag(ctx),
        incidents=_open_incidents(ctx),
        newest=_newest(ctx),
    )


@query(roles={Role.SYSTEM})
def hours_to_count(ctx: Context) -> list[Hour]:
    """The counts of all hours that are over and were not counted yet, at most those of a week; the oldest first.

    An hour is left alone for its first ten minutes after its end: records may still be committed late.
    """
    until = _whole_hour(ctx.now - SETTLES_WITHIN)
    kept = ctx.rows(KEPT, {"since": _first_hour(ctx)})
    since = kept[-1]["hour"] + HOUR if kept else _first_hour(ctx)
    return _counted(ctx, since, until)


def _whole_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _first_hour(ctx: Context) -> datetime:
    """Midnight of the first day that is shown."""
    return _whole_hour(ctx.now).replace(hour=0) - timedelta(days=DAYS_SHOWN - 1)


def _week(ctx: Context) -> list[Hour]:
    """Every hour of the days that are shown: as it was counted once, the newest counted now."""
    kept = [Hour(**row) for row in ctx.rows(KEPT, {"since": _first_hour(ctx)})]
    since = kept[-1].hour + HOUR if kept else _first_hour(ctx)
    return [*kept, *_counted(ctx, since, _whole_hour(ctx.now) + HOUR)]


def _counted(ctx: Context, since: datetime, until: datetime) -> list[Hour]:
    """From the records. Hours without any are there as well."""
    asked = {"sign_ins": list(SIGN_INS), "reads": list(HEALTH_READS), "since": since, "until": until}
    found = {row["hour"]: Hour(**row) for row in ctx.rows(COUNTED, asked)}
    return [found.get(at, Hour(at)) for at in (since + HOUR * n for n in range((until - since) // HOUR))]


def _open_incidents(ctx: Context) -> list[tuple[Incident, list[RunningClock]]]:
    found = incidents(ctx, is_open=True)
    running = [one for one in clocks(ctx, found) if one.state in (ClockState.RUNNING, ClockState.OVERDUE)]
    return [(one, [clock for clock in running if clock.incident_id == one.id]) for one in found]


def _newest(ctx: Context) -> Events:
    found = events(ctx, EventsSought())
    return Events(found.events[:NEWEST], found.names, found.next)
