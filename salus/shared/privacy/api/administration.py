"""Keeping, erasing and the register, as an API for administrators."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from salus.shared.privacy.actions import erasures as erasure_actions
from salus.shared.privacy.actions import processing as processing_actions
from salus.shared.privacy.actions import retention as retention_actions
from salus.shared.privacy.models import Activity, Erasure, LegalHold, RetentionRule, RetentionRun
from salus.shared.privacy.queries import erasures, processing, retention
from salus.shared.privacy.queries.processing import Described
from salus.shared.privacy.schemas import (
    MEDIA_TYPES,
    ActivityRead,
    ActivityWrite,
    ErasureFor,
    ErasureRead,
    ExportQuery,
    HoldRead,
    HoldWrite,
    PeriodRead,
    PreviewRead,
    RuleRead,
    RuleWrite,
    RunRead,
)
from salus.web.doors import Api, CurrentContext, download

api = Api("/privacy")


@api.get("/erasures", operation=erasures.erasures, answer=list[ErasureRead])
def all_erasures(ctx: CurrentContext) -> Sequence[Erasure]:
    return erasures.erasures(ctx)


@api.post("/erasures", operation=erasure_actions.ask_for_somebody, answer=ErasureRead, status=201)
def ask_for_somebody(ctx: CurrentContext, asked: ErasureFor) -> Erasure:
    return erasure_actions.ask_for_somebody(ctx, asked.person_id)


@api.get("/erasures/{erasure_id}", operation=erasures.erasure, answer=ErasureRead)
def erasure(ctx: CurrentContext, erasure_id: UUID) -> Erasure:
    return erasures.erasure(ctx, erasure_id)


@api.post("/erasures/{erasure_id}/carrying-out", operation=erasure_actions.carry_out_now, answer=ErasureRead)
def carry_out_now(ctx: CurrentContext, erasure_id: UUID) -> Erasure:
    return erasure_actions.carry_out_now(ctx, erasures.erasure(ctx, erasure_id))


@api.get("/retention", operation=retention.periods, answer=list[PeriodRead])
def periods(ctx: CurrentContext) -> list[PeriodRead]:
    return [PeriodRead.of(period) for period in retention.periods(ctx)]


@api.get("/retention/preview", operation=retention.preview, answer=list[PreviewRead])
def preview(ctx: CurrentContext) -> list[PreviewRead]:
    return [PreviewRead.of(one) for one in retention.preview(ctx)]


@api.get("/retention/runs", operation=retention.runs, answer=list[RunRead])
def runs(ctx: CurrentContext) -> Sequence[RetentionRun]:
    return retention.runs(ctx)


@api.get("/retention/rules", operation=retention.rules_in_force, answer=list[RuleRead])
def rules(ctx: CurrentContext) -> Sequence[RetentionRule]:
    return retention.rules_in_force(ctx)


@api.post("/retention/rules", operation=retention_actions.set_rule, answer=RuleRead, status=201)
def set_rule(ctx: CurrentContext, rule: RuleWrite) -> RetentionRule:
    return retention_actions.set_rule(
        ctx, code=rule.kind, keep_days=rule.keep_days, source=rule.source, country=rule.country
    )


@api.post("/retention/rules/{rule_id}/retirement", operation=retention_actions.retire_rule, answer=RuleRead)
def retire_rule(ctx: CurrentContext, rule_id: UUID) -> RetentionRule:
    return retention_actions.retire_rule(ctx, retention.rule(ctx, rule_id))


@api.get("/holds", operation=retention.holds, answer=list[HoldRead])
def holds(ctx: CurrentContext) -> Sequence[LegalHold]:
    return retention.holds(ctx)


@api.post("/holds", operation=retention_actions.put_on_hold, answer=HoldRead, status=201)
def put_on_hold(ctx: CurrentContext, hold: HoldWrite) -> LegalHold:
    return retention_actions.put_on_hold(ctx, hold.subject_id, reason=hold.reason, until=hold.until)


@api.post("/holds/{hold_id}/lifting", operation=retention_actions.lift_hold, answer=HoldRead)
def lift_hold(ctx: CurrentContext, hold_id: UUID) -> LegalHold:
    return retention_actions.lift_hold(ctx, retention.hold(ctx, hold_id))


@api.get("/register", operation=processing.activities, answer=list[ActivityRead])
def register(ctx: CurrentContext) -> list[Described]:
    return processing.activities(ctx)


@api.get("/register/export", operation=processing.export_register, produces="*/*")
def export_register(ctx: CurrentContext, asked: Annotated[ExportQuery, Query()]) -> Response:
    content = processing.export_register(ctx, asked.form)
    return download(content.encode(), name=f"register.{asked.form}", media_type=MEDIA_TYPES[asked.form])


@api.put("/register/{code}", operation=processing_actions.describe_activity, answer=ActivityRead)
def describe_activity(ctx: CurrentContext, code: str, words: ActivityWrite) -> Activity:
    return processing_actions.describe_activity(ctx, code, words)
