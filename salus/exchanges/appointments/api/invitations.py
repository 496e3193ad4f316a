"""Appointments as files for calendar programs."""

from uuid import UUID

from starlette.responses import Response

from salus.exchanges.appointments.api.doctors import api
from salus.exchanges.appointments.queries import invitations as queries
from salus.formats.icalendar import MEDIA_TYPE
from salus.web.doors import CurrentContext, download


@api.get("/{appointment_id}/calendar", operation=queries.calendar_file, produces=MEDIA_TYPE)
def calendar_file(ctx: CurrentContext, appointment_id: UUID) -> Response:
    return download(queries.calendar_file(ctx, appointment_id), name="appointment.ics", media_type=MEDIA_TYPE)
