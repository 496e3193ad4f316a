"""Reminding people of what is coming."""

from uuid import UUID

from salus.exchanges.appointments.models import Appointment
from salus.formats.moments import local_text
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.calendar.models import Location
from salus.shared.messages import actions as messages


@action(roles={Role.SYSTEM}, told="reminded you of an appointment")
def remind(ctx: Context, appointment_id: UUID) -> Appointment:
    """Remind the patient of an appointment, once for the time that it has now, and not of one that was cancelled."""
    found = ctx.lock(ctx.get(Appointment, appointment_id))
    ctx.tell(person_id=found.patient_id)
    if found.is_coming and found.reminded_at is None:
        found.reminded_at = ctx.now
        messages.notify(
            ctx,
            found.patient_id,
            "appointments/reminder",
            link=f"/appointments/{found.id}",
            when=local_text(found.starts_at, found.zone),
            place=ctx.get(Location, found.location_id).name if found.location_id else "",
        )
    return found
