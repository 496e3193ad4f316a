"""Times as programs ask for them: by the schedule they belong to, and one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.exchanges.appointments.models import VisitType
from salus.exchanges.appointments.queries.doctors import visit_type
from salus.exchanges.appointments.queries.times import time_at, times
from salus.exchanges.appointments.rules.refusals import NotOffered
from salus.exchanges.appointments.rules.times import Time
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.calendar.models import Span
from salus.shared.clinical.rules.sight import READERS


@dataclass(frozen=True)
class Slot:
    """A time of a kind of visit, and whether somebody can have it now."""

    visit_type: VisitType
    time: Time
    is_free: bool = True


@query(roles=READERS, smart="Slot.s")
def slots(ctx: Context, visit_type_ids: Sequence[UUID], between: Span) -> list[Slot]:
    """The free times of these kinds of visit, in order. Kinds that nobody can book have none.

    Raises Invalid for more than six weeks.
    """
    found: list[Slot] = []
    for each in visit_type_ids:
        try:
            kind = visit_type(ctx, each)
        except NotFound:
            continue
        found += [Slot(kind, time) for time in times(ctx, kind, between)]
    return sorted(found, key=lambda one: one.time)


@query(roles=READERS, smart="Slot.r")
def slot(ctx: Context, visit_type_id: UUID, starts_at: datetime) -> Slot:
    """One time of a kind of visit, free or not. Raises NotFound for a moment at which none begins."""
    kind = visit_type(ctx, visit_type_id)
    try:
        time = time_at(ctx, kind, starts_at)
    except NotOffered:
        raise NotFound from None
    offered = times(ctx, kind, Span(time.starts_at, time.ends_at))
    return Slot(kind, time, is_free=any(each.starts_at == time.starts_at for each in offered))
