"""Opening an incident, and leading it from one state to the next."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.keys import blind_index
from salus.kernel.operations import WITHIN, action
from salus.shared.messages import actions as messages
from salus.shared.people import limits, sessions
from salus.shared.people.limits import Limit
from salus.shared.security.actions.events import alert
from salus.shared.security.models.events import DetectionRule, Response, SecurityEvent, Severity
from salus.shared.security.models.incidents import Category, Incident, IncidentClock, IncidentState, IncidentStep
from salus.shared.security.queries.incidents import OVER
from salus.shared.security.rules.clocks import CLOCKS
from salus.shared.security.rules.incidents import insist_on_step, new_reference
from salus.shared.security.rules.refusals import ClocksStillRun, NotInTheFuture, ReasonNeeded
from salus.shared.security.schemas.incidents import Declaration, Report

REPORTS = Limit("report", account=4, network=10, everyone=300, window=timedelta(hours=1))
CATEGORIES = {"log-damaged": Category.ALTERATION, "mass-reading": Category.DISCLOSURE}
"""Of incidents that rules open; of other rules it is `other` until somebody looked."""


@action(roles={Role.ANYONE})
def report(ctx: Context, told: Report) -> Incident:
    """Report something that may be a security incident. Anybody may, and learns by which reference it is known.

    Whoever gives an address is written to that it arrived. Raises TooManyAttempts.
    """
    place = blind_index(told.address or ctx.origin.network or "unknown")
    limits.count(ctx, REPORTS, place, everywhere=True)
    reporter_id = ctx.actor.id or (new_id() if told.address else None)
    opened = open_incident(
        ctx,
        category=told.category,
        severity=Severity.MEDIUM,
        words=told.words.strip(),
        reporter_id=reporter_id,
        reporter_address=str(told.address) if told.address else None,
    )
    _thank(ctx, opened)
    return opened


@action(roles={Role.ADMINISTRATOR})
def declare(ctx: Context, declared: Declaration) -> Incident:
    """Open an incident. Its clocks count from when the operator became aware. Raises NotInTheFuture."""
    aware_at = _not_in_the_future(ctx, declared.became_aware_at or ctx.now)
    return open_incident(
        ctx,
        category=declared.category,
        severity=declared.severity,
        words=declared.words.strip(),
        became_aware_at=aware_at,
    )


@action(roles={Role.SYSTEM})
def respond(ctx: Context, event: SecurityEvent) -> None:
    """Do what an event asks for: alert the administrators, open an incident.

    Of a rule and key whose incident is still open no other is opened.
    """
    ctx.tell(subject=event)
    if event.response == Response.EVENT:
        return
    alert(ctx, event)
    if event.response == Response.INCIDENT and not _is_being_handled(ctx, event):
        rule = ctx.get(DetectionRule, event.rule_id)
        open_incident(
            ctx,
            category=CATEGORIES.get(rule.code, Category.OTHER),
            severity=event.severity,
            words=f"{rule.title}. {rule.description}",
            event_id=event.id,
        )


@action(roles=WITHIN)
def open_incident(
    ctx: Context,
    *,
    category: Category,
    severity: Severity,
    words: str,
    became_aware_at: datetime | None = None,
    event_id: UUID | None = None,
    reporter_id: UUID | None = None,
    reporter_address: str | None = None,
) -> Incident:
    """Begin an incident, and with it every clock that the law may ask to be kept."""
    opened = Incident(
        reference=new_reference(),
        category=category,
        severity=severity,
        state=IncidentState.REPORTED,
        became_aware_at=became_aware_at or ctx.now,
        words=words,
        event_id=event_id,
        opened_by=ctx.actor.id,
        reporter_id=reporter_id,
        reporter_address=reporter_address,
    )
    ctx.db.add(opened)
    ctx.db.flush()
    for clock in CLOCKS:
        began = opened.became_aware_at
        ctx.db.add(
            IncidentClock(incident_id=opened.id, code=clock.code, started_at=began, due_at=began + clock.allowed)
        )
    ctx.tell(subject=opened, severity=severity, category=category)
    return opened


@action(roles={Role.SYSTEM})
def announce_incident(ctx: Context, opened: Incident) -> None:
    """Tell all administrators that an incident was opened."""
    link = f"/security/incidents/{opened.id}"
    for administrator_id in sessions.administrators(ctx):
        messages.notify(ctx, administrator_id, "security/incident-opened", link=link, reference=opened.reference)


@action(roles={Role.ADMINISTRATOR})
def assess(
    ctx: Context, incident: Incident, *, category: Category, severity: Severity, became_aware_at: datetime
) -> Incident:
    """Say what kind of incident it is and since when it was known. Clocks that nobody met begin anew from there."""
    ctx.lock(incident)
    incident.category, incident.severity = category, severity
    incident.became_aware_at = _not_in_the_future(ctx, became_aware_at)
    for clock in _unsettled(ctx, incident):
        allowed = clock.due_at - clock.started_at
        clock.started_at, clock.due_at = became_aware_at, became_aware_at + allowed
    ctx.tell(subject=incident, severity=severity, category=category)
    return incident


@action(roles={Role.ADMINISTRATOR})
def advance(ctx: Context, incident: Incident, *, state: IncidentState, because: str) -> IncidentStep:
    """Lead an incident to its next state, and say why.

    Raises NotTheNextStep, ReasonNeeded, or ClocksStillRun where one that is to be closed has a clock undecided.
    """
    ctx.lock(incident)
    begin = IncidentState(incident.state)
    insist_on_step(begin, state)
    if not because.strip():
        raise ReasonNeeded
    if state == IncidentState.CLOSED and _unsettled(ctx, incident):
        raise ClocksStillRun
    incident.state = state
    step = IncidentStep(
        incident_id=incident.id,
        from_state=begin,
        to_state=state,
        taken_by=ctx.actor.person_id,
        taken_at=ctx.now,
        because=because.strip(),
    )
    ctx.db.add(step)
    ctx.tell(subject=incident, state=state)
    return step


def _thank(ctx: Context, opened: Incident) -> None:
    """By mail to the address that was given, else to whoever is signed in."""
    template, link, reference = "security/report-arrived", "/report", opened.reference
    if opened.reporter_id is None:
        return
    if ctx.actor.id is not None:
        messages.notify(ctx, ctx.actor.id, template, link=link, reference=reference)
    else:
        messages.reach(ctx, opened.reporter_id, at=opened.reporter_address)
        messages.write_to(ctx, opened.reporter_id, template, link=link, reference=reference)


def _is_being_handled(ctx: Context, event: SecurityEvent) -> bool:
    same = select(Incident.id).join(SecurityEvent, SecurityEvent.id == Incident.event_id)
    of_it = (SecurityEvent.rule_id == event.rule_id) & (SecurityEvent.key == event.key)
    return ctx.db.scalar(same.where(of_it, Incident.state.not_in(OVER)).limit(1)) is not None


def _unsettled(ctx: Context, incident: Incident) -> list[IncidentClock]:
    open_ones = select(IncidentClock).where(
        IncidentClock.incident_id == incident.id,
        IncidentClock.met_at.is_(None),
        IncidentClock.excused_at.is_(None),
    )
    return list(ctx.db.scalars(open_ones.with_for_update()))


def _not_in_the_future(ctx: Context, at: datetime) -> datetime:
    if at > ctx.now:
        raise NotInTheFuture(field="became_aware_at")
    return at
