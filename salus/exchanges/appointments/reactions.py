"""What follows from appointments, in the background; and what needs somebody outside while a patient waits."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.actions import eligibility, invitations, leaving, reminders, waiting
from salus.exchanges.appointments.queries import invitations as invitation_queries
from salus.exchanges.appointments.queries import leaving as leaving_queries
from salus.exchanges.appointments.queries import reminders as reminder_queries
from salus.exchanges.appointments.queries import waiting as waiting_queries
from salus.exchanges.appointments.rules.waiting import Chance
from salus.formats.icalendar import Method
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.records import Record, after, every
from salus.shared.calendar.models import Span
from salus.shared.insurance import reactions as insurance
from salus.shared.privacy.rules.parts import Part, take_part

TRIED = 5
"""Times that one person is tried for at most: what they cannot have now, they may be asked for next time."""

take_part(
    Part(
        "appointments",
        "Your appointments and your insurance in words; and your clinical records as FHIR, one resource a line.",
        exported=leaving_queries.exported,
        obligations=leaving_queries.obligations,
        let_go=leaving.let_go,
    )
)


def book(
    ctx: Context,
    visit_type_id: UUID,
    starts_at: datetime,
    *,
    reason: str = "",
    coverage_id: UUID | None = None,
    key: str | None = None,
) -> queries.Booked:
    """Book for the acting patient, then ask the insurer that is to pay, if one is; `ctx` is not open.

    The time is certain before the insurer is asked, and stays so whatever comes of that: what it does not say within
    two seconds is pending, and asked again in the background. Raises what `actions.book` raises.
    """
    with ctx.again() as own:
        kind = queries.visit_type(own, visit_type_id)
        made = actions.book(own, kind, starts_at, reason=reason, coverage_id=coverage_id, key=key)
    if made.coverage_id is not None and made.is_coming:
        with ctx.again() as own:
            service, on_day = queries.asked_of_insurer(own, made)
        insurance.check(ctx, made.coverage_id, service=service, on_day=on_day)
    with ctx.again() as own:
        return queries.appointment(own, made.id)


@after("insurance.settle")
def tell_of_eligibility(ctx: Context, record: Record) -> None:
    """Tell patients whose visit is not covered, while they can still cancel it or choose to pay for it."""
    if record.subject_id is not None and record.facts.get("state") == "not_eligible":
        for appointment in queries.awaiting_check(ctx, record.subject_id):
            eligibility.warn(ctx, appointment)


@after("appointments.cancel", long=True)
@after("appointments.reschedule", long=True)
@after("appointments.change_visit_type", long=True)
@after("appointments.publish", long=True)
@after("appointments.wait", long=True)
@after("appointments.stop_waiting", long=True)
@after("appointments.decline", long=True)
@after("appointments.wait_on", long=True)
@after("appointments.lapse", long=True)
def ask_whoever_waits(ctx: Context, record: Record) -> None:
    """Time of one doctor may have become free, or somebody waits who did not before."""
    with ctx.again() as own:
        doctor_id = waiting_queries.doctor_of(own, record)
    if doctor_id is not None:
        _ask(ctx, doctor_id)


@after("calendar.open_extra", long=True)
@after("calendar.add_hours", long=True)
@after("calendar.change_hours", long=True)
@after("calendar.remove_special_hours", long=True)
@after("calendar.keep_holidays", long=True)
@after("calendar.unblock", long=True)
def ask_about_new_hours(ctx: Context, record: Record) -> None:
    """A calendar of a practice is open where it was not before: perhaps a room that several of its doctors need."""
    with ctx.again() as own:
        doctors = waiting_queries.doctors_waited_for(own, organisation_id=record.organisation_id)
    for doctor_id in doctors:
        _ask(ctx, doctor_id)


@every(seconds=30)
def take_back_offers(ctx: Context) -> None:
    """Give back the times that nobody answered for. Who comes next is asked by what follows from that."""
    with ctx.again() as own:
        over = waiting_queries.offers_over(own)
    for offered_id in over:
        with suppress(Refusal), ctx.again() as own:
            waiting.lapse(own, offered_id)


@every(seconds=300)
def look_for_times(ctx: Context) -> None:
    """Look for everybody who waits, in case time became free in a way that nobody told of."""
    with ctx.again() as own:
        in_vain, doctors = waiting_queries.waited_in_vain(own), waiting_queries.doctors_waited_for(own)
    for waiting_id in in_vain:
        with suppress(Refusal), ctx.again() as own:
            waiting.end_waiting(own, waiting_id)
    for doctor_id in doctors:
        _ask(ctx, doctor_id)


@every(seconds=60)
def remind(ctx: Context) -> None:
    """Remind those whose appointment is within the next day."""
    with ctx.again() as own:
        coming = reminder_queries.to_remind(own)
    for appointment_id in coming:
        with suppress(Refusal), ctx.again() as own:
            reminders.remind(own, appointment_id)


@after("appointments.book")
@after("appointments.book_for")
@after("appointments.overbook")
@after("appointments.keep_held")
@after("appointments.reschedule")
def invite(ctx: Context, record: Record) -> None:
    """An appointment has a time, or another: it belongs into the calendars of both."""
    if record.subject_id is not None:
        invitations.invite(ctx, record.subject_id, Method.REQUEST, by=record.actor_id)


@after("appointments.book_series")
def invite_to_series(ctx: Context, record: Record) -> None:
    """Each visit of a series is an entry of its own, because each is moved and cancelled by itself."""
    for appointment_id in invitation_queries.series_with(ctx, record.subject_id) if record.subject_id else []:
        invitations.invite(ctx, appointment_id, Method.REQUEST, by=record.actor_id)


@after("appointments.cancel")
def call_off(ctx: Context, record: Record) -> None:
    """An appointment does not take place: it goes out of the calendars of both."""
    if record.subject_id is not None:
        invitations.invite(ctx, record.subject_id, Method.CANCEL, by=record.actor_id)


def _ask(ctx: Context, doctor_id: UUID) -> None:
    """Offer what is free with a doctor to those who wait for it, one after the other, in their order.

    Each offer is a transaction of its own: whatever dies in between, those who were asked were asked, and the rest is
    done again. Two workers at once each go through the whole queue. Whoever comes second finds those asked whom the
    first asked, so nobody is asked out of turn.
    """
    with ctx.again() as own:
        found = waiting_queries.chances(own, doctor_id)
    given: list[Span] = []
    for chance in found:
        given += _offer(ctx, chance, given)


def _offer(ctx: Context, chance: Chance, given: list[Span]) -> list[Span]:
    """The time that somebody is offered: the first that they can have; or none."""
    tried = 0
    for time in chance.times:
        span = Span(time.starts_at, time.ends_at)
        if tried == TRIED or any(span.meets(other) for other in given):
            continue
        tried += 1
        with suppress(Refusal), ctx.again() as own:
            return [span] if waiting.offer(own, chance.waiting.id, time) else []
    return []


@after("appointments.describe")
@after("appointments.publish")
@after("appointments.withdraw")
@after("appointments.add_visit_type")
@after("appointments.change_visit_type")
@after("appointments.retire_visit_type")
@after("calendar.add_location")
@after("calendar.change_location")
@after("calendar.retire_location")
@after("calendar.add_hours")
@after("calendar.change_hours")
@after("calendar.remove_hours")
def show_practice(ctx: Context, record: Record) -> None:
    """Let FHIR show the practice as it is now."""
    if record.organisation_id is not None:
        actions.show_practice(ctx, record.organisation_id)


@after("people.verify_email")
@after("people.become_patient")
@after("people.rename")
def show_patient(ctx: Context, record: Record) -> None:
    """Let FHIR show whoever sees doctors, by the name they have now."""
    if record.person_id is not None and queries.is_patient(ctx, record.person_id):
        actions.show_patient(ctx, record.person_id)
