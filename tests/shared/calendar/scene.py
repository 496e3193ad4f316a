"""A practice, and an exchange that books in it: the calendar itself has no operation that takes time for anybody."""

from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action, query
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Claim, ClaimState, Resource, Span
from salus.shared.calendar.rules.needs import Need, the
from salus.shared.calendar.schemas import HoursWrite, LocationWrite, ThingWrite

MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
"""A Monday that stays ahead: 1 March 2027, midnight in UTC."""
EVERYONE = {Role.PATIENT, Role.DOCTOR, Role.SYSTEM}


def span(start: str, end: str, *, day: int = 0) -> Span:
    """From one time of that Monday (or so many days after it) to another, in UTC."""
    return Span(_on(start, day), _on(end, day))


def _on(clock: str, day: int) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@action(roles=EVERYONE)
def take_time(ctx: Context, booking_id: UUID, needs: Sequence[Need], during: Span, **options: Any) -> list[Claim]:
    return actions.claim(ctx, booking_id, needs, during, **options)


@action(roles=EVERYONE)
def take_several_times(ctx: Context, needs: Sequence[Need], times: Sequence[Span]) -> list[Claim]:
    return [claim for during in times for claim in actions.claim(ctx, new_id(), needs, during)]


@action(roles=EVERYONE)
def move_time(ctx: Context, booking_id: UUID, during: Span, **options: Any) -> list[Claim]:
    return actions.move(ctx, booking_id, during, **options)


@action(roles=EVERYONE)
def keep_time(ctx: Context, booking_id: UUID) -> None:
    actions.confirm(ctx, booking_id)


@action(roles=EVERYONE)
def give_time_back(ctx: Context, booking_id: UUID) -> int:
    return actions.release(ctx, booking_id)


@action(roles=EVERYONE)
def calendar_of(ctx: Context, person_id: UUID) -> Resource:
    return actions.resource_of(ctx, person_id)


@query(roles=EVERYONE)
def free_times(ctx: Context, resources: Sequence[UUID], **options: Any) -> dict[UUID, list[Span]]:
    return queries.free(ctx, resources, **options)


@query(roles=EVERYONE)
def claims_of(ctx: Context, booking_id: UUID) -> Sequence[Claim]:
    return queries.claims(ctx, booking_id)


@query(roles=EVERYONE)
def live_spans(ctx: Context, resource_id: UUID) -> list[Span]:
    live = select(Claim).where(Claim.resource_id == resource_id, Claim.state != ClaimState.RELEASED)
    return [claim.during for claim in ctx.db.scalars(live)]


HELSINKI = LocationWrite(name="Harbour Clinic", city="Helsinki", country="FI", zone="Europe/Helsinki")


class Practice:
    """A doctor's location with its rooms and devices, and what an exchange does in it."""

    def __init__(self, tenant: UUID, doctor: Actor) -> None:
        self.tenant = tenant
        self.doctor = doctor
        with self.context() as ctx:
            self.location_id = actions.add_location(ctx, HELSINKI).id
            self.doctor_id = actions.open_calendar(ctx).id

    def context(self, actor: Actor | None = None) -> Context:
        return Context(actor or self.doctor, self.tenant)

    def thing(self, kind: str = "room", name: str = "Room 1") -> UUID:
        with self.context() as ctx:
            at = queries.location(ctx, self.location_id)
            return actions.add_thing(ctx, at, ThingWrite(kind=kind, name=name)).id

    def person(self, person: Actor) -> UUID:
        with self.context(person) as ctx:
            return calendar_of(ctx, person.person_id).id

    def take(self, during: Span, *resources: UUID | Need, actor: Actor | None = None, **options: Any) -> UUID:
        """Books these for a time; the booking's id."""
        booking_id = new_id()
        needs = [one if isinstance(one, Need) else the(one) for one in resources]
        with self.context(actor) as ctx:
            take_time(ctx, booking_id, needs, during, **options)
        return booking_id

    def move(self, booking_id: UUID, during: Span, **options: Any) -> None:
        with self.context() as ctx:
            move_time(ctx, booking_id, during, **options)

    def give_back(self, booking_id: UUID) -> int:
        with self.context() as ctx:
            return give_time_back(ctx, booking_id)

    def keep(self, booking_id: UUID) -> None:
        with self.context() as ctx:
            keep_time(ctx, booking_id)

    def claims(self, booking_id: UUID) -> list[Claim]:
        with self.context() as ctx:
            return list(claims_of(ctx, booking_id))

    def live_claims_on(self, resource_id: UUID) -> list[Span]:
        with self.context() as ctx:
            return live_spans(ctx, resource_id)

    def another_location(self) -> "Practice":
        other = copy(self)
        with self.context() as ctx:
            other.location_id = actions.add_location(ctx, HELSINKI).id
        return other

    def a_moment_ago(self) -> datetime:
        return datetime.now(UTC) - timedelta(seconds=1)

    def free(self, resource_id: UUID, between: Span, **options: Any) -> list[Span]:
        with self.context() as ctx:
            return free_times(ctx, [resource_id], between=between, **options)[resource_id]


def kept(tenant: UUID, doctor: Actor, patient: Actor) -> Practice:
    """A practice in which everything that a calendar can hold is there at least once."""
    practice = Practice(tenant, doctor)
    room = practice.thing()
    daily = HoursWrite(rule="FREQ=DAILY", starts=time(8), ends=time(18), valid_from=MONDAY.date())
    with practice.context() as ctx:
        own, place = queries.resource(ctx, practice.doctor_id), queries.location(ctx, practice.location_id)
        actions.add_hours(ctx, own, place, daily)
        actions.close(ctx, own, span("08:00", "12:00", day=1), note="Conference")
        actions.block(ctx, own, span("12:00", "13:00"), note="Lunch")
    practice.take(span("14:00", "14:30"), practice.doctor_id, room, practice.person(patient))
    with practice.context(patient) as ctx:
        actions.make_feed(ctx)
    return practice
