"""People who wait for the one time of a morning: an hour with Dora on Monday at nine."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import time_machine

from salus.exchanges.appointments import reactions
from salus.exchanges.appointments.actions import waiting as actions
from salus.exchanges.appointments.models import Appointment, Offered, Waiting
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.queries.waiting import Held, Waits
from salus.exchanges.appointments.schemas.waiting import WaitingWrite
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.worker import settle_everything
from tests.exchanges.appointments.scene import Surgery, next_monday, on


class Queue:
    """Whoever waits for Monday at nine, which somebody else has."""

    def __init__(self, surgery: Surgery, holder: Actor) -> None:
        self.surgery, self.tenant, self.holder = surgery, surgery.tenant, holder
        self.day: date = next_monday()
        self.nine: datetime = on(self.day, "09:00")
        self.visit_type = surgery.gives(name="Long talk", minutes=60, every_minutes=60)
        self.booked: Appointment = surgery.book(holder, self.nine, self.visit_type)
        settle_everything()

    def joined_by(self, patient: Actor, **wish: Any) -> Waiting:
        usual = {"from_day": self.day, "until_day": self.day, "from_hour": 9, "until_hour": 10}
        with self.surgery.as_(patient) as ctx:
            waiting = actions.wait(ctx, self.visit_type, WaitingWrite(**usual | wish))
        settle_everything()
        return waiting

    def becomes_free(self) -> None:
        self.surgery.cancel(self.holder, self.booked)
        settle_everything()

    def waits(self, patient: Actor) -> list[Waits]:
        with self.surgery.as_(patient) as ctx:
            return queries.waiting_list(ctx)

    def offered(self, patient: Actor) -> Offered | None:
        """The time that is held for somebody who waits for one thing."""
        return next((one.offered for one in self.waits(patient)), None)

    def held(self, patient: Actor, offered: Offered) -> Held:
        with self.surgery.as_(patient) as ctx:
            return queries.held(ctx, offered.id)

    def accept(self, patient: Actor, offered: Offered, **options: Any) -> Appointment:
        with self.surgery.as_(patient) as ctx:
            return actions.accept(ctx, queries.held(ctx, offered.id).offered, **options)

    def decline(self, patient: Actor, offered: Offered) -> Offered:
        with self.surgery.as_(patient) as ctx:
            declined = actions.decline(ctx, queries.held(ctx, offered.id).offered)
        settle_everything()
        return declined

    def leave(self, patient: Actor) -> None:
        (waits,) = self.waits(patient)
        with self.surgery.as_(patient) as ctx:
            actions.stop_waiting(ctx, queries.waits(ctx, waits.waiting.id).waiting)
        settle_everything()

    def lapse(self, at: datetime) -> None:
        """What the worker does by itself at this moment."""
        with moment(at):
            self.does(reactions.take_back_offers)
            settle_everything()

    def does(self, routine: Callable[[Context], None]) -> None:
        routine(Context(SYSTEM, self.tenant))
        settle_everything()


def moment(at: datetime) -> time_machine.travel:
    """A block in which it is exactly this moment."""
    return time_machine.travel(at, tick=False)


def asked(tenant: UUID, owner_sql: Callable[..., list[tuple[object, ...]]]) -> list[tuple[object, ...]]:
    """Every offer that was ever made, in order, and how it stands."""
    return owner_sql("SELECT waiting_id, state FROM offered_times ORDER BY id", tenant)
