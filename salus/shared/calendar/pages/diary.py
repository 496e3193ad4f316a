"""The day and the week of a calendar, for those who keep it."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Resource
from salus.shared.calendar.rules.clocks import stretch
from salus.shared.calendar.schemas import BlockForm, DiaryQuery
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Calendar", "/calendar", roles={Role.DOCTOR}, place=15)


@pages.get("/calendar", operation=queries.my_calendar)
def day(ctx: CurrentContext, asked: Annotated[DiaryQuery, Query()]) -> Page:
    return _diary(ctx, asked.calendar_id, asked.day, whole_week=False)


@pages.get("/calendar/week", operation=queries.my_calendar)
def week(ctx: CurrentContext, asked: Annotated[DiaryQuery, Query()]) -> Page:
    return _diary(ctx, asked.calendar_id, asked.day, whole_week=True)


def day_again(ctx: CurrentContext, calendar_id: UUID) -> Page:
    return _diary(ctx, calendar_id, None, whole_week=False)


@pages.post("/calendar/{calendar_id}/blocks", operation=actions.block, again=day_again)
def block(ctx: CurrentContext, calendar_id: UUID, form: Annotated[BlockForm, Form()]) -> Response:
    resource = queries.resource(ctx, calendar_id)
    during = stretch(form.day, form.day, form.starts, form.ends, queries.clock_of(ctx, resource))
    actions.block(ctx, resource, during, note=form.note)
    return go(_address(resource, form.day), said="The time is blocked. Nobody can book it.")


@pages.post("/calendar/blocks/{block_id}/remove", operation=actions.unblock)
def unblock(ctx: CurrentContext, block_id: UUID) -> Response:
    blocked = queries.blocked_time(ctx, block_id)
    resource = queries.resource(ctx, blocked.resource_id)
    actions.unblock(ctx, blocked)
    return go(_address(resource, None), said="The time is free again.")


def _diary(ctx: Context, calendar_id: UUID | None, wanted: date | None, *, whole_week: bool) -> Page:
    mine = queries.my_calendar(ctx)
    resource = queries.resource(ctx, calendar_id) if calendar_id else mine
    if resource is None:
        return Page("calendar/not_yet.html")
    agenda = queries.agenda(ctx, resource, wanted, whole_week=whole_week)
    first, step = agenda.days[0].day, timedelta(days=7 if whole_week else 1)
    return Page(
        "calendar/week.html" if whole_week else "calendar/day.html",
        agenda=agenda,
        resource=resource,
        calendars=queries.resources(ctx),
        previous=first - step,
        following=first + step,
        day=wanted or first,
    )


def _address(resource: Resource, day: date | None) -> str:
    return f"/calendar?calendar_id={resource.id}" + (f"&day={day.isoformat()}" if day else "")
