"""By whose clock times are shown."""

from functools import lru_cache
from zoneinfo import available_timezones

OFFERED = (
    "Europe/Helsinki", "Europe/Stockholm", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Istanbul",
    "UTC", "Africa/Lagos", "Africa/Nairobi", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo",
    "Australia/Sydney", "America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles",
)  # fmt: skip
"""What people choose from; a browser may name any other."""


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_or(asked: str, otherwise: str) -> str:
    """The zone that was asked for, if it is one of the IANA database; else the other."""
    return asked if asked in _known() else otherwise
