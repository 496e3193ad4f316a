"""Opening calendars, taking time and giving it back."""

from salus.shared.calendar.actions.calendars import open_calendar, practitioner_of, resource_of
from salus.shared.calendar.actions.claims import claim, confirm, move, release, sweep_holds
from salus.shared.calendar.actions.places import (
    add_location,
    add_thing,
    change_location,
    rename_thing,
    retire_location,
    retire_thing,
)

__all__ = [
    "add_location",
    "add_thing",
    "change_location",
    "claim",
    "confirm",
    "move",
    "open_calendar",
    "practitioner_of",
    "release",
    "rename_thing",
    "resource_of",
    "retire_location",
    "retire_thing",
    "sweep_holds",
]
