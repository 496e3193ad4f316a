"""E-mails with an entry for the calendars of those who take part."""

from uuid import UUID

from sqlalchemy import select

from salus.exchanges.appointments.models import Appointment, AppointmentState, Doctor
from salus.exchanges.appointments.queries.invitations import entry_of
from salus.formats.icalendar import Method, Party, calendar
from salus.formats.moments import local_text
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.keys import KeyDestroyed
from salus.kernel.operations import action
from salus.kernel.records import Record
from salus.shared.calendar.models import Location
from salus.shared.messages import actions as messages
from salus.shared.messages.letters import CalendarPart
from salus.shared.people import queries as people

TEMPLATES = {Method.REQUEST: "appointments/invitation", Method.CANCEL: "appointments/cancellation"}


@action(roles={Role.SYSTEM}, told="sent you an appointment for your calendar")
def invite(ctx: Context, appointment_id: UUID, method: Method, *, by: UUID | None) -> Appointment:
    """Write to patient and doctor, so that their calendars show an appointment as it is now, or no more.

    Who did it (`by`) gets the e-mail alone; for the other it is news, and a notice as well. Of each version they are
    told once, however often the deed was repeated; and not of one that there is no more.
    """
    found = ctx.lock(ctx.get(Appointment, appointment_id))
    ctx.tell(subject=found, person_id=found.patient_id)
    is_current = (found.state is AppointmentState.CANCELLED) == (method is Method.CANCEL)
    if is_current and not _is_told(ctx, found):
        ctx.tell(sequence=found.sequence)
        doctor_id = ctx.get(Doctor, found.doctor_id).person_id
        for person_id, page in ((found.patient_id, "appointments"), (doctor_id, "visits")):
            _write(ctx, found, method, person_id, f"/{page}/{found.id}", is_news=person_id != by)
    return found


def _is_told(ctx: Context, appointment: Appointment) -> bool:
    """Whether a record tells of an invitation to this version."""
    invited = select(Record.id).where(
        Record.operation == "appointments.invite",
        Record.subject_id == appointment.id,
        Record.facts["sequence"].as_integer() == appointment.sequence,
    )
    return ctx.db.execute(invited.limit(1)).first() is not None


def _write(
    ctx: Context, appointment: Appointment, method: Method, person_id: UUID, link: str, *, is_news: bool
) -> None:
    try:
        # Their name stays with us. The address is where the e-mail goes anyway.
        attendee = Party("", people.account(ctx, person_id).email)
    except KeyDestroyed:
        return  # They were erased meanwhile, and have no address any more.
    file = calendar([entry_of(ctx, appointment, link, attendee=attendee)], method=method).decode()
    tell = messages.notify if is_news else messages.write_to
    tell(
        ctx,
        person_id,
        TEMPLATES[method],
        link=link,
        calendar=CalendarPart(method, file),
        when=local_text(appointment.starts_at, appointment.zone),
        place=ctx.get(Location, appointment.location_id).name if appointment.location_id else "",
        is_moved=appointment.sequence > 0,
    )
