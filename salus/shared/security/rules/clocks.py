"""The clocks that a breach starts, with the laws they come from, in one place.

The times are outer limits: all of these laws say "without undue delay" or "without unreasonable delay" as well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REMINDERS = (50, 80, 100)
"""At how many per cent of its time administrators are reminded of a clock; 100 is overdue."""


@dataclass(frozen=True)
class Clock:
    """Something that must be done within `allowed` after the operator became aware."""

    code: str
    title: str
    source: str
    allowed: timedelta
    applies: str
    """When it does, in plain words, so that an administrator can say that it does not."""


CLOCKS = (
    Clock(
        "associate-24h",
        "Tell the covered entity we work for",
        "Business associate agreement; outer limit of 60 days in 45 CFR 164.410(b)",
        timedelta(hours=24),
        "Salus holds the data for a hospital or insurer under HIPAA, whose agreement asks for 24 hours.",
    ),
    Clock(
        "gdpr-33",
        "Notify the supervisory authority",
        "GDPR art. 33(1): 72 hours; later only with reasons for the delay",
        timedelta(hours=72),
        "Personal data of people in the EU or EEA was breached, unless a risk to them is unlikely.",
    ),
    Clock(
        "gdpr-34",
        "Tell the people affected",
        "GDPR art. 34(1): without undue delay; 72 hours is the time we give ourselves",
        timedelta(hours=72),
        "The breach is likely to be a high risk to people in the EU or EEA, and what was lost was readable.",
    ),
    Clock(
        "hipaa-404",
        "Tell the people affected (HIPAA)",
        "45 CFR 164.404(b): 60 calendar days after discovery",
        timedelta(days=60),
        "Salus is a covered entity, and unsecured protected health information was breached.",
    ),
    Clock(
        "hipaa-408",
        "Notify the Secretary of HHS, and the media",
        "45 CFR 164.408(b) and 164.406: 60 calendar days where 500 people or more are affected; with fewer, "
        "within 60 days of the end of the year (164.408(c))",
        timedelta(days=60),
        "As above; the media where more than 500 people live in one state.",
    ),
    Clock(
        "ftc-318",
        "Tell the people affected, and the FTC",
        "16 CFR 318.4 and 318.5(c): 60 calendar days; with fewer than 500 people, the FTC within 60 days of the end "
        "of the year",
        timedelta(days=60),
        "Salus is a vendor of personal health records of people in the United States, outside HIPAA.",
    ),
)
BY_CODE = {clock.code: clock for clock in CLOCKS}


class ClockState(StrEnum):
    RUNNING = "running"
    MET = "met"
    MET_LATE = "met_late"
    OVERDUE = "overdue"
    NOT_APPLICABLE = "not_applicable"


def state_of(
    *, due_at: datetime, met_at: datetime | None, excused_at: datetime | None, is_dismissed: bool, now: datetime
) -> ClockState:
    """How a clock stands. That an incident was none settles every clock that nobody had met."""
    if met_at is not None:
        return ClockState.MET if met_at <= due_at else ClockState.MET_LATE
    if excused_at is not None or is_dismissed:
        return ClockState.NOT_APPLICABLE
    return ClockState.OVERDUE if now > due_at else ClockState.RUNNING


def percent_gone(started_at: datetime, due_at: datetime, now: datetime) -> int:
    """How much of the time is over, from 0 to 100."""
    gone = (now - started_at) / (due_at - started_at)
    return max(0, min(100, int(gone * 100)))


def reminder_due(percent: int, reminded: int) -> int | None:
    """The reminder that is owed now; one that was missed is not sent after a later one."""
    owed = max((step for step in REMINDERS if step <= percent), default=0)
    return owed if owed > reminded else None


def remaining(due_at: datetime, now: datetime) -> str:
    """2 days 4 hours, 3 hours 20 minutes, or how long it is overdue."""
    left = abs(due_at - now)
    days, minutes = left.days, left.seconds // 60
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "day"), (hours, "hour")] if days else [(hours, "hour"), (minutes, "minute")]
    words = " ".join(f"{count} {unit if count == 1 else unit + 's'}" for count, unit in parts if count)
    return f"{words or 'less than a minute'} {'left' if now <= due_at else 'overdue'}"
