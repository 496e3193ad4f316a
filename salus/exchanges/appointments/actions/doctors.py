"""What doctors say of themselves, and which visits they give."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.models import Doctor, VisitType
from salus.exchanges.appointments.rules.refusals import (
    InsurerUnknown,
    LocationUnknown,
    NeedUnknown,
    NotReady,
    SpecialtyUnknown,
)
from salus.exchanges.appointments.rules.specialties import SPECIALTIES
from salus.exchanges.appointments.schemas.doctors import NeedWrite, ProfileWrite, VisitTypeWrite
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.fields import Money
from salus.kernel.operations import action
from salus.shared.calendar import actions as calendar
from salus.shared.calendar.models import Hours, Location, Resource, ResourceKind
from salus.shared.insurance.models import Insurer
from salus.shared.people import queries as people


@action(roles={Role.DOCTOR}, told="described how patients find you")
def describe(ctx: Context, described: ProfileWrite) -> Doctor:
    """Say how patients find the acting doctor. The first time it opens their calendar; it publishes nothing."""
    organisation_id = _practice(ctx)
    if not SPECIALTIES.keys() >= set(described.specialties):
        raise SpecialtyUnknown
    _insist_on_insurers(ctx, described.insurers)
    doctor = queries.my_profile(ctx)
    if doctor is None:
        own = calendar.practitioner_of(ctx, ctx.actor.person_id, organisation_id)
        doctor = Doctor(person_id=ctx.actor.person_id, resource_id=own.id)
        ctx.db.add(doctor)
    doctor.organisation_id = organisation_id
    for name, value in described.model_dump().items():
        setattr(doctor, name, value)
    ctx.tell(subject=doctor, person_id=doctor.person_id)
    return doctor


@action(roles={Role.DOCTOR}, told="let patients find you")
def publish(ctx: Context) -> Doctor:
    """Let patients find and book the acting doctor. Raises NotReady, saying what is missing."""
    doctor = queries.my_profile(ctx)
    if doctor is None:
        raise NotReady("Please say first how patients find you.")
    if not people.is_approved(ctx, doctor.person_id, Role.DOCTOR):
        raise NotReady("Your practice still waits for its review. We write to you when an administrator has looked.")
    if not any(each.retired_at is None for each in queries.my_visit_types(ctx)):
        raise NotReady("Please add a kind of visit first.")
    if not ctx.db.scalar(select(func.count()).where(Hours.resource_id == doctor.resource_id)):
        raise NotReady("Please publish your hours first.")
    doctor.published_at = doctor.published_at or ctx.now
    ctx.tell(subject=doctor, person_id=doctor.person_id)
    return doctor


@action(roles={Role.DOCTOR}, told="let patients find you no more")
def withdraw(ctx: Context) -> Doctor:
    """Take no new bookings. What is booked stays booked."""
    doctor = queries.my_profile(ctx)
    if doctor is None:
        raise NotReady("Patients do not find you anyway.")
    doctor.published_at = None
    ctx.tell(subject=doctor, person_id=doctor.person_id)
    return doctor


@action(roles={Role.DOCTOR})
def add_visit_type(ctx: Context, described: VisitTypeWrite) -> VisitType:
    """Give a new kind of visit. Raises LocationUnknown or NeedUnknown."""
    doctor = queries.my_profile(ctx)
    if doctor is None:
        raise NotReady("Please say first how patients find you.")
    made = VisitType(doctor_id=doctor.id)
    _fill(ctx, made, described)
    ctx.db.add(made)
    return made


@action(roles={Role.DOCTOR})
def change_visit_type(ctx: Context, visit_type: VisitType, described: VisitTypeWrite) -> VisitType:
    """Give a kind of visit otherwise from now on. What is booked stays as it was booked."""
    visit_type = ctx.lock(queries.my_visit_type(ctx, visit_type.id))
    _fill(ctx, visit_type, described)
    return visit_type


@action(roles={Role.DOCTOR})
def retire_visit_type(ctx: Context, visit_type: VisitType) -> VisitType:
    """Give a kind of visit no more. What is booked stays booked."""
    visit_type = ctx.lock(queries.my_visit_type(ctx, visit_type.id))
    visit_type.retired_at = visit_type.retired_at or ctx.now
    return visit_type


def _fill(ctx: Context, visit_type: VisitType, described: VisitTypeWrite) -> None:
    organisation_id = _practice(ctx)
    _insist_on_place(ctx, described.location_id, organisation_id)
    _insist_on_needs(ctx, described, organisation_id)
    plain = described.model_dump(exclude={"price", "currency", "needs"})
    for name, value in plain.items():
        setattr(visit_type, name, value)
    visit_type.price = _money(described.price, described.currency)
    visit_type.needs = [need.model_dump(mode="json") for need in described.needs]


def _money(price: Decimal, currency: str) -> Money:
    return Money(int(price.scaleb(Money(0, currency).exponent)), currency)


def _insist_on_place(ctx: Context, location_id: UUID | None, organisation_id: UUID) -> None:
    place = None if location_id is None else ctx.db.get(Location, location_id)
    if location_id is not None and (place is None or place.organisation_id != organisation_id):
        raise LocationUnknown


def _insist_on_needs(ctx: Context, described: VisitTypeWrite, organisation_id: UUID) -> None:
    """Rooms and devices stand at the place of the visit; colleagues come there."""
    asked = {each for need in described.needs for each in need.among}
    its = {each.id: each for each in ctx.db.scalars(select(Resource).where(Resource.id.in_(asked)))}
    if asked - its.keys() or not all(_can_be_met(need) for need in described.needs):
        raise NeedUnknown
    for each in its.values():
        if each.kind == ResourceKind.PERSON or each.organisation_id != organisation_id or each.retired_at is not None:
            raise NeedUnknown
        if each.location_id is not None and each.location_id != described.location_id:
            raise NeedUnknown("A visit that needs a room or a device must be given at its place. Choose that place.")


def _can_be_met(need: NeedWrite) -> bool:
    return need.count <= len(set(need.among))


def _insist_on_insurers(ctx: Context, ids: Iterable[UUID]) -> None:
    wanted = set(ids)
    known = ctx.db.scalar(select(func.count()).where(Insurer.id.in_(wanted), Insurer.retired_at.is_(None)))
    if known != len(wanted):
        raise InsurerUnknown


def _practice(ctx: Context) -> UUID:
    if ctx.actor.organisation_id is None:
        raise NotAllowed
    return ctx.actor.organisation_id
