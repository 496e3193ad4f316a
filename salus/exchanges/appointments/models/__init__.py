"""Doctors, visits, appointments and waiting lists."""

from salus.exchanges.appointments.models.bookings import Appointment
from salus.exchanges.appointments.models.doctors import Doctor, VisitType
from salus.exchanges.appointments.models.kinds import AppointmentState, Mode, OfferState, Payer, WaitingState
from salus.exchanges.appointments.models.waiting import Offered, Waiting

__all__ = [
    "Appointment",
    "AppointmentState",
    "Doctor",
    "Mode",
    "OfferState",
    "Offered",
    "Payer",
    "VisitType",
    "Waiting",
    "WaitingState",
]
