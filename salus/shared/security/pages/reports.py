"""Where anybody reports a security problem, signed in or not."""

from typing import Annotated

from fastapi import Form

from salus.shared.security.actions import incidents as actions
from salus.shared.security.models.incidents import Category
from salus.shared.security.schemas.incidents import Report
from salus.web.doors import CurrentContext, Page, Pages

pages = Pages()


@pages.public("/report")
def form(ctx: CurrentContext) -> Page:
    return Page("security/report.html", categories=list(Category), is_signed_in=ctx.actor.is_signed_in)


@pages.post("/report", operation=actions.report, again=form, limit="10/hour")
def report(ctx: CurrentContext, told: Annotated[Report, Form()]) -> Page:
    return Page("security/reported.html", reference=actions.report(ctx, told).reference)
