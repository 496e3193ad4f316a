"""Insurers, coverage and eligibility as JSON."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.insurance import actions, gateways, queries, reactions
from salus.shared.insurance.models import Coverage, Insurer
from salus.shared.insurance.schemas import (
    CheckRead,
    CheckWrite,
    CoverageRead,
    CoverageWrite,
    InsurerName,
    InsurerRead,
    InsurerWrite,
)
from salus.web.doors import Api, CurrentContext

api = Api("", tag="insurance")


@api.get("/insurers", operation=queries.insurers_in_use, answer=list[InsurerName])
def insurers(ctx: CurrentContext) -> Sequence[Insurer]:
    return queries.insurers_in_use(ctx)


@api.get("/insurers/all", operation=queries.all_insurers, answer=list[InsurerRead])
def all_insurers(ctx: CurrentContext) -> Sequence[Insurer]:
    return queries.all_insurers(ctx)


@api.post("/insurers", operation=actions.add_insurer, answer=InsurerRead, status=201, long=True)
def add_insurer(ctx: CurrentContext, described: InsurerWrite) -> Insurer:
    gateways.insist_on_reachable(described.endpoint)
    with ctx.again() as own:
        return actions.add_insurer(own, described)


@api.put("/insurers/{insurer_id}", operation=actions.change_insurer, answer=InsurerRead, long=True)
def change_insurer(ctx: CurrentContext, insurer_id: UUID, described: InsurerWrite) -> Insurer:
    with ctx.again() as own:
        queries.insurer(own, insurer_id)
    gateways.insist_on_reachable(described.endpoint)
    with ctx.again() as own:
        return actions.change_insurer(own, queries.insurer(own, insurer_id), described)


@api.delete("/insurers/{insurer_id}", operation=actions.retire_insurer)
def retire_insurer(ctx: CurrentContext, insurer_id: UUID) -> None:
    actions.retire_insurer(ctx, queries.insurer(ctx, insurer_id))


@api.get("/coverages", operation=queries.coverages, answer=list[CoverageRead])
def coverages(ctx: CurrentContext) -> Sequence[Coverage]:
    return queries.coverages(ctx)


@api.post("/coverages", operation=actions.add_coverage, answer=CoverageRead, status=201)
def add_coverage(ctx: CurrentContext, described: CoverageWrite) -> Coverage:
    return actions.add_coverage(ctx, described)


@api.get("/coverages/{coverage_id}", operation=queries.coverage, answer=CoverageRead)
def coverage(ctx: CurrentContext, coverage_id: UUID) -> Coverage:
    return queries.coverage(ctx, coverage_id)


@api.delete("/coverages/{coverage_id}", operation=actions.remove_coverage)
def remove_coverage(ctx: CurrentContext, coverage_id: UUID) -> None:
    actions.remove_coverage(ctx, queries.coverage(ctx, coverage_id))


@api.post("/coverages/{coverage_id}/checks", operation=actions.ask, answer=CheckRead, status=201, long=True)
def check(ctx: CurrentContext, coverage_id: UUID, asked: CheckWrite) -> CheckRead:
    return reactions.check(ctx, coverage_id, service=asked.service, on_day=asked.on_day)


@api.get("/eligibility-checks", operation=queries.checks, answer=list[CheckRead])
def checks(ctx: CurrentContext) -> list[CheckRead]:
    return queries.checks(ctx)


@api.get("/eligibility-checks/{check_id}", operation=queries.check, answer=CheckRead)
def found_check(ctx: CurrentContext, check_id: UUID) -> CheckRead:
    return queries.check(ctx, check_id)
