"""Appointments at the FHIR door: what is booked or changed there is the same action as everywhere else."""

from datetime import datetime
from typing import Any
from uuid import UUID

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import AppointmentState
from salus.exchanges.appointments.rules.resources import of_slot
from salus.formats.fhir.references import target
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid
from salus.shared.clinical.rules.owners import written_by

Resource = dict[str, Any]


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
        starts_at = _moment(resource.get("start"))
        if starts_at != its.starts_at:
            actions.reschedule(ctx, its, starts_at)
    else:
        raise NoSuchChange
    return {"resourceType": "Appointment", "id": fhir_id}


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


written_by("Appointment", create=book, update=change)
written_by("Schedule")
