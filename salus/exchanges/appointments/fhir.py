"""Appointments at the FHIR door: what is booked or changed there is the same action as everywhere else.

Slots are computed when somebody asks for them, from opening hours and what is taken.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Appointment, AppointmentState
from salus.exchanges.appointments.queries.times import LOOKED_AHEAD
from salus.exchanges.appointments.rules import resources
from salus.exchanges.appointments.rules.resources import of_slot
from salus.formats.fhir import criteria
from salus.formats.fhir.moments import EPOCH
from salus.formats.fhir.references import target
from salus.formats.fhir.search import Criterion, NotUnderstood, Question
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid
from salus.shared.calendar.models import Span
from salus.shared.clinical.rules.owners import written_by
from salus.web.fhir.doors import Fhir
from salus.web.fhir.made import Made

Resource = dict[str, Any]
MOST_SCHEDULES = 20
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than whatever is booked, and early enough to be reckoned with."""
fhir = Fhir()


class NoSlot(Invalid):
    message = "Please name the Slot to book, or a HealthcareService and the start of one of its free slots."
    field = "Appointment.slot"


class NotAPatient(Invalid):
    message = "Please name the Patient as a participant: yourself, or as a doctor one of your patients."
    field = "Appointment.participant"


class NoSuchChange(Invalid):
    """Of an appointment, its time and its status can be changed; the rest follows from them."""

    message = "An appointment can be moved to another slot, cancelled, or noted as arrived, fulfilled or missed."
    field = "Appointment.status"


def book(ctx: Context, resource: Resource) -> Resource:
    """The patient books the slot, or their doctor gives it to them."""
    visit_type_id, starts_at = _wanted(resource)
    patient_id = _patient(resource)
    if patient_id == ctx.actor.id:
        reason = " ".join(str(code.get("text", "")) for code in resource.get("reasonCode", []))
        made = actions.book(ctx, queries.visit_type(ctx, visit_type_id), starts_at, reason=reason)
    elif ctx.actor.has(Role.DOCTOR):
        made = actions.book_for(ctx, queries.my_visit_type(ctx, visit_type_id), patient_id, starts_at)
    else:
        raise NotAPatient
    return {"resourceType": "Appointment", "id": str(made.id)}


def change(ctx: Context, fhir_id: str, resource: Resource) -> Resource:
    """Cancel it, move it, or note what became of it: whatever differs from what it is."""
    its = queries.appointment(ctx, _uuid(fhir_id)).appointment
    wanted = resource.get("status")
    if wanted == AppointmentState.CANCELLED:
        reason = resource.get("cancelationReason", {})
        actions.cancel(ctx, its, because=str(reason.get("text", "")))
    elif wanted in {AppointmentState.ARRIVED, AppointmentState.FULFILLED, AppointmentState.NO_SHOW}:
        actions.note_visit(ctx, its, AppointmentState(wanted))
    elif wanted == AppointmentState.BOOKED:
        starts_at = _new_start(resource, its)
        if starts_at != its.starts_at:
            actions.reschedule(ctx, its, starts_at)
    else:
        raise NoSuchChange
    return {"resourceType": "Appointment", "id": fhir_id}


def _new_start(resource: Resource, its: Appointment) -> datetime:
    """When it is to be, whether the slot was changed or the start."""
    visit_type_id, starts_at = _wanted(resource)
    if visit_type_id != its.visit_type_id:
        raise NoSuchChange
    return starts_at if starts_at != its.starts_at else _moment(resource.get("start"))


def _wanted(resource: Resource) -> tuple[UUID, datetime]:
    for slot in resource.get("slot", []):
        named = target(slot.get("reference"))
        if named is not None and named.resource_type == "Slot":
            return of_slot(named.fhir_id)
    for service_id in _participants(resource, "HealthcareService"):
        return service_id, _moment(resource.get("start"))
    raise NoSlot


def _patient(resource: Resource) -> UUID:
    for person_id in _participants(resource, "Patient"):
        return person_id
    raise NotAPatient


def _participants(resource: Resource, resource_type: str) -> list[UUID]:
    named = [target(one.get("actor", {}).get("reference")) for one in resource.get("participant", [])]
    return [_uuid(each.fhir_id) for each in named if each is not None and each.resource_type == resource_type]


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise NotAPatient from error


def _moment(written: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError as error:
        raise NoSlot from error
    if moment.tzinfo is None:
        raise NoSlot
    return moment


def read_slot(ctx: Context, resource_id: str) -> Made:
    """One time of a kind of visit, free or busy. Raises NotFound."""
    return _slot(ctx, queries.slot(ctx, *of_slot(resource_id)))


def search_slots(ctx: Context, question: Question) -> list[Made]:
    """The free times of the schedules that are named: of the four weeks from the start that is asked for, or from now.

    Raises NotUnderstood for a search that names no schedule, Invalid for more than six weeks.
    """
    between = _between(question, ctx.now)
    return [_slot(ctx, found) for found in queries.slots(ctx, list(_schedules(question)), between)]


def _slot(ctx: Context, found: queries.Slot) -> Made:
    resource = resources.slot(found.visit_type, found.time, is_free=found.is_free)
    # It has two states and goes to and fro between them, so its tag tells them apart.
    return Made(resource, ctx.now, version=1 if found.is_free else 2)


def _schedules(question: Question) -> Iterator[UUID]:
    asked = list(_asked(question, "schedule"))
    named = {
        target(reference)
        for criterion in asked
        for value in criterion.values
        for reference in criteria.words(criterion.parameter, criterion.modifier, value)
    }
    if not asked or len(named) > MOST_SCHEDULES:
        raise NotUnderstood(f"Name the schedule of the slots, or up to {MOST_SCHEDULES} of them.", "schedule")
    for schedule in filter(None, named):
        # A schedule whose id none of ours can have is one without slots.
        with suppress(ValueError):
            yield UUID(schedule.fhir_id)


def _between(question: Question, now: datetime) -> Span:
    """The stretch outside of which no start answers the question; where it has no end, four weeks."""
    # Where one of several starts will do, each of them is looked for within the usual stretch.
    single = [each for each in _asked(question, "start") if len(each.values) == 1]
    asked = [criteria.stretch(each.parameter, each.values[0]) for each in single]
    first = [_moment_at(stretch.low) for how, stretch in asked if how in {"eq", "ge", "gt", "sa"}]
    last = [_moment_at(stretch.high) for how, stretch in asked if how in {"eq", "le", "lt", "eb"}]
    start = max([now, *first])
    end = min(last) + timedelta(microseconds=1) if last else start + LOOKED_AHEAD
    return Span(start, max(end, start + timedelta(microseconds=1)))


def _asked(question: Question, name: str) -> Iterator[Criterion]:
    return (each for each in question.criteria if each.parameter.name == name and each.modifier != "missing")


def _moment_at(microseconds: int) -> datetime:
    return min(EPOCH + timedelta(microseconds=microseconds), NEVER)


fhir.made("Slot", read=read_slot, search=search_slots, operations=(queries.slot, queries.slots))
written_by("Appointment", create=book, update=change)
written_by("Schedule")
