"""Appointments as files for people's own calendars."""

from uuid import UUID

from starlette.responses import Response

from salus.exchanges.appointments.queries import invitations as queries
from salus.formats.icalendar import MEDIA_TYPE
from salus.web.doors import CurrentContext, Pages, download

pages = Pages()


@pages.get("/appointments/{appointment_id}/calendar.ics", operation=queries.calendar_file)
def calendar_file(ctx: CurrentContext, appointment_id: UUID) -> Response:
    return download(queries.calendar_file(ctx, appointment_id), name="appointment.ics", media_type=MEDIA_TYPE)
