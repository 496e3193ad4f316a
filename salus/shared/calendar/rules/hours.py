"""A line of hours, and what would lie outside of all hours if it were another."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from itertools import groupby
from uuid import UUID

from salus.shared.calendar.models import Hours, Location, Span
from salus.shared.calendar.rules import recurrence
from salus.shared.calendar.rules.agenda import Taken
from salus.shared.calendar.rules.opening import Rule, Schedule, open_spans
from salus.shared.calendar.rules.refusals import EndsBeforeItStarts
from salus.shared.calendar.rules.spans import START


def line(
    resource_id: UUID,
    location: Location,
    *,
    rule: str,
    starts: time,
    ends: time,
    valid_from: date,
    valid_until: date | None,
) -> Hours:
    """Hours at a location as they are kept. Raises RuleNotUnderstood, RuleNeverFalls or EndsBeforeItStarts."""
    kept = recurrence.checked(rule)
    last = _earlier(valid_until, recurrence.last_day(rule, starts, location.clock))
    if starts == ends or (last is not None and last < valid_from):
        raise EndsBeforeItStarts(field="ends")
    recurrence.insist_that_it_falls(kept, valid_from)
    return Hours(
        resource_id=resource_id,
        location_id=location.id,
        rule=kept,
        starts=starts,
        ends=ends,
        valid_from=valid_from,
        valid_until=last,
    )


def instead(schedule: Schedule, hours: Rule, wanted: Rule | None) -> Schedule:
    """The schedule with other hours in the place of these, or without them."""
    left = list(schedule.rules)
    left.remove(hours)
    return replace(schedule, rules=left if wanted is None else [*left, wanted])


def left_outside(before: Schedule, after: Schedule, taken: Sequence[Taken]) -> list[Taken]:
    """What was within the hours of a location and is not any more, in the order of time, which `taken` has as well."""
    places = {rule.location_id for rule in before.rules}
    outside: dict[UUID, Taken] = {}
    # Year by year: so many days one question expands, however often the hours come.
    for _, several in groupby(taken, key=lambda one: one.during.start.year):
        its = list(several)
        reach = Span(its[0].during.start, max(one.during.end for one in its))
        for place in places:
            was, will_be = open_spans(before, reach, at=place), open_spans(after, reach, at=place)
            left = (one for one in its if _hold(was, one.during) and not _hold(will_be, one.during))
            outside |= {one.booking_id: one for one in left}
    return sorted(outside.values(), key=lambda one: one.during)


def _hold(spans: Sequence[Span], during: Span) -> bool:
    before = bisect_right(spans, during.start, key=START)
    return before > 0 and spans[before - 1].holds(during)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
