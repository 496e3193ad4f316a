"""What of an appointment goes into people's own calendars. Pure.

An e-mail and a calendar are read by more than whom they are for, and by companies. So they tell when, where and how to
read on, and never whom somebody sees or why: that says what is wrong with them.
"""

from datetime import datetime
from urllib.parse import urlsplit

from salus.exchanges.appointments.models import Appointment
from salus.formats.icalendar import Entry, Party
from salus.shared.calendar.models import Location

TITLE = "Appointment"


def entry(
    appointment: Appointment,
    place: Location | None,
    *,
    home: str,
    link: str,
    stamped_at: datetime,
    title: str = TITLE,
    organiser: Party | None = None,
    attendee: Party | None = None,
) -> Entry:
    """An appointment for a calendar program. `home` is the address of our start page, and `link` what follows it."""
    return Entry(
        uid=f"{appointment.id}@{urlsplit(home).hostname}",
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        zone=appointment.zone,
        title=title,
        stamped_at=stamped_at,
        place=_address(place) if place else "",
        link=f"{home}{link}",
        sequence=appointment.sequence,
        is_cancelled=appointment.cancelled_at is not None,
        organiser=organiser,
        attendee=attendee,
    )


def _address(place: Location) -> str:
    town = f"{place.postal_code} {place.city}".strip()
    return ", ".join(part for part in (place.name, *place.address_lines, town, place.country) if part)
