"""What must have happened before forms about doctors, visits and insurance are taken. As in `stages.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.actions import waiting
from salus.exchanges.appointments.models import VisitType
from salus.exchanges.appointments.rules.times import Time
from salus.exchanges.appointments.schemas.waiting import WaitingWrite
from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import whole_day
from salus.shared.insurance import actions as insurance
from salus.shared.insurance.schemas import InsurerWrite
from tests.attacks.stages import Set, Stage
from tests.exchanges.appointments.scene import HELSINKI, next_monday
from tests.shared.oauth.scene import fresh

BOOKED_FROM, REPEATED_FROM = 2, 6
"""In how many weeks: where nothing else is booked, the same time of the next week is free as well."""


def time_of(stage: Stage, kind: VisitType, *, weeks: int = BOOKED_FROM) -> Time:
    """When Dora and Petra both have time."""
    monday = whole_day(next_monday(weeks), HELSINKI).start
    with stage.surgery.as_(stage.patient) as ctx:
        return queries.times(ctx, kind, Span(monday, monday + timedelta(days=14)))[0]


def _asking_for(kind: VisitType, starts_at: datetime) -> Set:
    fields = {"visit_type_id": str(kind.id), "starts_at": starts_at.isoformat(), "key": new_id().hex}
    return Set({"visit_types": kind.id}, fields, plain={"at": str(int(starts_at.timestamp()))})


def _bookable(stage: Stage) -> Set:
    kind = stage.surgery.visit_type
    return _asking_for(kind, time_of(stage, kind).starts_at)


def _repeatable(stage: Stage) -> Set:
    kind = stage.surgery.gives(name="Course", most_in_series=4)
    return _asking_for(kind, time_of(stage, kind, weeks=REPEATED_FROM).starts_at)


def _booked(stage: Stage) -> Set:
    kind = stage.surgery.visit_type
    return Set({"appointments": stage.surgery.book(stage.patient, time_of(stage, kind).starts_at).id})


def _offered(stage: Stage) -> Set:
    """Petra waited, and a time is held for her."""
    kind = stage.surgery.gives(name="Long talk", minutes=60, every_minutes=60)
    time, monday = time_of(stage, kind), next_monday(BOOKED_FROM)
    with stage.surgery.as_(stage.patient) as ctx:
        wish = waiting.wait(ctx, kind, WaitingWrite(from_day=monday, until_day=monday + timedelta(days=14)))
    with Context(SYSTEM, stage.tenant) as ctx:
        offered = waiting.offer(ctx, wish.id, time)
    assert offered is not None
    return Set({"offered_times": offered.id})


def _overbookable(stage: Stage) -> Set:
    """Dora may give Petra any time at which Petra has none."""
    kind, petra = stage.surgery.visit_type, stage.patient.person_id
    starts_at = time_of(stage, kind).starts_at
    shown = starts_at.astimezone(HELSINKI)
    by_clock = {"day": shown.date().isoformat(), "clock": shown.strftime("%H:%M")}
    return Set(
        {"users": petra},
        {"visit_type_id": str(kind.id), "patient_id": str(petra), "starts_at": starts_at.isoformat()} | by_clock,
    )


def _changeable(stage: Stage) -> Set:
    return Set({"visit_types": stage.surgery.gives(name="To be changed").id})


def _room(stage: Stage) -> Set:
    """One that nobody ever booked."""
    return Set({"resources": _new_room(stage)})


def _new_room(stage: Stage) -> UUID:
    return stage.surgery.thing(f"Room {next(stage.numbers)}")


def _own_calendar(stage: Stage) -> Set:
    surgery = stage.surgery
    return Set({"resources": surgery.profile.resource_id, "locations": surgery.location_id})


def _insurer(stage: Stage) -> Set:
    number = next(stage.numbers)
    described = InsurerWrite(name=f"Insurer {number}", payer_code=f"IN{number}", endpoint=stage.server)
    with Context(fresh(stage.trade.administrator), stage.tenant) as ctx:
        return Set({"insurers": insurance.add_insurer(ctx, described).id}, {"endpoint": stage.server})


SCENES: dict[str, Callable[[Stage], Set]] = {
    "appointments.accept": _offered,
    "appointments.book": _bookable,
    "appointments.book_series": _repeatable,
    "appointments.cancel": _booked,
    "appointments.change_visit_type": _changeable,
    "appointments.open_appointment": _booked,
    "appointments.overbook": _overbookable,
    "calendar.block": _room,
    "calendar.close": _own_calendar,
    "calendar.open_extra": _own_calendar,
    "calendar.rename_thing": _room,
    "insurance.add_insurer": lambda stage: Set(fields={"endpoint": stage.server}),
    "insurance.change_insurer": _insurer,
}
"""By operation."""
