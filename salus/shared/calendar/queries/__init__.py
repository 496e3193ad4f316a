"""What is free, what is claimed, and what there is."""

from salus.shared.calendar.queries.availability import free, schedules
from salus.shared.calendar.queries.claims import claims, holds_over
from salus.shared.calendar.queries.hours import (
    coming_holidays,
    hours,
    one_of_hours,
    one_of_special_hours,
    special_hours,
)
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
    "coming_holidays",
    "free",
    "holds_over",
    "hours",
    "is_in_use",
    "location",
    "locations",
    "my_calendar",
    "one_of_hours",
    "one_of_special_hours",
    "resource",
    "resources",
    "schedules",
    "special_hours",
]
