"""Appointments as calendar files."""

from collections.abc import Sequence
from email.utils import parseaddr
from uuid import UUID

from sqlalchemy import select

from salus.exchanges.appointments.models import Appointment, Doctor, VisitType
from salus.exchanges.appointments.rules import invitations as rules
from salus.formats.icalendar import Entry, Party, calendar
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.calendar.models import Location
from salus.shared.messages.rules import home


@query(roles={Role.PATIENT, Role.DOCTOR})
def calendar_file(ctx: Context, appointment_id: UUID) -> bytes:
    """One appointment as a file for the actor's own calendar, if they take part in it. Raises NotFound."""
    found = ctx.get(Appointment, appointment_id)
    doctor = ctx.get(Doctor, found.doctor_id)
    if ctx.actor.id == found.patient_id:
        title = doctor.public_name
    elif ctx.actor.id == doctor.person_id:
        title = ctx.get(VisitType, found.visit_type_id).name
    else:
        raise NotFound
    return calendar([entry_of(ctx, found, title=title)])


@query(roles={Role.SYSTEM})
def series_with(ctx: Context, appointment_id: UUID) -> Sequence[UUID]:
    """The appointments that were booked together with this one, itself among them, in order."""
    of = select(Appointment.series_id).where(Appointment.id == appointment_id).scalar_subquery()
    its = select(Appointment.id).where(Appointment.series_id == of)
    return ctx.db.scalars(its.order_by(Appointment.starts_at)).all()


@query(roles=WITHIN)
def entry_of(
    ctx: Context, appointment: Appointment, *, title: str = rules.TITLE, attendee: Party | None = None
) -> Entry:
    """An appointment for a calendar program; with an `attendee`, as an invitation that comes from us."""
    tenant = tenant_named(ctx.tenant_id)
    return rules.entry(
        appointment,
        ctx.get(Location, appointment.location_id) if appointment.location_id else None,
        home=home(settings().url, tenant.hosts),
        stamped_at=ctx.now,
        title=title,
        # It comes from the address that the e-mail comes from: programs show it as a forgery otherwise.
        organiser=Party(tenant.name, parseaddr(settings().mail_from)[1]) if attendee else None,
        attendee=attendee,
    )
