"""How the time of a visit is told in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from salus.formats.amounts import LOCALE


def told(moment: datetime, clock: ZoneInfo) -> str:
    """Wed 24 Nov 2027, 14:05 (Europe/Helsinki): as the clocks of a zone show it, and which zone it is."""
    shown = format_datetime(moment.astimezone(clock), "EEE d MMM y, HH:mm", locale=LOCALE)
    return f"{shown} ({clock.key})"
