"""What administrators decide about keeping and erasing, and the register they answer for."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.privacy.actions import erasures as erasure_actions
from salus.shared.privacy.actions import processing as processing_actions
from salus.shared.privacy.actions import retention as retention_actions
from salus.shared.privacy.pages.doors import pages
from salus.shared.privacy.queries import erasures, processing, retention
from salus.shared.privacy.rules.retention import kinds
from salus.shared.privacy.schemas import MEDIA_TYPES, ActivityWrite, ErasureFor, ExportQuery, HoldWrite, RuleWrite
from salus.web.doors import CurrentContext, Page, download, go

pages.menu("Privacy", "/privacy", roles={Role.ADMINISTRATOR}, place=75)


@pages.get("/privacy", operation=erasures.erasures)
def overview(ctx: CurrentContext) -> Page:
    return Page("privacy/erasures.html", erasures=erasures.erasures(ctx))


@pages.post("/privacy/erasures", operation=erasure_actions.ask_for_somebody, again=overview)
def ask_for_somebody(ctx: CurrentContext, form: Annotated[ErasureFor, Form()]) -> Response:
    erasure_actions.ask_for_somebody(ctx, form.person_id)
    return go("/privacy", said="The person is told, and has fourteen days to take it back.")


@pages.post("/privacy/erasures/{erasure_id}/carry-out", operation=erasure_actions.carry_out_now)
def carry_out_now(ctx: CurrentContext, erasure_id: UUID) -> Response:
    erasure_actions.carry_out_now(ctx, erasures.erasure(ctx, erasure_id))
    return go("/privacy", said="It is being carried out.")


@pages.get("/privacy/retention", operation=retention.preview)
def keeping(ctx: CurrentContext) -> Page:
    return Page(
        "privacy/retention.html",
        previews=retention.preview(ctx),
        rules=retention.rules_in_force(ctx),
        runs=retention.runs(ctx),
        kinds=[(kind.code, kind.words) for kind in kinds()],
    )


@pages.post("/privacy/retention", operation=retention_actions.set_rule, again=keeping)
def set_rule(ctx: CurrentContext, form: Annotated[RuleWrite, Form()]) -> Response:
    retention_actions.set_rule(ctx, code=form.kind, keep_days=form.keep_days, source=form.source, country=form.country)
    return go("/privacy/retention", said="The rule holds from now on.")


@pages.post("/privacy/retention/{rule_id}/retire", operation=retention_actions.retire_rule)
def retire_rule(ctx: CurrentContext, rule_id: UUID) -> Response:
    retention_actions.retire_rule(ctx, retention.rule(ctx, rule_id))
    return go("/privacy/retention", said="The rule holds no longer.")


@pages.get("/privacy/holds", operation=retention.holds)
def holds(ctx: CurrentContext) -> Page:
    return Page("privacy/holds.html", holds=retention.holds(ctx))


@pages.post("/privacy/holds", operation=retention_actions.put_on_hold, again=holds)
def put_on_hold(ctx: CurrentContext, form: Annotated[HoldWrite, Form()]) -> Response:
    retention_actions.put_on_hold(ctx, form.subject_id, reason=form.reason, until=form.until)
    return go("/privacy/holds", said="Nothing of theirs is deleted from now on.")


@pages.post("/privacy/holds/{hold_id}/lift", operation=retention_actions.lift_hold)
def lift_hold(ctx: CurrentContext, hold_id: UUID) -> Response:
    retention_actions.lift_hold(ctx, retention.hold(ctx, hold_id))
    return go("/privacy/holds", said="The hold is lifted.")


@pages.get("/privacy/register", operation=processing.activities)
def register(ctx: CurrentContext) -> Page:
    return Page("privacy/register.html", activities=processing.activities(ctx))


@pages.get("/privacy/register/export", operation=processing.export_register)
def export_register(ctx: CurrentContext, asked: Annotated[ExportQuery, Query()]) -> Response:
    content = processing.export_register(ctx, asked.form)
    return download(content.encode(), name=f"register.{asked.form}", media_type=MEDIA_TYPES[asked.form])


@pages.get("/privacy/register/{code}", operation=processing.activity)
def activity(ctx: CurrentContext, code: str) -> Page:
    return Page("privacy/activity.html", activity=processing.activity(ctx, code))


@pages.post("/privacy/register/{code}", operation=processing_actions.describe_activity, again=activity)
def describe_activity(ctx: CurrentContext, code: str, form: Annotated[ActivityWrite, Form()]) -> Response:
    processing_actions.describe_activity(ctx, code, form)
    return go("/privacy/register", said="The register says it in your words now.")
