"""Incidents: how they stand, what was decided, and which clocks run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.records.queries.names import people_named
from salus.shared.security.models.incidents import (
    TRANSITIONS,
    AffectedPerson,
    Incident,
    IncidentClock,
    IncidentScope,
    IncidentState,
    IncidentStep,
)
from salus.shared.security.rules import clocks as rules
from salus.shared.security.rules.clocks import ClockState

SHOWN = 100
OVER = (IncidentState.DISMISSED, IncidentState.CLOSED)


@dataclass(frozen=True)
class RunningClock:
    """A clock of an incident, as it stands at one moment."""

    id: UUID
    incident_id: UUID
    code: str
    title: str
    source: str
    applies: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    because: str | None
    state: ClockState
    percent: int
    remaining: str


@dataclass(frozen=True)
class Story:
    """An incident with all that was said, decided and asked about it."""

    incident: Incident
    clocks: list[RunningClock]
    steps: Sequence[IncidentStep]
    scopes: Sequence[IncidentScope]
    names: dict[UUID, str]
    affected: int
    notified: int
    """Of the people affected, those who were told, or of whom nobody knows any more where to write to."""

    @property
    def words(self) -> str:
        words: str = self.incident.words
        return words

    @property
    def next_states(self) -> tuple[IncidentState, ...]:
        return TRANSITIONS[IncidentState(self.incident.state)]


@query(roles={Role.ADMINISTRATOR})
def incidents(ctx: Context, *, is_open: bool = False) -> Sequence[Incident]:
    """The newest hundred incidents; only those that are not over."""
    wanted = select(Incident).order_by(Incident.created_at.desc(), Incident.id.desc()).limit(SHOWN)
    if is_open:
        wanted = wanted.where(Incident.state.not_in(OVER))
    return ctx.db.scalars(wanted).all()


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def incident(ctx: Context, incident_id: UUID) -> Incident:
    """One incident."""
    return ctx.get(Incident, incident_id)


@query(roles={Role.ADMINISTRATOR})
def story(ctx: Context, incident_id: UUID) -> Story:
    """An incident with its clocks, its history and the questions that were put to the records."""
    found = ctx.get(Incident, incident_id)
    taken = select(IncidentStep).where(IncidentStep.incident_id == found.id).order_by(IncidentStep.id)
    asked = select(IncidentScope).where(IncidentScope.incident_id == found.id).order_by(IncidentScope.id)
    steps = ctx.db.scalars(taken).all()
    affected, notified = _told(ctx, found)
    return Story(
        incident=found,
        clocks=_clocks(ctx, [found]),
        steps=steps,
        scopes=ctx.db.scalars(asked).all(),
        names=people_named(ctx, [found.opened_by, *(step.taken_by for step in steps)]),
        affected=affected,
        notified=notified,
    )


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def clocks(ctx: Context, several: Sequence[Incident]) -> list[RunningClock]:
    """All clocks of these incidents, the first due first."""
    return _clocks(ctx, several)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def clock(ctx: Context, incident_id: UUID, clock_id: UUID) -> IncidentClock:
    """One clock of an incident."""
    found = ctx.get(IncidentClock, clock_id)
    if found.incident_id != incident_id:
        raise NotFound
    return found


@query(roles={Role.SYSTEM})
def clocks_to_remind_of(ctx: Context) -> list[tuple[UUID, UUID]]:
    """Ids of incident and clock, of each clock whose next reminder is due."""
    unsettled = IncidentClock.met_at.is_(None) & IncidentClock.excused_at.is_(None)
    wanted = (
        select(IncidentClock)
        .join(Incident, Incident.id == IncidentClock.incident_id)
        .where(unsettled, Incident.state != IncidentState.DISMISSED, IncidentClock.reminded_percent < 100)
    )
    return [
        (found.incident_id, found.id)
        for found in ctx.db.scalars(wanted)
        if rules.reminder_due(rules.percent_gone(found.started_at, found.due_at, ctx.now), found.reminded_percent)
    ]


@query(roles={Role.PERSON})
def what_happened(ctx: Context, incident_id: UUID) -> Incident:
    """An incident that touched the actor's data, with what they were told of it. To anyone else it does not exist."""
    mine = select(AffectedPerson.id).where(
        AffectedPerson.incident_id == incident_id,
        AffectedPerson.person_id == ctx.actor.person_id,
        AffectedPerson.notified_at.is_not(None),
    )
    if ctx.db.scalar(mine) is None:
        raise NotFound
    return ctx.get(Incident, incident_id)


def _told(ctx: Context, found: Incident) -> tuple[int, int]:
    is_done = AffectedPerson.notified_at.is_not(None) | AffectedPerson.unreachable
    counted = select(func.count(), func.count().filter(is_done)).where(AffectedPerson.incident_id == found.id)
    affected, notified = ctx.db.execute(counted).one()
    return affected, notified


def _clocks(ctx: Context, several: Sequence[Incident]) -> list[RunningClock]:
    dismissed = {one.id: one.state == IncidentState.DISMISSED for one in several}
    wanted = select(IncidentClock).where(IncidentClock.incident_id.in_(dismissed))
    found = ctx.db.scalars(wanted.order_by(IncidentClock.due_at, IncidentClock.code)).all()
    return [_running(ctx, one, is_dismissed=dismissed[one.incident_id]) for one in found]


def _running(ctx: Context, kept: IncidentClock, *, is_dismissed: bool) -> RunningClock:
    law = rules.BY_CODE.get(kept.code)
    return RunningClock(
        id=kept.id,
        incident_id=kept.incident_id,
        code=kept.code,
        title=law.title if law else kept.code,
        source=law.source if law else "",
        applies=law.applies if law else "",
        started_at=kept.started_at,
        due_at=kept.due_at,
        met_at=kept.met_at,
        because=kept.because,
        state=rules.state_of(
            due_at=kept.due_at, met_at=kept.met_at, excused_at=kept.excused_at, is_dismissed=is_dismissed, now=ctx.now
        ),
        percent=rules.percent_gone(kept.started_at, kept.due_at, ctx.now),
        remaining=rules.remaining(kept.due_at, ctx.now),
    )
