"""Rules are kept and tuned; events are raised, announced and acknowledged."""

from dataclasses import asdict
from datetime import timedelta
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.messages import actions as messages
from salus.shared.people import sessions
from salus.shared.records.queries import ALARMING_LAG_S, sealing_lag
from salus.shared.security.models.events import (
    Acknowledgement,
    Alert,
    DetectionRule,
    HourCount,
    OfficeHours,
    Response,
    SecurityEvent,
    Severity,
)
from salus.shared.security.queries.dashboard import hours_to_count
from salus.shared.security.queries.detection import is_raised
from salus.shared.security.rules import detection
from salus.shared.security.rules.defaults import DEFAULTS
from salus.shared.security.rules.detection import Sign
from salus.shared.security.rules.refusals import (
    AlreadyAcknowledged,
    AlreadyRaised,
    GraveIsNeverSilent,
    NothingLate,
    NothingToCount,
    UnknownTimeZone,
)
from salus.shared.security.schemas.events import OfficeHoursWrite, Tuning

ALERTED_AT_MOST_EVERY = timedelta(hours=1)
GRAVE = frozenset({Severity.HIGH, Severity.CRITICAL})


@action(roles={Role.SYSTEM})
def keep_rules(ctx: Context) -> None:
    """Give the tenant the rules it lacks, and those it has the words and operations of this version of Salus.

    Numbers that were tuned stay.
    """
    kept = {known.code: known for known in ctx.db.scalars(select(DetectionRule))}
    for default in DEFAULTS:
        rule = kept.get(default.code)
        if rule is None:
            ctx.db.add(DetectionRule(code=default.code, **default.looks_at(), **default.numbers()))
        else:
            for name, value in default.looks_at().items():
                setattr(rule, name, value)
    ctx.tell(rules=len(DEFAULTS))


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def tune_rule(ctx: Context, rule: DetectionRule, tuning: Tuning) -> DetectionRule:
    """Change the numbers of a rule, or switch it off. Raises GraveIsNeverSilent."""
    if tuning.severity in GRAVE and tuning.response == Response.EVENT:
        raise GraveIsNeverSilent
    ctx.lock(rule)
    had_hours = rule.quiet_from is not None
    for name, value in tuning.model_dump().items():
        # A rule that looks at all hours stays one, and the other way round: that is not a number.
        if name not in {"quiet_from", "quiet_until"} or (had_hours and tuning.quiet_from and tuning.quiet_until):
            setattr(rule, name, value)
    ctx.tell(code=rule.code, enabled=rule.enabled)
    return rule


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def set_office_hours(ctx: Context, hours: OfficeHoursWrite) -> OfficeHours:
    """Say on which clock and days the tenant works. Raises UnknownTimeZone."""
    if hours.time_zone not in available_timezones():
        raise UnknownTimeZone
    kept = ctx.db.scalars(select(OfficeHours)).one_or_none() or OfficeHours()
    kept.time_zone, kept.work_days = hours.time_zone, sorted(set(hours.work_days))
    ctx.db.add(kept)
    return kept


@action(roles={Role.SYSTEM})
def raise_event(ctx: Context, rule: DetectionRule, sign: Sign) -> SecurityEvent:
    """Keep that a rule was met. Raises AlreadyRaised if the burst it is part of has an event.

    The rule is locked first: of two workers who see the same, one is told that it is known.
    """
    ctx.lock(rule)
    window = timedelta(seconds=rule.window_s)
    if is_raised(ctx, rule, sign):
        raise AlreadyRaised
    event = SecurityEvent(
        rule_id=rule.id,
        grouped_by=rule.grouped_by,
        threshold=rule.threshold,
        severity=rule.severity,
        response=rule.response,
        window_started_at=detection.window_start(sign.last_at, window),
        key=sign.key,
        counted=sign.counted,
        first_at=sign.first_at,
        last_at=sign.last_at,
        first_record_id=sign.first_record_id,
        last_record_id=sign.last_record_id,
        correlation_ids=sign.correlation_ids,
    )
    ctx.db.add(event)
    ctx.tell(subject=event, code=rule.code, severity=rule.severity, counted=sign.counted)
    return event


@action(roles={Role.SYSTEM})
def keep_counts(ctx: Context) -> None:
    """Count the hours that are over, for the dashboard. Raises NothingToCount."""
    hours = hours_to_count(ctx)
    if not hours:
        raise NothingToCount
    rows = [{"id": new_id(), **asdict(hour)} for hour in hours]
    ctx.db.execute(insert(HourCount).on_conflict_do_nothing(index_elements=["tenant_id", "hour"]), rows)
    ctx.tell(hours=len(rows))


@action(roles={Role.SYSTEM})
def note_sealing_lag(ctx: Context) -> None:
    """Keep on record that records wait too long to be sealed. Raises NothingLate if they do not."""
    lag_s = sealing_lag(ctx)
    if lag_s <= ALARMING_LAG_S:
        raise NothingLate
    ctx.tell(lag_s=int(lag_s))


@action(roles=WITHIN)
def alert(ctx: Context, event: SecurityEvent) -> None:
    """Tell all administrators of an event, unless they were told of this rule and key in this clock hour."""
    hour = detection.window_start(ctx.now, ALERTED_AT_MOST_EVERY)
    new = insert(Alert).values(id=new_id(), event_id=event.id, rule_id=event.rule_id, key=event.key, hour=hour)
    first = new.on_conflict_do_nothing(index_elements=["tenant_id", "rule_id", "key", "hour"]).returning(Alert.id)
    ctx.tell(subject=event, severity=event.severity)
    if ctx.db.execute(first).first() is None:
        return
    title = ctx.get(DetectionRule, event.rule_id).title
    for administrator_id in sessions.administrators(ctx):
        messages.notify(ctx, administrator_id, "security/alert", link=f"/security/events/{event.id}", title=title)


@action(roles={Role.ADMINISTRATOR})
def acknowledge(ctx: Context, event: SecurityEvent, *, note: str) -> Acknowledgement:
    """Say that one looked at an event, and what it was. Raises AlreadyAcknowledged."""
    ctx.lock(ctx.get(DetectionRule, event.rule_id))
    if ctx.db.scalar(select(Acknowledgement.id).where(Acknowledgement.event_id == event.id)):
        raise AlreadyAcknowledged
    seen = Acknowledgement(event_id=event.id, acknowledged_by=ctx.actor.person_id, note=note.strip())
    ctx.db.add(seen)
    ctx.tell(subject=event)
    return seen
