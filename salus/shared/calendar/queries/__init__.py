"""What is free, what is claimed, and what there is."""

from salus.shared.calendar.queries.agenda import Agenda, agenda, blocked_time, clock_of, entries, home, taken
from salus.shared.calendar.queries.availability import free, schedules
from salus.shared.calendar.queries.changes import left_outside
from salus.shared.calendar.queries.claims import claims, holds_over
from salus.shared.calendar.queries.feeds import feed, my_feed
from salus.shared.calendar.queries.hours import (
    coming_holidays,
    hours,
    one_of_hours,
    one_of_special_hours,
    special_hours,
)
from salus.shared.calendar.queries.places import (
    all_locations,
    calendars_of,
    is_in_use,
    location,
    locations,
    my_calendar,
    resource,
    resources,
)

__all__ = [
    "Agenda",
    "agenda",
    "all_locations",
    "blocked_time",
    "calendars_of",
    "claims",
    "clock_of",
    "coming_holidays",
    "entries",
    "feed",
    "free",
    "holds_over",
    "home",
    "hours",
    "is_in_use",
    "left_outside",
    "location",
    "locations",
    "my_calendar",
    "my_feed",
    "one_of_hours",
    "one_of_special_hours",
    "resource",
    "resources",
    "schedules",
    "special_hours",
    "taken",
]
