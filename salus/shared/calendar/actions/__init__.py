"""Opening calendars, taking time and giving it back."""

from salus.shared.calendar.actions.blocks import block, unblock
from salus.shared.calendar.actions.calendars import open_calendar, practitioner_of, resource_of
from salus.shared.calendar.actions.claims import claim, confirm, move, release, sweep_holds
from salus.shared.calendar.actions.feeds import end_feed, make_feed, note_reading
from salus.shared.calendar.actions.hours import (
    add_hours,
    change_hours,
    close,
    keep_holidays,
    open_extra,
    remove_hours,
    remove_special_hours,
)
from salus.shared.calendar.actions.places import (
    add_location,
    add_thing,
    change_location,
    rename_thing,
    retire_location,
    retire_thing,
)

__all__ = [
    "add_hours",
    "add_location",
    "add_thing",
    "block",
    "change_hours",
    "change_location",
    "claim",
    "close",
    "confirm",
    "end_feed",
    "keep_holidays",
    "make_feed",
    "move",
    "note_reading",
    "open_calendar",
    "open_extra",
    "practitioner_of",
    "release",
    "remove_hours",
    "remove_special_hours",
    "rename_thing",
    "resource_of",
    "retire_location",
    "retire_thing",
    "sweep_holds",
    "unblock",
]
