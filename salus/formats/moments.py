"""Moments and stretches of time as people read them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from salus.formats.amounts import LOCALE

SHORT = "less than a minute"


def local_text(at: datetime, zone: str) -> str:
    """Mon 30 Nov 2026, 09:30 Helsinki time (UTC+2): as clocks show it where it is, with their zone named."""
    clock = ZoneInfo(zone)
    shown = format_datetime(at.astimezone(clock), "EEE d MMM y, HH:mm", tzinfo=clock, locale=LOCALE)
    return f"{shown} {zone_name(zone, at)}"


def zone_name(zone: str, at: datetime) -> str:
    """Helsinki time (UTC+2): the city of an IANA zone, and how far its clocks are from UTC at that moment."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours = f"{abs(minutes) // 60}" + (f":{abs(minutes) % 60:02}" if minutes % 60 else "")
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return "UTC" if zone == "UTC" else f"{city} time (UTC{'-' if minutes < 0 else '+'}{hours})"


def lasting(time: timedelta) -> str:
    """1 hour and 43 minutes."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    return " and ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count) or SHORT
