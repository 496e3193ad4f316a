"""Booking, and what becomes of appointments."""

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Header, Query

from salus.exchanges.appointments import actions, queries, reactions, schemas
from salus.exchanges.appointments.api.waiting import api  # whose doors come before the one of a single appointment
from salus.exchanges.appointments.models import Appointment
from salus.exchanges.appointments.queries import Booked, Patient
from salus.kernel.context import Context
from salus.shared.calendar.rules.refusals import UnknownZone
from salus.web.doors import CurrentContext

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
"""The same again makes nothing new: draft-ietf-httpapi-idempotency-key-header."""
ZoneName = Annotated[str, Query(max_length=64)]


@api.get("", operation=queries.appointments, answer=list[schemas.AppointmentRead])
def appointments(ctx: CurrentContext) -> list[Booked]:
    return queries.appointments(ctx)


@api.post("", operation=actions.book, answer=schemas.AppointmentRead, status=201, long=True)
def book(ctx: CurrentContext, booking: schemas.Booking, key: Key = None) -> Booked:
    wanted = booking.visit_type_id, booking.starts_at
    return reactions.book(ctx, *wanted, reason=booking.reason, coverage_id=booking.coverage_id, key=key)


@api.post("/series", operation=actions.book_series, answer=list[schemas.AppointmentRead], status=201)
def book_series(ctx: CurrentContext, booking: schemas.SeriesBooking) -> list[Booked]:
    visit_type = queries.visit_type(ctx, booking.visit_type_id)
    options = booking.model_dump(exclude={"visit_type_id", "starts_at"})
    return [_told(ctx, each) for each in actions.book_series(ctx, visit_type, booking.starts_at, **options)]


@api.delete("/series/{series_id}", operation=actions.cancel_series, answer=list[schemas.AppointmentRead])
def cancel_series(ctx: CurrentContext, series_id: UUID) -> list[Booked]:
    return [_told(ctx, each) for each in actions.cancel_series(ctx, series_id)]


@api.get("/day", operation=queries.day, answer=list[schemas.DayRead])
def day(ctx: CurrentContext, on: date, zone: ZoneName) -> list[Booked]:
    try:
        return queries.day(ctx, on, ZoneInfo(zone))
    except (ValueError, OSError, KeyError) as error:
        raise UnknownZone from error


@api.get("/patients", operation=queries.my_patients, answer=list[schemas.PatientRead])
def my_patients(ctx: CurrentContext) -> list[Patient]:
    return queries.my_patients(ctx)


@api.post("/for-patients", operation=actions.book_for, answer=schemas.AppointmentRead, status=201)
def book_for(ctx: CurrentContext, booking: schemas.BookingFor) -> Booked:
    visit_type = queries.my_visit_type(ctx, booking.visit_type_id)
    return _told(ctx, actions.book_for(ctx, visit_type, booking.patient_id, booking.starts_at))


@api.post("/overbookings", operation=actions.overbook, answer=schemas.AppointmentRead, status=201)
def overbook(ctx: CurrentContext, booking: schemas.Overbooking) -> Booked:
    visit_type = queries.my_visit_type(ctx, booking.visit_type_id)
    return _told(ctx, actions.overbook(ctx, visit_type, booking.patient_id, booking.starts_at, because=booking.because))


@api.get("/all", operation=queries.every_appointment, answer=list[schemas.AppointmentRead])
def every_appointment(ctx: CurrentContext) -> list[Booked]:
    return queries.every_appointment(ctx)


@api.get("/{appointment_id}", operation=queries.appointment, answer=schemas.AppointmentRead)
def appointment(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return queries.appointment(ctx, appointment_id)


@api.get("/{appointment_id}/visit", operation=queries.visit, answer=schemas.VisitRead)
def visit(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return queries.visit(ctx, appointment_id)


@api.put("/{appointment_id}/time", operation=actions.reschedule, answer=schemas.AppointmentRead)
def reschedule(ctx: CurrentContext, appointment_id: UUID, move: schemas.Move) -> Booked:
    return _told(ctx, actions.reschedule(ctx, _its(ctx, appointment_id), move.starts_at))


@api.post("/{appointment_id}/cancellation", operation=actions.cancel, answer=schemas.AppointmentRead)
def cancel(ctx: CurrentContext, appointment_id: UUID, cancellation: schemas.Cancellation) -> Booked:
    return _told(ctx, actions.cancel(ctx, _its(ctx, appointment_id), because=cancellation.because))


@api.put("/{appointment_id}/outcome", operation=actions.note_visit, answer=schemas.AppointmentRead)
def note_visit(ctx: CurrentContext, appointment_id: UUID, outcome: schemas.Outcome) -> Booked:
    return _told(ctx, actions.note_visit(ctx, _its(ctx, appointment_id), outcome.state))


@api.delete("/{appointment_id}/coverage", operation=actions.pay_myself, answer=schemas.AppointmentRead)
def pay_myself(ctx: CurrentContext, appointment_id: UUID) -> Booked:
    return _told(ctx, actions.pay_myself(ctx, _its(ctx, appointment_id)))


@api.post("/{appointment_id}/opening", operation=actions.open_appointment, answer=schemas.VisitRead)
def open_appointment(ctx: CurrentContext, appointment_id: UUID, opening: schemas.Opening) -> Booked:
    return actions.open_appointment(ctx, appointment_id, reason=opening.reason)


def _its(ctx: Context, appointment_id: UUID) -> Appointment:
    return queries.appointment(ctx, appointment_id).appointment


def _told(ctx: Context, appointment: Appointment) -> Booked:
    return queries.appointment(ctx, appointment.id)
