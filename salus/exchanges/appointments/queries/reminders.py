"""Whom to remind."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from salus.exchanges.appointments.models import Appointment, AppointmentState
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query

AHEAD = timedelta(hours=24)
BATCH = 200


@query(roles={Role.SYSTEM})
def to_remind(ctx: Context) -> Sequence[UUID]:
    """Appointments within the next day of which nobody was reminded, the soonest first; two hundred at most.

    Whoever booked less than a day before knows it still.
    """
    coming = select(Appointment.id).where(
        Appointment.state == AppointmentState.BOOKED,
        Appointment.starts_at > ctx.now,
        Appointment.starts_at <= ctx.now + AHEAD,
        Appointment.reminded_at.is_(None),
        Appointment.created_at <= Appointment.starts_at - AHEAD,
    )
    return ctx.db.scalars(coming.order_by(Appointment.starts_at).limit(BATCH)).all()
