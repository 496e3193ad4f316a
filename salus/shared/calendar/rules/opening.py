"""When a resource is open: its hours, without closures and holidays, and with extra hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from holidays import country_holidays, list_supported_countries

from salus.shared.calendar.models.places import ResourceKind
from salus.shared.calendar.models.spans import Span
from salus.shared.calendar.rules import recurrence
from salus.shared.calendar.rules.clocks import on_day, whole_day
from salus.shared.calendar.rules.spans import within, without


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of a resource with the clock and the holidays of their location."""

    rule: str
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None
    location_id: UUID
    zone: str
    country: str
    subdivision: str | None


@dataclass(slots=True)
class Schedule:
    """All that says when one resource is open and what of it is taken, around one span."""

    resource_id: UUID
    number: int
    kind: ResourceKind
    closed_on_holidays: bool
    is_retired: bool
    rules: list[Rule] = field(default_factory=list)
    closed: list[Span] = field(default_factory=list)
    extra: list[tuple[UUID | None, Span]] = field(default_factory=list)
    taken: list[Span] = field(default_factory=list)

    @property
    def is_always_open(self) -> bool:
        """Rooms, devices and people need no hours; whoever gives appointments says when."""
        return not self.rules and self.kind is not ResourceKind.PRACTITIONER


def open_spans(schedule: Schedule, between: Span, *, at: UUID | None = None) -> list[Span]:
    """When the resource is open within a span; with `at`, at that location alone."""
    if schedule.is_retired:
        return []
    extra = [span for place, span in schedule.extra if at is None or place == at]
    usual = [between] if schedule.is_always_open else list(_usual(schedule, between, at))
    return within([*without(usual, schedule.closed), *extra], between)


def free_spans(schedule: Schedule, between: Span, *, at: UUID | None = None) -> list[Span]:
    """When it is open and nobody took it."""
    return without(open_spans(schedule, between, at=at), schedule.taken)


def _usual(schedule: Schedule, between: Span, at: UUID | None) -> Iterator[Span]:
    for rule in schedule.rules:
        if at is not None and rule.location_id != at:
            continue
        spans = _occurrences(rule, between)
        yield from _without_holidays(rule, spans) if schedule.closed_on_holidays else spans


def _occurrences(rule: Rule, between: Span) -> list[Span]:
    zone = ZoneInfo(rule.zone)
    # Hours of the evening before may reach into the first day.
    since = between.start.astimezone(zone).date() - timedelta(days=1)
    until = between.end.astimezone(zone).date()
    days = recurrence.days(rule.rule, first=rule.valid_from, last=rule.valid_until, since=since, until=until)
    spans = (on_day(day, rule.starts, rule.ends, zone) for day in days)
    return [span for span in spans if span is not None and span.meets(between)]


def _without_holidays(rule: Rule, spans: Sequence[Span]) -> list[Span]:
    if not spans:
        return []
    zone = ZoneInfo(rule.zone)
    first, last = spans[0].start.astimezone(zone).date(), spans[-1].end.astimezone(zone).date()
    return without(spans, [whole_day(day, zone) for day in holidays(rule.country, rule.subdivision, first, last)])


def holidays(country: str, subdivision: str | None, first: date, last: date) -> dict[date, str]:
    """The public holidays from `first` to `last` (both inclusive) and their names; none for a country not known."""
    known = (_of_year(country, subdivision, year) for year in range(first.year, last.year + 1))
    return {day: name for year in known for day, name in year.items() if first <= day <= last}


def is_subdivision(country: str, subdivision: str) -> bool:
    """Whether holidays of this part of the country are known apart."""
    return subdivision in list_supported_countries().get(country, [])


@lru_cache(maxsize=1024)
def _of_year(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    try:
        return dict(country_holidays(country, subdiv=subdivision, years=year, expand=False))
    except NotImplementedError:
        return {}
