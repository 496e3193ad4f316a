"""What FHIR shows of appointments: written through to the clinical store, and so searched like all else there."""

from uuid import UUID

from sqlalchemy import select

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.models import Appointment, Doctor, VisitType
from salus.exchanges.appointments.rules import resources
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar.models import Location
from salus.shared.clinical import actions as clinical
from salus.shared.people import queries as people
from salus.shared.people.models import Organisation


@action(roles=WITHIN)
def show_appointment(ctx: Context, appointment: Appointment) -> dict[str, object]:
    """The appointment as it stands, for those who take part in it.

    The doctor sees the patient's record from now on, until all that the two had or have is cancelled.
    """
    doctor = ctx.get(Doctor, appointment.doctor_id)
    visit = ctx.get(VisitType, appointment.visit_type_id)
    ctx.db.flush()
    if queries.is_patient_of(ctx, appointment.patient_id, doctor.id):
        clinical.assign(ctx, patient_id=appointment.patient_id, doctor_id=doctor.person_id)
    else:
        clinical.unassign(ctx, patient_id=appointment.patient_id, doctor_id=doctor.person_id)
    resource = resources.appointment(appointment, doctor, visit, reason=appointment.reason)
    return clinical.keep(ctx, resource, about=appointment.patient_id)


@action(roles={Role.SYSTEM})
def show_practice(ctx: Context, organisation_id: UUID) -> None:
    """A practice with its places, its doctors and their kinds of visit."""
    practice = ctx.get(Organisation, organisation_id)
    clinical.keep(ctx, resources.organization(practice), about=None)
    for place in ctx.db.scalars(select(Location).where(Location.organisation_id == organisation_id)):
        clinical.keep(ctx, resources.location(place), about=None)
    for doctor in ctx.db.scalars(select(Doctor).where(Doctor.organisation_id == organisation_id)):
        _show_doctor(ctx, doctor)
    ctx.tell(subject=practice)


@action(roles={Role.SYSTEM}, told="noted who you are for your clinical record")
def show_patient(ctx: Context, person_id: UUID) -> None:
    """Somebody who sees doctors, by the name they have now."""
    clinical.keep(ctx, resources.patient(person_id, people.name(ctx, person_id)), about=person_id)
    ctx.tell(person_id=person_id)


def _show_doctor(ctx: Context, doctor: Doctor) -> None:
    places = queries.listed(ctx, [doctor.id])[0].places
    visits = list(ctx.db.scalars(select(VisitType).where(VisitType.doctor_id == doctor.id).order_by(VisitType.id)))
    given = [visit for visit in visits if visit.retired_at is None]
    shown = [resources.practitioner(doctor), resources.practitioner_role(doctor, places, given)]
    for visit in visits:
        shown += [resources.healthcare_service(visit, doctor, places), resources.schedule(visit, doctor)]
    for resource in shown:
        # A doctor is found by everybody: what is open is sealed under the tenant's key and not their own.
        clinical.keep(ctx, resource, about=None)
