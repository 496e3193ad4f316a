"""Calendar files by RFC 5545, for people's own calendar programs; invitations by RFC 5546.

Times are written as the clocks of their own zone show them, with the rules of that zone beside them (VTIMEZONE), so
that a program far away shows the right moment, and one nearby the time on the wall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

PRODUCT = "-//Salus//Salus//EN"
MEDIA_TYPE = "text/calendar"
SECOND = timedelta(seconds=1)


class Method(StrEnum):
    """What whoever gets the file shall do with it (RFC 5546, 1.4)."""

    PUBLISH = "PUBLISH"
    """Show it."""
    REQUEST = "REQUEST"
    """Put it into the calendar, or in place of what came under the same UID with a lower SEQUENCE."""
    CANCEL = "CANCEL"
    """Take it out again."""


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever calls people together, or comes."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of time in a calendar. Its moments have a zone, and are told by the clocks of `zone`."""

    uid: str
    """The same for all versions of it, and of nothing else in the world."""
    starts_at: datetime
    ends_at: datetime
    zone: str
    """An IANA name, as in Europe/Helsinki."""
    title: str
    stamped_at: datetime
    """When this version was made."""
    place: str = ""
    link: str = ""
    sequence: int = 0
    """Counts its versions (RFC 5545, 3.8.7.4)."""
    is_cancelled: bool = False
    organiser: Party | None = None
    """Needed in invitations, and so is `attendee`, who is taken to come: it was they who asked for the time."""
    attendee: Party | None = None


def calendar(
    entries: Sequence[Entry],
    *,
    method: Method = Method.PUBLISH,
    name: str = "",
    refreshed_every: timedelta | None = None,
) -> bytes:
    """The file. Read again and again from one address, it says how often that is worth while (RFC 7986, 5.7)."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    if name:
        made.add("name", name)
        # Programs that are older than RFC 7986, which are most, know this one.
        made.add("x-wr-calname", name)
    if refreshed_every is not None:
        made.add("refresh-interval", refreshed_every, parameters={"VALUE": "DURATION"})
    for zone in dict.fromkeys(entry.zone for entry in entries if entry.zone != "UTC"):
        years = [moment.year for entry in entries if entry.zone == zone for moment in (entry.starts_at, entry.ends_at)]
        made.add_component(_rules_of(zone, min(years), max(years)))
    for entry in entries:
        made.add_component(_event(entry))
    written: bytes = made.to_ical()
    return written


@lru_cache(maxsize=256)
def _rules_of(zone: str, first_year: int, last_year: int) -> Timezone:
    """When the clocks of a zone change from a year before these until a year after.

    Not the library's own `from_tzid`, whose clocks are put forward as much too late as they are put forward: it writes
    the onset as it is read after the change, where RFC 5545 (3.6.5) wants it as it was before.
    """
    clock = ZoneInfo(zone)
    begins, ends = datetime(first_year - 1, 1, 1, tzinfo=UTC), datetime(last_year + 2, 1, 1, tzinfo=UTC)
    onsets = [begins, *_changes(clock, begins, ends)]
    least = min(_offset(clock, onset) for onset in onsets)
    made = Timezone()
    made.add("tzid", zone)
    for before, onset in pairwise([begins, *onsets]):
        # Whatever the law calls it: programs take the time that is ahead for daylight time, in Dublin too.
        observance = TimezoneDaylight() if _offset(clock, onset) > least else TimezoneStandard()
        observance.add("dtstart", (onset + _offset(clock, before)).replace(tzinfo=None))
        observance.add("tzoffsetfrom", _offset(clock, before))
        observance.add("tzoffsetto", _offset(clock, onset))
        observance.add("tzname", onset.astimezone(clock).tzname() or zone)
        made.add_component(observance)
    return made


def _changes(clock: ZoneInfo, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """The moments between two others, in UTC, at which the clocks of a zone begin to differ from UTC by something else.

    Found day by day, and within the day by halving it: zones do not tell.
    """
    day = begins
    while day < ends:
        early, late = day, day + timedelta(days=1)
        day = late
        if _offset(clock, early) == _offset(clock, late):
            continue
        while late - early > SECOND:
            middle = early + (late - early) // 2
            if _offset(clock, middle) == _offset(clock, early):
                early = middle
            else:
                late = middle
        yield late.replace(microsecond=0)


def _offset(clock: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(clock).utcoffset() or timedelta()


def _event(entry: Entry) -> Event:
    clock = ZoneInfo(entry.zone)
    made = Event()
    made.add("uid", entry.uid)
    made.add("dtstamp", entry.stamped_at)
    made.add("dtstart", _told(entry.starts_at, clock))
    made.add("dtend", _told(entry.ends_at, clock))
    made.add("summary", entry.title)
    made.add("sequence", entry.sequence)
    made.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.place:
        made.add("location", entry.place)
    if entry.link:
        made.add("url", entry.link)
    if entry.organiser is not None:
        made.add("organizer", _address(entry.organiser))
    if entry.attendee is not None:
        made.add("attendee", _attendee(entry.attendee))
    return made


def _told(moment: datetime, clock: ZoneInfo) -> datetime:
    """As the clocks show it. What they show for the second time only UTC can tell from the first (RFC 5545, 3.3.5)."""
    shown = moment.astimezone(clock)
    return moment.astimezone(UTC) if shown.fold else shown


def _attendee(party: Party) -> vCalAddress:
    address = _address(party)
    # They come already: a program that asked them again would send an answer that nobody reads.
    for name, value in {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}.items():
        address.params[name] = value
    return address


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.email}")
    if party.name:
        address.params["CN"] = party.name
    return address
