"""How the time of a visit is told in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from salus.formats.amounts import LOCALE

SHORT = "less than a minute"


def told(moment: datetime, clock: ZoneInfo) -> str:
    """Wed 24 Nov 2027, 14:05 (Europe/Helsinki): as the clocks of a zone show it, and which zone it is."""
    shown = format_datetime(moment.astimezone(clock), "EEE d MMM y, HH:mm", locale=LOCALE)
    return f"{shown} ({clock.key})"


def lasting(time: timedelta) -> str:
    """1 hour and 43 minutes."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " and ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count) or SHORT
