"""Doctors as patients find them, and what doctors say of themselves."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Doctor, Mode, VisitType
from salus.exchanges.appointments.queries import Found, Listed, Search
from salus.exchanges.appointments.rules.times import Time
from salus.exchanges.appointments.schemas.doctors import (
    DoctorRead,
    FoundRead,
    ProfileRead,
    ProfileWrite,
    TimeRead,
    VisitTypeOwnRead,
    VisitTypeWrite,
)
from salus.kernel.errors import Invalid
from salus.shared.calendar.models import Span
from salus.web.doors import Api, CurrentContext

api = Api("/appointments", tag="Appointments")

Word = Annotated[str | None, Query(max_length=120)]


@api.get("/doctors", operation=queries.find, answer=list[FoundRead])
def find(
    ctx: CurrentContext,
    specialty: Word = None,
    city: Word = None,
    language: Word = None,
    insurer_id: UUID | None = None,
    mode: Mode | None = None,
    name: Word = None,
) -> list[Found]:
    return queries.find(ctx, Search(specialty, city, language, insurer_id, mode, name))


@api.get("/doctors/{doctor_id}", operation=queries.doctor, answer=DoctorRead)
def doctor(ctx: CurrentContext, doctor_id: UUID) -> Listed:
    return queries.doctor(ctx, doctor_id)


@api.get("/visit-types/{visit_type_id}/times", operation=queries.times, answer=list[TimeRead])
def times(ctx: CurrentContext, visit_type_id: UUID, since: AwareDatetime, until: AwareDatetime) -> list[Time]:
    return queries.times(ctx, queries.visit_type(ctx, visit_type_id), _span(since, until))


@api.get("/profile", operation=queries.my_profile, answer=ProfileRead | None)
def my_profile(ctx: CurrentContext) -> Doctor | None:
    return queries.my_profile(ctx)


@api.put("/profile", operation=actions.describe, answer=ProfileRead)
def describe(ctx: CurrentContext, described: ProfileWrite) -> Doctor:
    return actions.describe(ctx, described)


@api.put("/profile/publication", operation=actions.publish, answer=ProfileRead)
def publish(ctx: CurrentContext) -> Doctor:
    return actions.publish(ctx)


@api.delete("/profile/publication", operation=actions.withdraw, answer=ProfileRead)
def withdraw(ctx: CurrentContext) -> Doctor:
    return actions.withdraw(ctx)


@api.get("/visit-types", operation=queries.my_visit_types, answer=list[VisitTypeOwnRead])
def my_visit_types(ctx: CurrentContext) -> object:
    return queries.my_visit_types(ctx)


@api.post("/visit-types", operation=actions.add_visit_type, answer=VisitTypeOwnRead, status=201)
def add_visit_type(ctx: CurrentContext, described: VisitTypeWrite) -> VisitType:
    return actions.add_visit_type(ctx, described)


@api.get("/visit-types/{visit_type_id}", operation=queries.my_visit_type, answer=VisitTypeOwnRead)
def my_visit_type(ctx: CurrentContext, visit_type_id: UUID) -> VisitType:
    return queries.my_visit_type(ctx, visit_type_id)


@api.put("/visit-types/{visit_type_id}", operation=actions.change_visit_type, answer=VisitTypeOwnRead)
def change_visit_type(ctx: CurrentContext, visit_type_id: UUID, described: VisitTypeWrite) -> VisitType:
    return actions.change_visit_type(ctx, queries.my_visit_type(ctx, visit_type_id), described)


@api.delete("/visit-types/{visit_type_id}", operation=actions.retire_visit_type)
def retire_visit_type(ctx: CurrentContext, visit_type_id: UUID) -> None:
    actions.retire_visit_type(ctx, queries.my_visit_type(ctx, visit_type_id))


def _span(since: datetime, until: datetime) -> Span:
    if since >= until:
        raise Invalid("Please ask for a time that ends after it begins.", field="until")
    return Span(since, until)
