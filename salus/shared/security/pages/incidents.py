"""Incidents, as administrators lead them from the first word to the end; and what the people affected read."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.security.actions import affected as affected_actions
from salus.shared.security.actions import clocks as clock_actions
from salus.shared.security.actions import incidents as actions
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Category
from salus.shared.security.queries import affected as affected_queries
from salus.shared.security.queries import incidents as queries
from salus.shared.security.schemas.incidents import Assessment, Declaration, Excuse, Scope, Step, Told
from salus.web.doors import CurrentContext, Page, Pages, download, go

pages = Pages()


@pages.get("/security/incidents", operation=queries.incidents)
def incidents(ctx: CurrentContext) -> Page:
    found = queries.incidents(ctx)
    return Page(
        "security/incidents.html",
        incidents=found,
        clocks=queries.clocks(ctx, found),
        categories=list(Category),
        severities=list(Severity),
    )


@pages.post("/security/incidents", operation=actions.declare, again=incidents)
def declare(ctx: CurrentContext, declared: Annotated[Declaration, Form()]) -> Response:
    opened = actions.declare(ctx, declared)
    return go(f"/security/incidents/{opened.id}", said="The incident is opened, and its clocks run.")


@pages.get("/security/incidents/{incident_id}", operation=queries.story)
def incident(ctx: CurrentContext, incident_id: UUID) -> Page:
    story = queries.story(ctx, incident_id)
    return Page(
        "security/incident.html",
        story=story,
        affected=affected_queries.affected(ctx, story.incident),
        categories=list(Category),
        severities=list(Severity),
    )


@pages.get("/security/incidents/{incident_id}/progress", operation=queries.story)
def progress(ctx: CurrentContext, incident_id: UUID) -> Page:
    return Page("security/progress.html", story=queries.story(ctx, incident_id))


@pages.post("/security/incidents/{incident_id}/assessment", operation=actions.assess, again=incident)
def assess(ctx: CurrentContext, incident_id: UUID, found: Annotated[Assessment, Form()]) -> Response:
    actions.assess(ctx, queries.incident(ctx, incident_id), **found.model_dump())
    return go(f"/security/incidents/{incident_id}", said="The assessment is kept.")


@pages.post("/security/incidents/{incident_id}/steps", operation=actions.advance, again=incident)
def advance(ctx: CurrentContext, incident_id: UUID, step: Annotated[Step, Form()]) -> Response:
    actions.advance(ctx, queries.incident(ctx, incident_id), **step.model_dump())
    return go(f"/security/incidents/{incident_id}", said=f"The incident is {step.state}.")


@pages.post(
    "/security/incidents/{incident_id}/clocks/{clock_id}/met", operation=clock_actions.meet_clock, again=incident
)
def meet_clock(ctx: CurrentContext, incident_id: UUID, clock_id: UUID) -> Response:
    clock_actions.meet_clock(ctx, queries.clock(ctx, incident_id, clock_id))
    return go(f"/security/incidents/{incident_id}", said="It is noted that this was done.")


@pages.post(
    "/security/incidents/{incident_id}/clocks/{clock_id}/excused", operation=clock_actions.excuse_clock, again=incident
)
def excuse_clock(ctx: CurrentContext, incident_id: UUID, clock_id: UUID, excuse: Annotated[Excuse, Form()]) -> Response:
    clock_actions.excuse_clock(ctx, queries.clock(ctx, incident_id, clock_id), because=excuse.because)
    return go(f"/security/incidents/{incident_id}", said="It is noted that this does not apply.")


@pages.post("/security/incidents/{incident_id}/affected", operation=affected_actions.list_affected, again=incident)
def list_affected(ctx: CurrentContext, incident_id: UUID, scope: Annotated[Scope, Form()]) -> Response:
    asked = affected_actions.list_affected(ctx, queries.incident(ctx, incident_id), scope)
    return go(f"/security/incidents/{incident_id}", said=f"{asked.found} found, {asked.added} added to the list.")


@pages.get("/security/incidents/{incident_id}/affected.csv", operation=affected_queries.export_people)
def export_people(ctx: CurrentContext, incident_id: UUID) -> Response:
    content = affected_queries.export_people(ctx, queries.incident(ctx, incident_id))
    return download(content.encode(), name=f"affected-{incident_id}.csv", media_type="text/csv")


@pages.post("/security/incidents/{incident_id}/notify", operation=affected_actions.notify_people, again=incident)
def notify_people(ctx: CurrentContext, incident_id: UUID, told: Annotated[Told, Form()]) -> Response:
    affected_actions.notify_people(ctx, queries.incident(ctx, incident_id), told=told.told)
    return go(f"/security/incidents/{incident_id}", said="They are being told.")


@pages.get("/what-happened/{incident_id}", operation=queries.what_happened)
def what_happened(ctx: CurrentContext, incident_id: UUID) -> Page:
    return Page("security/what_happened.html", incident=queries.what_happened(ctx, incident_id))
