"""What insurers said of appointments, told to their patients."""

from salus.exchanges.appointments.models import Appointment
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.messages import actions as messages


@action(roles={Role.SYSTEM}, told="told you that your insurer does not cover an appointment")
def warn(ctx: Context, appointment: Appointment) -> Appointment:
    """Tell a patient that their insurer does not cover a visit that is to come."""
    messages.notify(ctx, appointment.patient_id, "appointments/not-covered", link=f"/appointments/{appointment.id}")
    ctx.tell(subject=appointment, person_id=appointment.patient_id)
    return appointment
