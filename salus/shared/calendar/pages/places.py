"""Locations, and the rooms and devices in them."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.calendar import actions, queries
from salus.shared.calendar.schemas import LocationForm, ThingForm, ThingWrite
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()


@pages.get("/places/new", operation=queries.locations)
def new_location(ctx: CurrentContext) -> Page:
    return Page("calendar/location.html", location=None, things=[], known=queries.locations(ctx))


@pages.post("/places", operation=actions.add_location, again=new_location)
def add_location(ctx: CurrentContext, form: Annotated[LocationForm, Form()]) -> Response:
    made = actions.add_location(ctx, form.written())
    return go(f"/places/{made.id}", said="The location is added.")


@pages.get("/places/{location_id}", operation=queries.location)
def location(ctx: CurrentContext, location_id: UUID) -> Page:
    found = queries.location(ctx, location_id)
    things = [one for one in queries.resources(ctx) if one.location_id == location_id]
    return Page("calendar/location.html", location=found, things=things, known=[])


@pages.post("/places/{location_id}", operation=actions.change_location, again=location)
def change_location(ctx: CurrentContext, location_id: UUID, form: Annotated[LocationForm, Form()]) -> Response:
    actions.change_location(ctx, queries.location(ctx, location_id), form.written())
    return go(f"/places/{location_id}", said="The location is changed.")


@pages.post("/places/{location_id}/retire", operation=actions.retire_location, again=location)
def retire_location(ctx: CurrentContext, location_id: UUID) -> Response:
    actions.retire_location(ctx, queries.location(ctx, location_id))
    return go("/hours", said="The location is offered no more.")


@pages.post("/places/{location_id}/things", operation=actions.add_thing, again=location)
def add_thing(ctx: CurrentContext, location_id: UUID, form: Annotated[ThingForm, Form()]) -> Response:
    actions.add_thing(ctx, queries.location(ctx, location_id), ThingWrite(kind=form.kind, name=form.thing_name))
    return go(f"/places/{location_id}", said="It is added.")


@pages.post("/places/things/{calendar_id}/retire", operation=actions.retire_thing)
def retire_thing(ctx: CurrentContext, calendar_id: UUID) -> Response:
    thing = actions.retire_thing(ctx, queries.resource(ctx, calendar_id))
    return go(f"/places/{thing.location_id}", said="It is given out no more.")
