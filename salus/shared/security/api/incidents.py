"""Incidents as JSON; and where a program reports one for somebody who is not signed in."""

from collections.abc import Sequence
from uuid import UUID

from starlette.responses import Response

from salus.shared.security.actions import affected as affected_actions
from salus.shared.security.actions import clocks as clock_actions
from salus.shared.security.actions import incidents as actions
from salus.shared.security.models.incidents import Incident, IncidentClock, IncidentScope, IncidentStep
from salus.shared.security.queries import affected as affected_queries
from salus.shared.security.queries import incidents as queries
from salus.shared.security.schemas.incidents import (
    AffectedRead,
    Assessment,
    Declaration,
    Excuse,
    IncidentRead,
    Report,
    ReportRead,
    Scope,
    ScopeRead,
    SettledRead,
    Step,
    StepRead,
    StoryRead,
    Told,
    WhatHappenedRead,
)
from salus.web.doors import Api, CurrentContext, download

api = Api("/incidents")


@api.post("/reports", operation=actions.report, answer=ReportRead, status=201, limit="10/hour")
def report(ctx: CurrentContext, told: Report) -> Incident:
    return actions.report(ctx, told)


@api.get("", operation=queries.incidents, answer=list[IncidentRead])
def incidents(ctx: CurrentContext) -> Sequence[Incident]:
    return queries.incidents(ctx)


@api.post("", operation=actions.declare, answer=IncidentRead, status=201)
def declare(ctx: CurrentContext, declared: Declaration) -> Incident:
    return actions.declare(ctx, declared)


@api.get("/{incident_id}", operation=queries.story, answer=StoryRead)
def incident(ctx: CurrentContext, incident_id: UUID) -> queries.Story:
    return queries.story(ctx, incident_id)


@api.put("/{incident_id}/assessment", operation=actions.assess, answer=IncidentRead)
def assess(ctx: CurrentContext, incident_id: UUID, found: Assessment) -> Incident:
    return actions.assess(ctx, queries.incident(ctx, incident_id), **found.model_dump())


@api.post("/{incident_id}/steps", operation=actions.advance, answer=StepRead, status=201)
def advance(ctx: CurrentContext, incident_id: UUID, step: Step) -> IncidentStep:
    return actions.advance(ctx, queries.incident(ctx, incident_id), **step.model_dump())


@api.post("/{incident_id}/clocks/{clock_id}/completion", operation=clock_actions.meet_clock, answer=SettledRead)
def meet_clock(ctx: CurrentContext, incident_id: UUID, clock_id: UUID) -> IncidentClock:
    return clock_actions.meet_clock(ctx, queries.clock(ctx, incident_id, clock_id))


@api.post("/{incident_id}/clocks/{clock_id}/exemption", operation=clock_actions.excuse_clock, answer=SettledRead)
def excuse_clock(ctx: CurrentContext, incident_id: UUID, clock_id: UUID, excuse: Excuse) -> IncidentClock:
    return clock_actions.excuse_clock(ctx, queries.clock(ctx, incident_id, clock_id), because=excuse.because)


@api.post("/{incident_id}/scopes", operation=affected_actions.list_affected, answer=ScopeRead, status=201)
def list_affected(ctx: CurrentContext, incident_id: UUID, scope: Scope) -> IncidentScope:
    return affected_actions.list_affected(ctx, queries.incident(ctx, incident_id), scope)


@api.get("/{incident_id}/affected", operation=affected_queries.affected, answer=AffectedRead)
def affected(ctx: CurrentContext, incident_id: UUID) -> affected_queries.Affected:
    return affected_queries.affected(ctx, queries.incident(ctx, incident_id))


@api.get("/{incident_id}/affected.csv", operation=affected_queries.export_people, produces="text/csv")
def export_people(ctx: CurrentContext, incident_id: UUID) -> Response:
    content = affected_queries.export_people(ctx, queries.incident(ctx, incident_id))
    return download(content.encode(), name=f"affected-{incident_id}.csv", media_type="text/csv")


@api.post("/{incident_id}/notification", operation=affected_actions.notify_people, answer=IncidentRead, status=202)
def notify_people(ctx: CurrentContext, incident_id: UUID, told: Told) -> Incident:
    return affected_actions.notify_people(ctx, queries.incident(ctx, incident_id), told=told.told)


@api.get("/{incident_id}/what-happened", operation=queries.what_happened, answer=WhatHappenedRead)
def what_happened(ctx: CurrentContext, incident_id: UUID) -> Incident:
    return queries.what_happened(ctx, incident_id)
