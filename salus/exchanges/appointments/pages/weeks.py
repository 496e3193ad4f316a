"""A week of times, as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from salus.exchanges.appointments.rules.times import Time
from salus.kernel.context import Context
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import whole_day

DAY = timedelta(days=1)
WEEK = 7 * DAY


@dataclass(frozen=True)
class Week:
    """Seven days by the clocks of one zone, from today at the earliest, and where one can go on to."""

    first: date
    earlier: date | None
    later: date | None
    zone: str

    @classmethod
    def of(cls, ctx: Context, since: date | None, zone: str, horizon_days: int) -> "Week":
        today = ctx.now.astimezone(ZoneInfo(zone)).date()
        last = today + horizon_days * DAY
        first = min(max(since or today, today), last)
        return cls(
            first,
            earlier=max(first - WEEK, today) if first > today else None,
            later=first + WEEK if first + WEEK <= last else None,
            zone=zone,
        )

    @property
    def span(self) -> Span:
        clock = ZoneInfo(self.zone)
        return Span(whole_day(self.first, clock).start, whole_day(self.first + 6 * DAY, clock).end)

    def days(self, offered: Sequence[Time]) -> list[tuple[date, list[Time]]]:
        """The times by the day that they are on, also days without any."""
        clock = ZoneInfo(self.zone)
        known = {
            on: list(times) for on, times in groupby(offered, lambda time: time.starts_at.astimezone(clock).date())
        }
        return [(on, known.get(on, [])) for on in (self.first + number * DAY for number in range(7))]
