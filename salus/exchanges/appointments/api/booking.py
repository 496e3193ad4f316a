"""Booking, and what becomes of appointments."""

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Header, Query

from salus.exchanges.appointments import actions, queries, reactions
from salus.exchanges.appointments.api.waiting import api  # whose doors come before the one of a single appointment
from salus.exchanges.appointments.models import Appointment
from salus.exchanges.appointments.queries import Booked, Patient
from salus.exchanges.appointments.schemas.booking import (
    AppointmentRead,
    Booking,
    BookingFor,
    Cancellation,
    DayRead,
    Move,
    Opening,
    Outcome,
    Overbooking,
    PatientRead,
    SeriesBooking,
    VisitRead,
)
from salus.kernel.context import Context
from salus.shared.calendar.rules.refusals import UnknownZone
from salus.web.doors import CurrentContext

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
"""The same again makes nothing new: draft-ietf-httpapi-idempotency-key-header."""
ZoneName = Annotated[str, Query(max_length=64)]


@api.get("", operation=queries.appointments, answer=list[AppointmentRead])
def appointments(ctx: CurrentContext) -> list[Booked]:
    return queries.appointments(ctx)


@api.post("", operation=actions.book, answer=AppointmentRead, status=201, long=True)
def book(ctx: CurrentContext, booking: Booking, key: Key = None) -> Booked:
    wanted = booking.visit_type_id, booking.starts_at
    return reactions.book(ctx, *wanted, reason=booking.reason, coverage_id=booking.coverage_id, key=key)


@api.post("/series", operation=actions.book_series, answer=list[AppointmentRead], status=201)
def book_series(ctx: CurrentContext, booking: SeriesBooking, key: Key = None) -> list[Booked]:
    visit_type = queries.visit_type(ctx, booking.visit_type_id)
    options = booking.model_dump(exclude={"visit_type_id", "starts_at"})
    series = actions.book_series(ctx, visit_type, booking.starts_at, **options, key=key)
    return [_told(ctx, each) for each in series]


@api.delete("/series/{series_id}", operation=actions.cancel_series, answer=list[AppointmentRead])
def cancel_series(ctx: CurrentContext, series_id: UUID) -> list[Booked]:
    return [_told(ctx, each) for each in actions.cancel_series(ctx, series_id)]


@api.get("/day", operation=queries.day, answer=list[DayRead])
def day(ctx: CurrentContext, on: date, zone: ZoneName) -> list[Booked]:
    try:
        return queries.day(ctx, on, ZoneInfo(zone))
    except (ValueError, OSError, KeyError) as error:
        raise UnknownZone from error


@api.get("/patients", operation=queries.my_patients, answer=list[PatientRead])
def my_patients(ctx: CurrentContext) -> list[Patient]:
    return queries.my_patients(ctx)


@api.post("/for-patients", operation=actions.book_for, answer=AppointmentRead, status=201)
def book_for(ctx: CurrentContext, booking: BookingFor) -> Booked:
    visit_type = queries.my_visit_type(ctx, booking.visit_type_id)
    return _told(ctx, actions.book_for(ctx, visit_type, booking.patient_id, booking.starts_at))


@api.post("/overbookings", operation=actions.overbook, answer=AppointmentRead, status=201)
def overbook(ctx: CurrentContext, booking: Overbooking) -> Booked:
    visit_type = queries.my_visit_type(ctx, booking.visit_type_id)
    return _told(ctx, actions.overbook(ctx, visit_type, booking.patient_id, booking.starts_at, because=booking.because))


@api.get("/all", operation=queries.every_appointment, answer=list[AppointmentRead])
def every_appointment(ctx: CurrentContext) -> list[Booked]:
    return queries.every_appointment(ctx)


@api.get("/{appointment_id}", operation=queries.appointment, answer=AppointmentRead)
def appointment(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return queries.appointment(ctx, appointment_id)


@api.get("/{appointment_id}/visit", operation=queries.visit, answer=VisitRead)
def visit(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return queries.visit(ctx, appointment_id)


@api.put("/{appointment_id}/time", operation=actions.reschedule, answer=AppointmentRead)
def reschedule(ctx: CurrentContext, appointment_id: UUID, move: Move) -> Booked:
    return _told(ctx, actions.reschedule(ctx, _its(ctx, appointment_id), move.starts_at))


@api.post("/{appointment_id}/cancellation", operation=actions.cancel, answer=AppointmentRead)
def cancel(ctx: CurrentContext, appointment_id: UUID, cancellation: Cancellation) -> Booked:
    return _told(ctx, actions.cancel(ctx, _its(ctx, appointment_id), because=cancellation.because))


@api.put("/{appointment_id}/outcome", operation=actions.note_visit, answer=AppointmentRead)
def note_visit(ctx: CurrentContext, appointment_id: UUID, outcome: Outcome) -> Booked:
    return _told(ctx, actions.note_visit(ctx, _its(ctx, appointment_id), outcome.state))


@api.delete("/{appointment_id}/coverage", operation=actions.pay_myself, answer=AppointmentRead)
def pay_myself(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return _told(ctx, actions.pay_myself(ctx, _its(ctx, appointment_id)))


@api.post("/{appointment_id}/opening", operation=actions.open_appointment, answer=VisitRead)
def open_appointment(ctx: CurrentContext, appointment_id: UUID, opening: Opening) -> Booked:
    return actions.open_appointment(ctx, appointment_id, reason=opening.reason)


def _its(ctx: Context, appointment_id: UUID) -> Appointment:
    return queries.appointment(ctx, appointment_id).appointment


def _told(ctx: Context, appointment: Appointment) -> Booked:
    return queries.appointment(ctx, appointment.id)
