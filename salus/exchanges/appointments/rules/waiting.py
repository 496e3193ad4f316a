"""Which times fit somebody who waits, how long they may think about one, and how the waiting list says no. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from salus.exchanges.appointments.models import Waiting
from salus.exchanges.appointments.rules.times import Time
from salus.kernel.errors import Invalid, Refusal
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.clocks import instant

HELD_FOR = timedelta(hours=2)
"""How long a time is kept for whoever was asked, counted from the morning if they were asked at night."""
MORNING, EVENING = 8, 21
"""Between these hours of the practice's clock people are taken to read what they are sent."""
UNTIL_BEFORE = timedelta(hours=1)
"""An offer ends so long before the visit begins: whoever comes next must have time to come."""
LEAST = timedelta(minutes=15)
"""Nobody is asked who would have less time than this to answer."""
LONGEST = timedelta(days=180)
"""How far ahead somebody can wait."""
UNANSWERED = 3
"""Whoever leaves so many offers in a row unanswered is asked no more until they say that they still wait."""
DAY = timedelta(days=1)


class AlreadyWaiting(Refusal):
    message = "You are waiting for this visit already. To wait for other times, leave the list first."


class NothingToWaitFor(Invalid):
    """The days are over, too far ahead, or none of them is on the chosen weekdays."""

    message = "Please choose days from today on, within the next half year, with one of the weekdays among them."
    field = "until_day"


class HoursTurned(Invalid):
    message = "Please choose a time of day that ends after it starts."
    field = "until_hour"


class NotLater(Invalid):
    """The appointment that would be given back is somebody else's, with another doctor, or is not coming."""

    message = "You can give back only an appointment of yours with this doctor that is still to come."
    field = "appointment_id"


class OfferOver(Refusal):
    """The time is not held any more."""

    status = 410
    message = "This time was held for you for a while, and that is over. You still wait for the next one."


@dataclass(frozen=True, slots=True)
class Chance:
    """Somebody who waits, and times that would fit them, the soonest first."""

    waiting: Waiting
    times: list[Time]


def insist_on_wish(wish: Waiting, today: date) -> None:
    """Raises NothingToWaitFor or HoursTurned for what can never be met."""
    days = range((wish.until_day - wish.from_day).days + 1)
    weekdays = {(wish.from_day + timedelta(days=number)).weekday() for number in days[:7]}
    if wish.from_day < today or wish.until_day > today + LONGEST or weekdays.isdisjoint(wish.weekdays):
        raise NothingToWaitFor
    if wish.from_hour >= wish.until_hour:
        raise HoursTurned


def asked_for(wishes: Collection[Waiting], now: datetime, longest: timedelta) -> Iterator[Span]:
    """The time that somebody waits for, in parts that are not too long; a day more on either side, for all zones."""
    first = max(_midnight(min(wish.from_day for wish in wishes) - DAY), now)
    end = _midnight(max(wish.until_day for wish in wishes) + 2 * DAY)
    while first < end:
        until = min(first + longest, end)
        yield Span(first, until)
        first = until


def fits(wish: Waiting, offered: Time) -> bool:
    """Whether a time is one of those somebody waits for, by the clock of where it takes place."""
    shown = offered.starts_at.astimezone(ZoneInfo(offered.zone))
    is_on_day = wish.from_day <= shown.date() <= wish.until_day and shown.weekday() in wish.weekdays
    return is_on_day and wish.from_hour <= shown.hour < wish.until_hour


def suitable(
    wish: Waiting, times: Iterable[Time], *, refused: Collection[datetime], before: datetime | None
) -> list[Time]:
    """The times that fit, without those that they did not want, and only earlier ones for who has a time already."""
    fitting = [each for each in times if fits(wish, each) and each.starts_at not in refused]
    return [each for each in fitting if before is None or each.starts_at < before]


def answer_until(now: datetime, offered: Time) -> datetime | None:
    """Until when whoever is asked now may say yes; None if they could hardly read it before."""
    until = min(_awake(now, ZoneInfo(offered.zone)) + HELD_FOR, offered.starts_at - UNTIL_BEFORE)
    return until if until - now >= LEAST else None


def _awake(now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or at night the next morning."""
    shown = now.astimezone(zone)
    if MORNING <= shown.hour < EVENING:
        return now
    day = shown.date() + DAY if shown.hour >= EVENING else shown.date()
    return instant(datetime.combine(day, time(MORNING)), zone)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
