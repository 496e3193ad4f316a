"""Opening a person's health data, by an administrator who says why."""

from typing import Annotated

from fastapi import Form

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import inspections as actions
from salus.kernel.actor import Role
from salus.web.doors import CurrentContext, Page, Pages

pages = Pages()
pages.menu("Health data", "/inspections", roles={Role.ADMINISTRATOR}, place=70)


@pages.public("/inspections")
def ask_why(ctx: CurrentContext) -> Page:
    return Page("health_data/inspect.html", opened=[])


@pages.post("/inspections", operation=actions.open_health_data, again=ask_why, limit="20/hour")
def open_health_data(ctx: CurrentContext, wish: Annotated[schemas.Inspection, Form()]) -> Page:
    opened = actions.open_health_data(ctx, wish.person_id, reason=wish.reason)
    return Page("health_data/inspect.html", opened=opened)
