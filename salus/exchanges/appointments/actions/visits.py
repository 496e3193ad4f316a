"""What becomes of appointments: they move, are cancelled, take place or do not."""

from datetime import datetime
from uuid import UUID

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.actions.showing import show_appointment
from salus.exchanges.appointments.models import Appointment, AppointmentState, Doctor, Payer, VisitType
from salus.exchanges.appointments.rules import policy
from salus.exchanges.appointments.rules.times import needs_of
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.calendar import actions as calendar
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.needs import the
from salus.shared.messages import actions as messages


@action(roles={Role.PATIENT, Role.DOCTOR}, told="moved an appointment of yours")
def reschedule(ctx: Context, appointment: Appointment, starts_at: datetime) -> Appointment:
    """Give an appointment another of the offered times; it keeps the old one unless it gets the new one.

    Raises NotComing, NotOffered or TimeTaken; of a patient also TooLateToMove, TooSoon and TooFar.
    """
    appointment, doctor = _taking_part(ctx, appointment)
    visit_type = ctx.get(VisitType, appointment.visit_type_id)
    if ctx.actor.id == appointment.patient_id:
        policy.insist_on_time_to_move(visit_type, appointment, ctx.now)
        policy.insist_on_window(visit_type, starts_at, ctx.now)
    policy.insist_on_coming(appointment, ctx.now)
    time = queries.time_at(ctx, visit_type, starts_at)
    needs = [the(doctor.resource_id), *needs_of(visit_type), the(calendar.resource_of(ctx, appointment.patient_id).id)]
    calendar.move(
        ctx,
        appointment.id,
        Span(time.starts_at, time.ends_at),
        before=visit_type.before,
        after=visit_type.after,
        needs=needs,
        at=time.location_id,
    )
    appointment.starts_at, appointment.ends_at = time.starts_at, time.ends_at
    appointment.location_id, appointment.zone = time.location_id, time.zone
    appointment.sequence += 1
    appointment.reminded_at = None
    appointment.is_overbooked = False
    _tell(ctx, appointment, doctor)
    return appointment


@action(roles={Role.PATIENT, Role.DOCTOR}, told="cancelled an appointment of yours")
def cancel(ctx: Context, appointment: Appointment, *, because: str = "") -> Appointment:
    """Give an appointment back. A patient who does so after the free time is late, and it is recorded so.

    Cancelled again, it stays as it was. Raises NotComing for what has begun.
    """
    appointment, doctor = _taking_part(ctx, appointment)
    if appointment.state is AppointmentState.CANCELLED:
        return appointment
    policy.insist_on_coming(appointment, ctx.now)
    visit_type = ctx.get(VisitType, appointment.visit_type_id)
    by_patient = ctx.actor.id == appointment.patient_id
    appointment.is_late = by_patient and policy.is_late(visit_type, appointment, ctx.now)
    appointment.state = AppointmentState.CANCELLED
    appointment.cancelled_at, appointment.cancelled_by = ctx.now, ctx.actor.person_id
    appointment.cancelled_because = because.strip() or None
    appointment.sequence += 1
    calendar.release(ctx, appointment.id)
    _tell(ctx, appointment, doctor)
    ctx.tell(late=appointment.is_late)
    return appointment


@action(roles={Role.PATIENT, Role.DOCTOR}, told="cancelled a series of appointments of yours")
def cancel_series(ctx: Context, series_id: UUID, *, because: str = "") -> list[Appointment]:
    """Give back all that is still to come of a series. Raises NotComing if nothing is."""
    coming = [each for each in queries.appointments_of_series(ctx, series_id) if each.is_coming]
    left = [each for each in coming if each.starts_at > ctx.now]
    if not left:
        raise NotFound
    cancelled = [cancel(ctx, each, because=because) for each in left]
    ctx.tell(subject=cancelled[0], person_id=cancelled[0].patient_id, count=len(cancelled))
    return cancelled


@action(roles={Role.DOCTOR}, told="noted whether you came to an appointment")
def note_visit(ctx: Context, appointment: Appointment, state: AppointmentState) -> Appointment:
    """Note that a patient arrived, was seen, or did not come. Raises NotComing or NotYet."""
    appointment, doctor = _taking_part(ctx, appointment)
    if doctor.person_id != ctx.actor.id:
        raise NotFound
    policy.insist_on_begun(appointment, state, ctx.now)
    appointment.state = state
    _tell(ctx, appointment, doctor)
    ctx.tell(state=state.value)
    return appointment


@action(roles={Role.PATIENT}, told="chose to pay for an appointment yourself")
def pay_myself(ctx: Context, appointment: Appointment) -> Appointment:
    """Let no insurer pay: it does not cover the visit, or the patient does not want it to know."""
    appointment, doctor = _taking_part(ctx, appointment)
    if appointment.patient_id != ctx.actor.id:
        raise NotFound
    appointment.payer, appointment.coverage_id, appointment.check_id = Payer.SELF, None, None
    _tell(ctx, appointment, doctor)
    return appointment


@action(roles={Role.ADMINISTRATOR}, told="opened an appointment of yours", step_up=True)
def open_appointment(ctx: Context, appointment_id: UUID, *, reason: str) -> queries.Booked:
    """Open what an appointment is about. The reason stands in the record, and the patient is told at once."""
    found = ctx.get(Appointment, appointment_id)
    ctx.purpose = reason
    ctx.tell(subject=found, person_id=found.patient_id)
    messages.notify(ctx, found.patient_id, "appointments/opened", link="/who-looked")
    return queries.booked(ctx, [found], with_patient=True)[0]


def _taking_part(ctx: Context, appointment: Appointment) -> tuple[Appointment, Doctor]:
    """The appointment, locked, for whoever takes part in it. To anyone else it does not exist."""
    doctor = ctx.get(Doctor, appointment.doctor_id)
    if ctx.actor.id not in {appointment.patient_id, doctor.person_id}:
        raise NotFound
    return ctx.lock(appointment), doctor


def _tell(ctx: Context, appointment: Appointment, doctor: Doctor) -> None:
    show_appointment(ctx, appointment)
    concerned = [appointment.patient_id, doctor.person_id, doctor.organisation_id]
    ctx.tell(subject=appointment, person_id=appointment.patient_id, concerns=concerned)
