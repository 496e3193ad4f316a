"""What the rules found, and the rules themselves, as JSON."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from salus.shared.security.actions import events as actions
from salus.shared.security.models.events import Acknowledgement, DetectionRule, OfficeHours
from salus.shared.security.queries import dashboard as dashboards
from salus.shared.security.queries import detection
from salus.shared.security.queries import events as queries
from salus.shared.security.schemas.events import (
    AcknowledgementRead,
    AcknowledgementWrite,
    DashboardRead,
    EventsRead,
    EventsSought,
    FindingRead,
    OfficeHoursRead,
    OfficeHoursWrite,
    RuleRead,
    Tuning,
)
from salus.web.doors import Api, CurrentContext

api = Api("/security")


@api.get("/dashboard", operation=dashboards.dashboard, answer=DashboardRead)
def dashboard(ctx: CurrentContext) -> dashboards.Dashboard:
    return dashboards.dashboard(ctx)


@api.get("/events", operation=queries.events, answer=EventsRead)
def events(ctx: CurrentContext, sought: Annotated[EventsSought, Query()]) -> queries.Events:
    return queries.events(ctx, sought)


@api.get("/events/{event_id}", operation=queries.finding, answer=FindingRead)
def event(ctx: CurrentContext, event_id: UUID) -> queries.Finding:
    return queries.finding(ctx, event_id)


@api.post("/events/{event_id}/acknowledgement", operation=actions.acknowledge, answer=AcknowledgementRead, status=201)
def acknowledge(ctx: CurrentContext, event_id: UUID, seen: AcknowledgementWrite) -> Acknowledgement:
    return actions.acknowledge(ctx, queries.event(ctx, event_id), note=seen.note)


@api.get("/rules", operation=detection.rules, answer=list[RuleRead])
def rules(ctx: CurrentContext) -> list[DetectionRule]:
    return list(detection.rules(ctx))


@api.get("/rules/{rule_id}", operation=detection.rule, answer=RuleRead)
def rule(ctx: CurrentContext, rule_id: UUID) -> DetectionRule:
    return detection.rule(ctx, rule_id)


@api.put("/rules/{rule_id}", operation=actions.tune_rule, answer=RuleRead)
def tune_rule(ctx: CurrentContext, rule_id: UUID, tuning: Tuning) -> DetectionRule:
    return actions.tune_rule(ctx, detection.rule(ctx, rule_id), tuning)


@api.get("/office-hours", operation=detection.office_hours, answer=OfficeHoursRead)
def office_hours(ctx: CurrentContext) -> detection.Hours:
    return detection.office_hours(ctx)


@api.put("/office-hours", operation=actions.set_office_hours, answer=OfficeHoursRead)
def set_office_hours(ctx: CurrentContext, hours: OfficeHoursWrite) -> OfficeHours:
    return actions.set_office_hours(ctx, hours)
