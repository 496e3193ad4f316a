"""What is decided about a legal clock, and reminding of those that run."""

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import sessions
from salus.shared.security.models.incidents import Incident, IncidentClock
from salus.shared.security.rules import clocks as rules
from salus.shared.security.rules.refusals import ClockSettled, NotYetToBeReminded, ReasonNeeded

WORDS = {50: "security/clock-half", 80: "security/clock-near", 100: "security/clock-overdue"}


@action(roles={Role.ADMINISTRATOR})
def meet_clock(ctx: Context, clock: IncidentClock) -> IncidentClock:
    """Say that what the law asks for was done, now. Raises ClockSettled."""
    _insist_on_open(ctx, clock)
    clock.met_at, clock.decided_by = ctx.now, ctx.actor.person_id
    ctx.tell(subject=clock, code=clock.code, late=ctx.now > clock.due_at)
    return clock


@action(roles={Role.ADMINISTRATOR})
def excuse_clock(ctx: Context, clock: IncidentClock, *, because: str) -> IncidentClock:
    """Say why this law asks for nothing here. Raises ClockSettled or ReasonNeeded."""
    _insist_on_open(ctx, clock)
    if not because.strip():
        raise ReasonNeeded
    clock.excused_at, clock.decided_by, clock.because = ctx.now, ctx.actor.person_id, because.strip()
    ctx.tell(subject=clock, code=clock.code)
    return clock


@action(roles={Role.SYSTEM})
def remind(ctx: Context, clock: IncidentClock) -> IncidentClock:
    """Remind all administrators of a clock, once for each of the three reminders. Raises NotYetToBeReminded."""
    _insist_on_open(ctx, clock)
    percent = rules.percent_gone(clock.started_at, clock.due_at, ctx.now)
    owed = rules.reminder_due(percent, clock.reminded_percent)
    if owed is None:
        raise NotYetToBeReminded
    clock.reminded_percent = owed
    incident = ctx.get(Incident, clock.incident_id)
    law = rules.BY_CODE.get(clock.code)
    duty, link = law.title if law else clock.code, f"/security/incidents/{incident.id}"
    for administrator_id in sessions.administrators(ctx):
        messages.notify(ctx, administrator_id, WORDS[owed], link=link, reference=incident.reference, duty=duty)
    ctx.tell(subject=clock, code=clock.code, percent=owed)
    return clock


def _insist_on_open(ctx: Context, clock: IncidentClock) -> None:
    ctx.lock(clock)
    if clock.met_at is not None or clock.excused_at is not None:
        raise ClockSettled
