"""Several visits at the same hour of several weeks. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from salus.shared.calendar.rules.clocks import instant


@dataclass(frozen=True)
class Weekly:
    """So many visits, the first at this moment and the others so many weeks apart."""

    starts_at: datetime
    count: int
    every_weeks: int

    def begins(self, zone: ZoneInfo) -> list[datetime]:
        """When each of them begins, so that the clocks of a zone show the same time, whatever is changed meanwhile."""
        shown = self.starts_at.astimezone(zone).replace(tzinfo=None)
        weeks = [timedelta(weeks=number * self.every_weeks) for number in range(1, self.count)]
        return [self.starts_at, *(instant(shown + each, zone) for each in weeks)]
