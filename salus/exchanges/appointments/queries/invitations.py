"""Appointments as calendar files."""

from collections.abc import Sequence
from email.utils import parseaddr
from uuid import UUID

from sqlalchemy import or_, select

from salus.exchanges.appointments.models import Appointment, Doctor, Offered, OfferState, VisitType, Waiting
from salus.exchanges.appointments.rules import invitations as rules
from salus.formats.icalendar import Entry, Party, calendar
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.calendar.models import Location
from salus.shared.calendar.rules.entries import Entry as Words
from salus.shared.calendar.rules.entries import contributes
from salus.shared.messages.rules import home
from salus.shared.people import queries as people


@query(roles={Role.PATIENT, Role.DOCTOR})
def calendar_file(ctx: Context, appointment_id: UUID) -> bytes:
    """One appointment as a file for the actor's own calendar, if they take part in it. Raises NotFound."""
    found = ctx.get(Appointment, appointment_id)
    doctor = ctx.get(Doctor, found.doctor_id)
    if ctx.actor.id not in {found.patient_id, doctor.person_id}:
        raise NotFound
    told = entries_for(ctx, [found.id], ctx.actor.person_id)[found.id]
    return calendar([entry_of(ctx, found, told.href or "", title=told.title)])


@contributes
@query(roles=WITHIN)
def entries_for(ctx: Context, bookings: Sequence[UUID], reader_id: UUID) -> dict[UUID, Words]:
    """What calendars show of appointments, to those who take part: with whom to the patient, what to the doctor.

    Who comes is among the details, which stay in the house: a feed is read by programs of others. Of a time that is
    held for somebody who waits, the doctor reads just that.
    """
    its = select(Appointment, Doctor, VisitType.name, Location.name)
    found = ctx.db.execute(
        its.join(Doctor, Doctor.id == Appointment.doctor_id)
        .join(VisitType, VisitType.id == Appointment.visit_type_id)
        .outerjoin(Location, Location.id == Appointment.location_id)
        .where(Appointment.id.in_(bookings), or_(Appointment.patient_id == reader_id, Doctor.person_id == reader_id))
    )
    told = {each.id: _words(ctx, each, doctor, visit, place, reader_id) for each, doctor, visit, place in found}
    return told | _held(ctx, bookings, reader_id)


@query(roles={Role.SYSTEM})
def series_with(ctx: Context, appointment_id: UUID) -> Sequence[UUID]:
    """The appointments that were booked together with this one, itself among them, in order."""
    of = select(Appointment.series_id).where(Appointment.id == appointment_id).scalar_subquery()
    its = select(Appointment.id).where(Appointment.series_id == of)
    return ctx.db.scalars(its.order_by(Appointment.starts_at)).all()


@query(roles=WITHIN)
def entry_of(
    ctx: Context, appointment: Appointment, link: str, *, title: str = rules.TITLE, attendee: Party | None = None
) -> Entry:
    """An appointment for a calendar program; with an `attendee`, as an invitation that comes from us."""
    tenant = tenant_named(ctx.tenant_id)
    return rules.entry(
        appointment,
        ctx.get(Location, appointment.location_id) if appointment.location_id else None,
        home=home(settings().url, tenant.hosts),
        link=link,
        stamped_at=ctx.now,
        title=title,
        # It comes from the address that the e-mail comes from: programs show it as a forgery otherwise.
        organiser=Party(tenant.name, parseaddr(settings().mail_from)[1]) if attendee else None,
        attendee=attendee,
    )


def _words(
    ctx: Context, appointment: Appointment, doctor: Doctor, visit: str, place: str | None, reader_id: UUID
) -> Words:
    is_patient = appointment.patient_id == reader_id
    return Words(
        title=doctor.public_name if is_patient else visit,
        href=f"/appointments/{appointment.id}" if is_patient else f"/visits/{appointment.id}",
        details=visit if is_patient else people.name(ctx, appointment.patient_id),
        place=place or "",
        zone=appointment.zone,
        sequence=appointment.sequence,
    )


def _held(ctx: Context, bookings: Sequence[UUID], reader_id: UUID) -> dict[UUID, Words]:
    its = (
        select(Offered.id, Offered.zone)
        .join(Waiting, Waiting.id == Offered.waiting_id)
        .join(Doctor, Doctor.id == Waiting.doctor_id)
        .where(Offered.id.in_(bookings), Offered.state == OfferState.OPEN, Doctor.person_id == reader_id)
    )
    return {row.id: Words("Offered to somebody who waits", zone=row.zone) for row in ctx.db.execute(its)}
