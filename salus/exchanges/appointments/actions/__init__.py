"""What doctors, patients and administrators do."""

from salus.exchanges.appointments.actions.booking import book, book_for, book_series, keep_held, overbook
from salus.exchanges.appointments.actions.doctors import (
    add_visit_type,
    change_visit_type,
    describe,
    publish,
    retire_visit_type,
    withdraw,
)
from salus.exchanges.appointments.actions.showing import show_appointment, show_patient, show_practice
from salus.exchanges.appointments.actions.visits import (
    cancel,
    cancel_series,
    note_visit,
    open_appointment,
    pay_myself,
    reschedule,
)

__all__ = [
    "add_visit_type",
    "book",
    "book_for",
    "book_series",
    "cancel",
    "cancel_series",
    "change_visit_type",
    "describe",
    "keep_held",
    "note_visit",
    "open_appointment",
    "overbook",
    "pay_myself",
    "publish",
    "reschedule",
    "retire_visit_type",
    "show_appointment",
    "show_patient",
    "show_practice",
    "withdraw",
]
