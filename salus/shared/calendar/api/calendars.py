"""Places, hours and days as JSON, for those who give appointments."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query

from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Block, Hours, Location, Resource, Span, SpecialHours
from salus.shared.calendar.queries import Agenda
from salus.shared.calendar.rules.agenda import Taken
from salus.shared.calendar.rules.hours import line
from salus.shared.calendar.schemas import (
    AgendaRead,
    BlockRead,
    DayQuery,
    HolidaysWrite,
    HoursChange,
    HoursPlaced,
    HoursRead,
    HoursWrite,
    LocationRead,
    LocationWrite,
    NameWrite,
    OutsideRead,
    ResourceRead,
    SpanWrite,
    SpecialHoursRead,
    ThingWrite,
)
from salus.web.doors import Api, CurrentContext

api = Api("/calendar")


@api.get("/locations", operation=queries.locations, answer=list[LocationRead])
def locations(ctx: CurrentContext) -> Sequence[Location]:
    return queries.locations(ctx)


@api.post("/locations", operation=actions.add_location, answer=LocationRead, status=201)
def add_location(ctx: CurrentContext, new: LocationWrite) -> Location:
    return actions.add_location(ctx, new)


@api.get("/locations/{location_id}", operation=queries.location, answer=LocationRead)
def location(ctx: CurrentContext, location_id: UUID) -> Location:
    return queries.location(ctx, location_id)


@api.put("/locations/{location_id}", operation=actions.change_location, answer=LocationRead)
def change_location(ctx: CurrentContext, location_id: UUID, wanted: LocationWrite) -> Location:
    return actions.change_location(ctx, queries.location(ctx, location_id), wanted)


@api.delete("/locations/{location_id}", operation=actions.retire_location)
def retire_location(ctx: CurrentContext, location_id: UUID) -> None:
    actions.retire_location(ctx, queries.location(ctx, location_id))


@api.post("/locations/{location_id}/things", operation=actions.add_thing, answer=ResourceRead, status=201)
def add_thing(ctx: CurrentContext, location_id: UUID, new: ThingWrite) -> Resource:
    return actions.add_thing(ctx, queries.location(ctx, location_id), new)


@api.get("/calendars", operation=queries.resources, answer=list[ResourceRead])
def calendars(ctx: CurrentContext) -> Sequence[Resource]:
    return queries.resources(ctx)


@api.post("/calendars", operation=actions.open_calendar, answer=ResourceRead, status=201)
def open_calendar(ctx: CurrentContext) -> Resource:
    return actions.open_calendar(ctx)


@api.get("/calendars/{calendar_id}", operation=queries.resource, answer=ResourceRead)
def calendar(ctx: CurrentContext, calendar_id: UUID) -> Resource:
    return queries.resource(ctx, calendar_id)


@api.put("/calendars/{calendar_id}/name", operation=actions.rename_thing, answer=ResourceRead)
def rename_thing(ctx: CurrentContext, calendar_id: UUID, wanted: NameWrite) -> Resource:
    return actions.rename_thing(ctx, queries.resource(ctx, calendar_id), name=wanted.name)


@api.delete("/calendars/{calendar_id}", operation=actions.retire_thing)
def retire_thing(ctx: CurrentContext, calendar_id: UUID) -> None:
    actions.retire_thing(ctx, queries.resource(ctx, calendar_id))


@api.put("/calendars/{calendar_id}/holidays", operation=actions.keep_holidays, answer=ResourceRead)
def keep_holidays(ctx: CurrentContext, calendar_id: UUID, wanted: HolidaysWrite) -> Resource:
    return actions.keep_holidays(ctx, queries.resource(ctx, calendar_id), on=wanted.on)


@api.get("/calendars/{calendar_id}/agenda", operation=queries.agenda, answer=AgendaRead)
def agenda(ctx: CurrentContext, calendar_id: UUID, asked: Annotated[DayQuery, Query()]) -> Agenda:
    return queries.agenda(ctx, queries.resource(ctx, calendar_id), asked.day, whole_week=asked.week)


@api.get("/calendars/{calendar_id}/hours", operation=queries.hours, answer=list[HoursRead])
def hours(ctx: CurrentContext, calendar_id: UUID) -> Sequence[Hours]:
    return queries.hours(ctx, queries.resource(ctx, calendar_id))


@api.post(
    "/calendars/{calendar_id}/locations/{location_id}/hours",
    operation=actions.add_hours,
    answer=HoursRead,
    status=201,
)
def add_hours(ctx: CurrentContext, calendar_id: UUID, location_id: UUID, new: HoursWrite) -> Hours:
    return actions.add_hours(ctx, queries.resource(ctx, calendar_id), queries.location(ctx, location_id), new)


@api.put("/hours/{hours_id}", operation=actions.change_hours, answer=HoursRead)
def change_hours(ctx: CurrentContext, hours_id: UUID, wanted: HoursChange) -> Hours:
    found, location = queries.one_of_hours(ctx, hours_id), queries.location(ctx, wanted.location_id)
    return actions.change_hours(ctx, found, location, wanted.written(), leaving=wanted.leaving)


@api.get("/hours/{hours_id}/outside", operation=queries.left_outside, answer=list[OutsideRead])
def left_outside(ctx: CurrentContext, hours_id: UUID, wanted: Annotated[HoursPlaced, Query()]) -> Sequence[Taken]:
    found, location = queries.one_of_hours(ctx, hours_id), queries.location(ctx, wanted.location_id)
    return queries.left_outside(ctx, found, line(found.resource_id, location, **wanted.written().model_dump()))


@api.delete("/hours/{hours_id}", operation=actions.remove_hours)
def remove_hours(ctx: CurrentContext, hours_id: UUID) -> None:
    actions.remove_hours(ctx, queries.one_of_hours(ctx, hours_id))


@api.get("/calendars/{calendar_id}/special-hours", operation=queries.special_hours, answer=list[SpecialHoursRead])
def special_hours(ctx: CurrentContext, calendar_id: UUID) -> Sequence[SpecialHours]:
    return queries.special_hours(ctx, queries.resource(ctx, calendar_id))


@api.post("/calendars/{calendar_id}/closures", operation=actions.close, answer=SpecialHoursRead, status=201)
def close(ctx: CurrentContext, calendar_id: UUID, new: SpanWrite) -> SpecialHours:
    return actions.close(ctx, queries.resource(ctx, calendar_id), Span(new.starts_at, new.ends_at), note=new.note)


@api.post(
    "/calendars/{calendar_id}/locations/{location_id}/extra-hours",
    operation=actions.open_extra,
    answer=SpecialHoursRead,
    status=201,
)
def open_extra(ctx: CurrentContext, calendar_id: UUID, location_id: UUID, new: SpanWrite) -> SpecialHours:
    resource, location = queries.resource(ctx, calendar_id), queries.location(ctx, location_id)
    return actions.open_extra(ctx, resource, location, Span(new.starts_at, new.ends_at), note=new.note)


@api.delete("/special-hours/{special_hours_id}", operation=actions.remove_special_hours)
def remove_special_hours(ctx: CurrentContext, special_hours_id: UUID) -> None:
    actions.remove_special_hours(ctx, queries.one_of_special_hours(ctx, special_hours_id))


@api.post("/calendars/{calendar_id}/blocks", operation=actions.block, answer=BlockRead, status=201)
def block(ctx: CurrentContext, calendar_id: UUID, new: SpanWrite) -> Block:
    return actions.block(ctx, queries.resource(ctx, calendar_id), Span(new.starts_at, new.ends_at), note=new.note)


@api.delete("/blocks/{block_id}", operation=actions.unblock)
def unblock(ctx: CurrentContext, block_id: UUID) -> None:
    actions.unblock(ctx, queries.blocked_time(ctx, block_id))
