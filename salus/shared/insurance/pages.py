"""Where patients say how they are insured and ask what is covered, and where administrators name the insurers."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.insurance import actions, gateways, queries, reactions
from salus.shared.insurance.rules import SERVICES
from salus.shared.insurance.schemas import CheckWrite, CoverageWrite, InsurerWrite
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Insurance", "/insurance", roles={Role.PATIENT}, place=50)
pages.menu("Insurers", "/insurers", roles={Role.ADMINISTRATOR}, place=86)


@pages.get("/insurance", operation=queries.insured)
def insurance(ctx: CurrentContext) -> Page:
    choices = [(str(insurer.id), insurer.name) for insurer in queries.insurers_in_use(ctx)]
    return Page("insurance/insurance.html", insured=queries.insured(ctx), choices=choices)


@pages.post("/insurance", operation=actions.add_coverage, again=insurance)
def add_coverage(ctx: CurrentContext, form: Annotated[CoverageWrite, Form()]) -> Response:
    added = actions.add_coverage(ctx, form)
    return go(f"/insurance/{added.id}", said="Your insurance is added. You can now ask what it covers.")


@pages.get("/insurance/{coverage_id}", operation=queries.insured_by)
def coverage(ctx: CurrentContext, coverage_id: UUID) -> Page:
    return Page(
        "insurance/coverage.html",
        mine=queries.insured_by(ctx, coverage_id),
        services=SERVICES,
        now=ctx.now,
    )


@pages.post("/insurance/{coverage_id}/checks", operation=actions.ask, again=coverage, long=True)
def check(ctx: CurrentContext, coverage_id: UUID, form: Annotated[CheckWrite, Form()]) -> Response:
    answer = reactions.check(ctx, coverage_id, service=form.service, on_day=form.on_day)
    return go(f"/insurance/{coverage_id}", said=answer.eligibility.words)


@pages.post("/insurance/{coverage_id}/remove", operation=actions.remove_coverage)
def remove_coverage(ctx: CurrentContext, coverage_id: UUID) -> Response:
    actions.remove_coverage(ctx, queries.coverage(ctx, coverage_id))
    return go("/insurance", said="Your insurance is removed. Nothing more is asked with it.")


@pages.get("/insurers", operation=queries.all_insurers)
def insurers(ctx: CurrentContext) -> Page:
    return Page("insurance/insurers.html", insurers=queries.all_insurers(ctx))


@pages.get("/insurers/new", operation=queries.all_insurers)
def new_insurer(ctx: CurrentContext) -> Page:
    queries.all_insurers(ctx)
    return Page("insurance/insurer.html", insurer=None)


@pages.post("/insurers", operation=actions.add_insurer, again=new_insurer, long=True)
def add_insurer(ctx: CurrentContext, form: Annotated[InsurerWrite, Form()]) -> Response:
    gateways.insist_on_reachable(form.endpoint)
    with ctx.again() as own:
        actions.add_insurer(own, form)
    return go("/insurers", said="The insurer is added. Patients can choose it now.")


@pages.get("/insurers/{insurer_id}", operation=queries.insurer)
def insurer(ctx: CurrentContext, insurer_id: UUID) -> Page:
    return Page("insurance/insurer.html", insurer=queries.insurer(ctx, insurer_id))


@pages.post("/insurers/{insurer_id}", operation=actions.change_insurer, again=insurer, long=True)
def change_insurer(ctx: CurrentContext, insurer_id: UUID, form: Annotated[InsurerWrite, Form()]) -> Response:
    with ctx.again() as own:
        queries.insurer(own, insurer_id)
    gateways.insist_on_reachable(form.endpoint)
    with ctx.again() as own:
        actions.change_insurer(own, queries.insurer(own, insurer_id), form)
    return go("/insurers", said="The insurer is described anew.")


@pages.post("/insurers/{insurer_id}/retire", operation=actions.retire_insurer)
def retire_insurer(ctx: CurrentContext, insurer_id: UUID) -> Response:
    actions.retire_insurer(ctx, queries.insurer(ctx, insurer_id))
    return go("/insurers", said="This insurer is asked nothing more.")
