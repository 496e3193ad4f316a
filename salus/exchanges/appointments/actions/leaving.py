"""What ends when a patient or a doctor is erased."""

from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from salus.exchanges.appointments.actions.invitations import invite
from salus.exchanges.appointments.actions.showing import show_appointment, show_practice
from salus.exchanges.appointments.models import (
    Appointment,
    AppointmentState,
    Doctor,
    Offered,
    OfferState,
    VisitType,
    Waiting,
    WaitingState,
)
from salus.exchanges.appointments.queries.waiting import LIVE
from salus.formats.icalendar import Method
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.calendar import actions as calendar
from salus.shared.clinical import actions as clinical
from salus.shared.messages import actions as messages

WHOEVER_LEFT = "A doctor who left"
"""What patients read of their past appointments with a doctor who was erased."""


@action(roles=WITHIN, told="cancelled your appointments and took you off waiting lists")
def let_go(ctx: Context, person_id: UUID) -> None:
    """Cancel what a person would come to or give, tell the other side, and let nobody wait for them any more.

    Whoever waits for a time that becomes free by it is asked when the worker next looks at all who wait: what these
    records tell of is erased by then.
    """
    doctor = ctx.db.scalars(select(Doctor).where(Doctor.person_id == person_id)).one_or_none()
    _cancel_what_comes(ctx, person_id, doctor)
    _end_waiting(ctx, person_id, doctor)
    if doctor is not None:
        _leave(ctx, doctor)
    ctx.tell(person_id=person_id)


def _cancel_what_comes(ctx: Context, person_id: UUID, doctor: Doctor | None) -> None:
    coming = select(Appointment).where(
        _is_theirs(Appointment, person_id, doctor),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.starts_at > ctx.now,
    )
    for each in ctx.db.scalars(coming.order_by(Appointment.id).with_for_update()).all():
        each.state, each.cancelled_at = AppointmentState.CANCELLED, ctx.now
        each.sequence += 1
        calendar.release(ctx, each.id)
        show_appointment(ctx, each)
        invite(ctx, each.id, Method.CANCEL, by=person_id)


def _end_waiting(ctx: Context, person_id: UUID, doctor: Doctor | None) -> None:
    live = select(Waiting).where(_is_theirs(Waiting, person_id, doctor), Waiting.state.in_(LIVE))
    for each in ctx.db.scalars(live.order_by(Waiting.id).with_for_update()).all():
        of_it = select(Offered).where(Offered.waiting_id == each.id, Offered.state == OfferState.OPEN)
        for offered in ctx.db.scalars(of_it).all():
            calendar.release(ctx, offered.id)
            offered.state = OfferState.EXPIRED
        each.state = WaitingState.ENDED
        if each.patient_id != person_id:
            messages.notify(ctx, each.patient_id, "appointments/waited-in-vain", link="/waiting")


def _leave(ctx: Context, doctor: Doctor) -> None:
    """Patients find the doctor no more. Of what they said of themselves nothing stays, nor in what FHIR had shown."""
    doctor.published_at, doctor.public_name, doctor.about = None, WHOEVER_LEFT, ""
    doctor.languages, doctor.insurers = [], []
    clinical.forget(ctx, "Practitioner", str(doctor.person_id))
    clinical.forget(ctx, "PractitionerRole", str(doctor.id))
    for visit in ctx.db.scalars(select(VisitType).where(VisitType.doctor_id == doctor.id)).all():
        visit.retired_at = visit.retired_at or ctx.now
        for resource_type in "HealthcareService", "Schedule":
            clinical.forget(ctx, resource_type, str(visit.id))
    show_practice(ctx, doctor.organisation_id)


def _is_theirs(table: type[Appointment] | type[Waiting], person_id: UUID, doctor: Doctor | None) -> ColumnElement[bool]:
    return or_(table.patient_id == person_id, false() if doctor is None else table.doctor_id == doctor.id)
