"""At which times a visit can begin. Pure: spans in, times out.

Of each calendar a visit needs, we first ask between which moments it could begin; only those moments that all of them
have in common, and that stand on the visit type's grid, are offered. The grid counts from where the doctor opens, so
that a booking in the morning does not shift the times of the afternoon.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from salus.exchanges.appointments.models import VisitType
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.needs import Need, chosen
from salus.shared.calendar.rules.opening import Schedule, open_spans

Moments = tuple[datetime, datetime]
"""The first and the last moment at which something may begin; both are allowed."""


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """A time that a patient can have."""

    starts_at: datetime
    ends_at: datetime
    location_id: UUID | None
    zone: str


@dataclass(frozen=True, slots=True)
class Visit:
    """How long a visit takes, and what nobody else can have around it."""

    length: timedelta
    before: timedelta
    after: timedelta
    every: timedelta


def visit_of(visit_type: VisitType) -> Visit:
    return Visit(visit_type.length, visit_type.before, visit_type.after, visit_type.every)


def needs_of(visit_type: VisitType) -> list[Need]:
    """What a visit needs beside the doctor and the patient."""
    return [Need(each["count"], tuple(UUID(one) for one in each["among"])) for each in visit_type.needs]


def times(
    visit: Visit,
    doctor: Schedule,
    between: Span,
    *,
    at: UUID | None = None,
    needs: Sequence[Need] = (),
    others: Mapping[UUID, Schedule] | None = None,
    patient: Schedule | None = None,
) -> list[Time]:
    """The times at which a visit can begin within a span, in order; at the location `at`, or wherever the doctor is.

    `others` are the calendars that `needs` are among. The patient's own has no buffers: they may go straight on. All
    schedules must tell of the time `around` the span as well.
    """
    places = {rule.location_id: rule.zone for rule in doctor.rules if at is None or rule.location_id == at}
    reach = around(between)
    supply = {each: _Beginnings(schedule, visit, reach) for each, schedule in (others or {}).items()}
    own = None if patient is None else _Beginnings(patient, Visit(visit.length, NONE, NONE, visit.every), reach)
    found: list[Time] = []
    for place, zone in places.items():
        for opening in open_spans(doctor, reach, at=place):
            beginnings = allowed([opening], doctor.taken, visit)
            for start in _on_grid(opening.start, visit.every, beginnings):
                is_asked_for = between.start <= start < between.end
                if is_asked_for and (own is None or own.holds(start)) and _are_met(needs, supply, start):
                    found.append(Time(start, start + visit.length, place, zone))
    return sorted(found)


NONE = timedelta()
DAY = timedelta(days=1)


def around(between: Span) -> Span:
    """A day more on either side: openings that began before count from their beginning, and visits end after."""
    return between.widened(DAY, DAY)


def allowed(opens: Sequence[Span], taken: Sequence[Span], visit: Visit) -> list[Moments]:
    """Between which moments a visit may begin, so that it is within an opening and its buffers meet nothing taken."""
    cuts = sorted((span.start - visit.length - visit.after, span.end + visit.before) for span in taken)
    found: list[Moments] = []
    for opening in opens:
        at, last = opening.start, opening.end - visit.length
        for first_cut, end_of_cut in cuts:
            if end_of_cut <= at:
                continue
            if first_cut >= last:
                break
            if first_cut >= at:
                found.append((at, first_cut))
            at = end_of_cut
        if at <= last:
            found.append((at, last))
    return found


def _on_grid(anchor: datetime, every: timedelta, beginnings: Sequence[Moments]) -> Iterator[datetime]:
    for first, last in beginnings:
        start = anchor + -((anchor - first) // every) * every
        while start <= last:
            yield start
            start += every


class _Beginnings:
    """When a visit may begin as far as one calendar is concerned."""

    def __init__(self, schedule: Schedule, visit: Visit, reach: Span) -> None:
        self._moments = allowed(open_spans(schedule, reach), schedule.taken, visit)
        self._firsts = [first for first, _ in self._moments]

    def holds(self, start: datetime) -> bool:
        place = bisect_right(self._firsts, start) - 1
        return place >= 0 and start <= self._moments[place][1]


def _are_met(needs: Sequence[Need], supply: Mapping[UUID, _Beginnings], start: datetime) -> bool:
    if not needs:
        return True
    return chosen(needs, {each for each, beginnings in supply.items() if beginnings.holds(start)}) is not None
