"""Dora's practice by the harbour, open on weekdays from nine to five, and the people who come to her."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Appointment, Doctor, VisitType
from salus.exchanges.appointments.rules.times import Time
from salus.exchanges.appointments.schemas.doctors import ProfileWrite, VisitTypeWrite
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.calendar import actions as calendar
from salus.shared.calendar import queries as calendars
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import instant, whole_day
from salus.shared.calendar.schemas import HoursWrite, LocationWrite, ThingWrite

HELSINKI = ZoneInfo("Europe/Helsinki")
GENERAL_PRACTICE = "394814009"
HARBOUR = LocationWrite(
    name="Harbour Clinic", address_lines=["Satamakatu 1"], city="Helsinki", country="FI", zone="Europe/Helsinki"
)


def on(day: date, clock: str, zone: ZoneInfo = HELSINKI) -> datetime:
    """The moment at which the clocks of the practice show this."""
    hour, minute = map(int, clock.split(":"))
    return instant(datetime.combine(day, time(hour, minute)), zone)


def next_monday(weeks: int = 1) -> date:
    """The Monday of next week, or of so many weeks from now, as the practice's calendar has it."""
    today = datetime.now(HELSINKI).date()
    return today + timedelta(days=7 * weeks - today.weekday())


class Surgery:
    """A doctor who can be booked, with whatever a test has to say about it."""

    def __init__(
        self, tenant: UUID, doctor: Actor, *, place: LocationWrite = HARBOUR, name: str = "Dr Dora Lind"
    ) -> None:
        self.tenant, self.doctor = tenant, doctor
        with self.as_(doctor) as ctx:
            self.profile: Doctor = actions.describe(ctx, profile(public_name=name))
            self.location_id = calendar.add_location(ctx, place).id
            self.open(ctx, "09:00", "17:00")
            self.visit_type = actions.add_visit_type(ctx, visit())
            actions.publish(ctx)

    def as_(self, actor: Actor) -> Context:
        return Context(actor, self.tenant)

    def open(self, ctx: Context, starts: str, ends: str, rule: str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR") -> None:
        own = calendars.resource(ctx, self.profile.resource_id)
        # Tests choose days by the calendar of today, and must not fall over a holiday.
        calendar.keep_holidays(ctx, own, on=False)
        hours = HoursWrite(
            rule=rule, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends), valid_from=date(2026, 1, 1)
        )
        calendar.add_hours(ctx, own, calendars.location(ctx, self.location_id), hours)

    def gives(self, **described: Any) -> VisitType:
        """Another kind of visit."""
        with self.as_(self.doctor) as ctx:
            return actions.add_visit_type(ctx, visit(**described))

    def thing(self, name: str, kind: str = "room") -> UUID:
        with self.as_(self.doctor) as ctx:
            at = calendars.location(ctx, self.location_id)
            return calendar.add_thing(ctx, at, ThingWrite(kind=kind, name=name)).id

    def book(
        self, patient: Actor, starts_at: datetime, visit_type: VisitType | None = None, **options: Any
    ) -> Appointment:
        with self.as_(patient) as ctx:
            return actions.book(ctx, visit_type or self.visit_type, starts_at, **options)

    def cancel(self, actor: Actor, booked: Appointment, **options: Any) -> Appointment:
        with self.as_(actor) as ctx:
            return actions.cancel(ctx, self.appointment(ctx, booked), **options)

    def move(self, actor: Actor, booked: Appointment, starts_at: datetime) -> Appointment:
        with self.as_(actor) as ctx:
            return actions.reschedule(ctx, self.appointment(ctx, booked), starts_at)

    def times(self, actor: Actor, day: date, visit_type: VisitType | None = None) -> Sequence[Time]:
        with self.as_(actor) as ctx:
            return queries.times(ctx, visit_type or self.visit_type, whole_day(day, HELSINKI))

    def clocks(self, actor: Actor, day: date, visit_type: VisitType | None = None) -> list[str]:
        """What is offered on a day, as the clocks of the practice show it."""
        offered = self.times(actor, day, visit_type)
        return [each.starts_at.astimezone(HELSINKI).strftime("%H:%M") for each in offered]

    @staticmethod
    def appointment(ctx: Context, booked: Appointment) -> Appointment:
        return queries.appointment(ctx, booked.id).appointment


def profile(**said: Any) -> ProfileWrite:
    usual = {"public_name": "Dr Dora Lind", "specialties": [GENERAL_PRACTICE], "languages": ["fi", "en"]}
    return ProfileWrite(**usual | said)


def visit(**described: Any) -> VisitTypeWrite:
    usual = {"name": "Consultation", "minutes": 30, "every_minutes": 30, "price": "80.00"}
    return VisitTypeWrite(**usual | described)


def during(starts_at: datetime, minutes: int) -> Span:
    return Span(starts_at, starts_at + timedelta(minutes=minutes))
