"""Who takes part in an appointment, and until when what may be done with it. Pure."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from salus.exchanges.appointments.models import Appointment, AppointmentState, VisitType
from salus.exchanges.appointments.rules.refusals import NotComing, NotYet, TooFar, TooLateToMove, TooSoon
from salus.kernel.ids import new_id

_BOOKINGS = UUID("6f1f5c1e-6a0e-4c6b-9a57-3f0f6a1c9f10")


def booking_id(person_id: UUID, key: str | None) -> UUID:
    """The id of a booking; the same again for the same key of the same person, so that a retry finds what it made."""
    return uuid5(_BOOKINGS, f"{person_id}|{key}") if key else new_id()


def series_id(person_id: UUID, key: str | None) -> UUID:
    """The same for a series, which a key may name though it names a single booking as well."""
    return uuid5(_BOOKINGS, f"series|{person_id}|{key}") if key else new_id()


def insist_on_window(visit_type: VisitType, starts_at: datetime, now: datetime) -> None:
    """Raises TooSoon or TooFar for a time that is not to be booked yet, or any more."""
    if starts_at < now + timedelta(hours=visit_type.notice_hours):
        raise TooSoon
    if starts_at > now + timedelta(days=visit_type.horizon_days):
        raise TooFar


def is_late(visit_type: VisitType, appointment: Appointment, now: datetime) -> bool:
    """Whether it is after the time until which a visit is cancelled freely."""
    return now > appointment.starts_at - timedelta(hours=visit_type.free_until_hours)


def insist_on_coming(appointment: Appointment, now: datetime) -> None:
    """Raises NotComing for what was cancelled or has begun."""
    if not appointment.is_coming or appointment.starts_at <= now:
        raise NotComing


def insist_on_time_to_move(visit_type: VisitType, appointment: Appointment, now: datetime) -> None:
    """Raises NotComing, or TooLateToMove for a patient who comes with it after the free time."""
    insist_on_coming(appointment, now)
    if is_late(visit_type, appointment, now):
        raise TooLateToMove


def insist_on_begun(appointment: Appointment, state: AppointmentState, now: datetime) -> None:
    """Raises NotComing for what was cancelled; NotYet for a visit called over, or missed, before it began."""
    if appointment.state not in {AppointmentState.BOOKED, AppointmentState.ARRIVED}:
        raise NotComing
    if state is not AppointmentState.ARRIVED and now < appointment.starts_at:
        raise NotYet
