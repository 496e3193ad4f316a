"""What is free, what is claimed, and what there is."""

from salus.shared.calendar.queries.availability import free, schedules
from salus.shared.calendar.queries.claims import claims, holds_over
from salus.shared.calendar.queries.places import (
    calendars_of,
    is_in_use,
    location,
    locations,
    my_calendar,
    resource,
    resources,
)

__all__ = [
    "calendars_of",
    "claims",
    "free",
    "holds_over",
    "is_in_use",
    "location",
    "locations",
    "my_calendar",
    "resource",
    "resources",
    "schedules",
]
