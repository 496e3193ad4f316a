"""When calendars are open."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Hours, Resource
from salus.shared.calendar.rules.agenda import Taken
from salus.shared.calendar.rules.clocks import stretch
from salus.shared.calendar.rules.hours import line
from salus.shared.calendar.rules.words import in_words, weekdays
from salus.shared.calendar.schemas import ExtraForm, HolidaysWrite, LineForm, StretchForm, WeeklyForm
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Hours and places", "/hours", roles={Role.DOCTOR}, place=25, also=("/places",))


@pages.get("/hours", operation=queries.resources)
def overview(ctx: CurrentContext) -> Page:
    return Page(
        "calendar/places.html",
        calendars=queries.resources(ctx),
        locations=queries.locations(ctx),
        mine=queries.my_calendar(ctx),
    )


@pages.post("/hours", operation=actions.open_calendar)
def open_calendar(ctx: CurrentContext) -> Response:
    return go(_of(actions.open_calendar(ctx)), said="Your calendar is open. Say when you see people.")


@pages.get("/hours/{calendar_id}", operation=queries.hours)
def hours(ctx: CurrentContext, calendar_id: UUID) -> Page:
    resource = queries.resource(ctx, calendar_id)
    home = queries.home(ctx, resource)
    return Page(
        "calendar/hours.html",
        resource=resource,
        hours=queries.hours(ctx, resource),
        in_words=in_words,
        special=queries.special_hours(ctx, resource),
        locations={one.id: one for one in queries.all_locations(ctx)},
        open_places=[(one.id, one.name) for one in queries.locations(ctx)],
        zone=str(queries.clock_of(ctx, resource)),
        holidays=queries.coming_holidays(ctx, home) if home else {},
        today=ctx.now.astimezone(queries.clock_of(ctx, resource)).date(),
    )


@pages.post("/hours/{calendar_id}/weekly", operation=actions.add_hours, again=hours)
def add_hours(ctx: CurrentContext, calendar_id: UUID, form: Annotated[WeeklyForm, Form()]) -> Response:
    resource, location = queries.resource(ctx, calendar_id), queries.location(ctx, form.location_id)
    actions.add_hours(ctx, resource, location, form.written())
    return go(_of(resource), said="The hours are added.")


@pages.get("/hours/lines/{hours_id}", operation=queries.one_of_hours)
def hours_line(ctx: CurrentContext, hours_id: UUID) -> Page:
    return line_again(ctx, hours_id)


def line_again(ctx: Context, hours_id: UUID, form: LineForm | None = None) -> Page:
    """The page with the form; once that was sent, with what is booked and would lie outside."""
    found = queries.one_of_hours(ctx, hours_id)
    resource = queries.resource(ctx, found.resource_id)
    return Page(
        "calendar/line.html",
        hours=found,
        resource=resource,
        weekdays=weekdays(found),
        in_words=in_words(found),
        open_places=[(one.id, one.name) for one in queries.locations(ctx)],
        zone=str(queries.clock_of(ctx, resource)),
        outside=_outside(ctx, found, form) if form else [],
        within=queries.left_outside(ctx, found),
    )


@pages.post("/hours/lines/{hours_id}", operation=actions.change_hours, again=line_again)
def change_hours(ctx: CurrentContext, hours_id: UUID, form: Annotated[LineForm, Form()]) -> Response:
    found, location = queries.one_of_hours(ctx, hours_id), queries.location(ctx, form.location_id)
    changed = actions.change_hours(ctx, found, location, form.written(), leaving=form.leaving)
    resource = queries.resource(ctx, changed.resource_id)
    return go(_of(resource), said="The hours are changed. What was booked stays booked.")


@pages.post("/hours/lines/{hours_id}/remove", operation=actions.remove_hours)
def remove_hours(ctx: CurrentContext, hours_id: UUID) -> Response:
    found = queries.one_of_hours(ctx, hours_id)
    resource = queries.resource(ctx, found.resource_id)
    actions.remove_hours(ctx, found)
    return go(_of(resource), said="The hours are removed. What was booked in them stays booked.")


@pages.post("/hours/{calendar_id}/closures", operation=actions.close, again=hours)
def close(ctx: CurrentContext, calendar_id: UUID, form: Annotated[StretchForm, Form()]) -> Response:
    resource = queries.resource(ctx, calendar_id)
    last = form.last_day or form.first_day
    during = stretch(form.first_day, last, form.starts, form.ends, queries.clock_of(ctx, resource))
    actions.close(ctx, resource, during, note=form.note)
    return go(_of(resource), said="It is closed then. What was booked stays booked: please look at those days.")


@pages.post("/hours/{calendar_id}/extra", operation=actions.open_extra, again=hours)
def open_extra(ctx: CurrentContext, calendar_id: UUID, form: Annotated[ExtraForm, Form()]) -> Response:
    resource, location = queries.resource(ctx, calendar_id), queries.location(ctx, form.place_id)
    during = stretch(form.day, form.day, form.opens, form.closes, location.clock)
    actions.open_extra(ctx, resource, location, during)
    return go(_of(resource), said="It is open then.")


@pages.post("/hours/special/{special_hours_id}/remove", operation=actions.remove_special_hours)
def remove_special_hours(ctx: CurrentContext, special_hours_id: UUID) -> Response:
    found = queries.one_of_special_hours(ctx, special_hours_id)
    resource = queries.resource(ctx, found.resource_id)
    actions.remove_special_hours(ctx, found)
    return go(_of(resource), said="It goes by the usual hours again.")


@pages.post("/hours/{calendar_id}/holidays", operation=actions.keep_holidays)
def keep_holidays(ctx: CurrentContext, calendar_id: UUID, form: Annotated[HolidaysWrite, Form()]) -> Response:
    resource = actions.keep_holidays(ctx, queries.resource(ctx, calendar_id), on=form.on)
    return go(_of(resource), said="Closed on public holidays." if form.on else "Open on public holidays.")


def _outside(ctx: Context, hours: Hours, form: LineForm) -> list[Taken]:
    with suppress(Refusal):  # what is wrong with the hours is said at their fields
        location = queries.location(ctx, form.location_id)
        return queries.left_outside(ctx, hours, line(hours.resource_id, location, **form.written().model_dump()))
    return []


def _of(resource: Resource) -> str:
    return f"/hours/{resource.id}"
