"""The dashboard, what the rules found, and the rules themselves."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.security.actions import events as actions
from salus.shared.security.queries import dashboard as dashboards
from salus.shared.security.queries import detection
from salus.shared.security.queries import events as queries
from salus.shared.security.schemas.events import AcknowledgementWrite, EventsSought, OfficeHoursWrite, Tuning
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Security", "/security", roles={Role.ADMINISTRATOR}, place=75)


@pages.get("/security", operation=dashboards.dashboard)
def dashboard(ctx: CurrentContext) -> Page:
    return Page("security/dashboard.html", dashboard=dashboards.dashboard(ctx))


@pages.get("/security/events", operation=queries.events)
def events(ctx: CurrentContext, sought: Annotated[EventsSought, Query()]) -> Page:
    filters = sought.model_dump(mode="json", exclude_none=True, exclude={"before"})
    return Page(
        "security/events.html",
        found=queries.events(ctx, sought),
        sought=sought,
        address=urlencode(filters),
        rules=detection.rules(ctx),
    )


@pages.get("/security/events/{event_id}", operation=queries.finding)
def event(ctx: CurrentContext, event_id: UUID) -> Page:
    return Page("security/event.html", finding=queries.finding(ctx, event_id))


@pages.post("/security/events/{event_id}/acknowledge", operation=actions.acknowledge, again=event)
def acknowledge(ctx: CurrentContext, event_id: UUID, seen: Annotated[AcknowledgementWrite, Form()]) -> Response:
    actions.acknowledge(ctx, queries.event(ctx, event_id), note=seen.note)
    return go(f"/security/events/{event_id}", said="Your note is kept.")


@pages.get("/security/rules", operation=detection.rules)
def rules(ctx: CurrentContext) -> Page:
    return Page("security/rules.html", rules=detection.rules(ctx), hours=detection.office_hours(ctx))


@pages.get("/security/rules/{rule_id}", operation=detection.rule)
def rule(ctx: CurrentContext, rule_id: UUID) -> Page:
    return Page("security/rule.html", rule=detection.rule(ctx, rule_id), hours=detection.office_hours(ctx))


@pages.post("/security/rules/{rule_id}", operation=actions.tune_rule, again=rule)
def tune_rule(ctx: CurrentContext, rule_id: UUID, tuning: Annotated[Tuning, Form()]) -> Response:
    actions.tune_rule(ctx, detection.rule(ctx, rule_id), tuning)
    return go("/security/rules", said="The rule is changed.")


@pages.post("/security/office-hours", operation=actions.set_office_hours, again=rules)
def set_office_hours(ctx: CurrentContext, hours: Annotated[OfficeHoursWrite, Form()]) -> Response:
    actions.set_office_hours(ctx, hours)
    return go("/security/rules", said="The office hours are changed.")
