"""Shapes of the calendar at the border."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from salus.shared.calendar.rules.refusals import NoDays
from salus.shared.calendar.rules.words import WEEKLY

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n\x00]*$")]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]
Subdivision = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9]{1,3}$")]
Zone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")]
Rule = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def _on_a_wall(shown: time) -> time:
    if shown.tzinfo is not None or shown.second or shown.microsecond:
        raise ValueError("Please give the hour and the minute that the clock shows, like 09:30.")
    return shown


Clock = Annotated[
    time,
    AfterValidator(_on_a_wall),
    PlainSerializer(lambda shown: f"{shown:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["09:30"]}),
]
"""What the clock of a place shows, by the minute: a local time, as RFC 5545 (3.3.12) calls it.

It is written as forms write it, and is not what JSON Schema calls a `time`: that has an offset from UTC (RFC 3339), and
nine o'clock has one in summer and another in winter.
"""


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank_is_none)
"""A field of a form that was left empty was not filled in."""


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class LocationWrite(Write):
    name: Name
    address_lines: list[Line] = Field(default_factory=list, max_length=4)
    postal_code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    city: Name
    country: Country
    """ISO 3166-1, two letters."""
    subdivision: Subdivision | None = None
    """Where holidays are kept that not all of the country keeps: the part of ISO 3166-2 after the country."""
    zone: Zone
    """An IANA name, as in Europe/Helsinki."""


class ThingWrite(Write):
    kind: Literal["room", "device"]
    name: Name


class HoursWrite(Write):
    rule: Rule
    """On which days, as an RRULE of RFC 5545 without times of day, like `FREQ=WEEKLY;BYDAY=MO,TH`."""
    starts: Clock
    """As the clock of the location shows it."""
    ends: Clock
    """At or before `starts`, it is on the next day."""
    valid_from: date
    valid_until: date | None = None
    """The last day, inclusive."""


class SpanWrite(Write):
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: Note = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_at >= self.ends_at:
            raise ValueError("This ends before it starts.")
        return self


class HolidaysWrite(Write):
    on: bool
    """Whether it is closed on public holidays."""


class NameWrite(Write):
    name: Name


class DayQuery(Write):
    day: Annotated[date | None, Blank] = None
    """By the clocks of where the calendar is; today if none is named."""
    week: bool = False
    """All seven days of its week, from Monday on."""


class DiaryQuery(Write):
    day: Annotated[date | None, Blank] = None
    calendar_id: Annotated[UUID | None, Blank] = None
    """One's own if none is named."""


class LocationForm(Write):
    name: Name
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400, pattern=r"^[^\x00]*$")] = ""
    """One line of it a line."""
    postal_code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    city: Name
    country: Country
    subdivision: Annotated[Subdivision | None, Blank] = None
    zone: Zone

    def written(self) -> LocationWrite:
        lines = [line.strip() for line in self.address.splitlines() if line.strip()]
        return LocationWrite(address_lines=lines[:4], **self.model_dump(exclude={"address"}))


class HoursPlaced(HoursWrite):
    location_id: UUID

    def written(self) -> HoursWrite:
        return HoursWrite(**self.model_dump(include=set(HoursWrite.model_fields)))


class HoursChange(HoursPlaced):
    leaving: list[UUID] = Field(default_factory=list, max_length=10_000)
    """The bookings that lie outside of all hours then. They stay booked."""


class WeeklyForm(Write):
    weekdays: list[Weekday] = Field(default_factory=list, max_length=7)
    starts: Clock
    ends: Clock
    location_id: UUID
    valid_from: date
    valid_until: Annotated[date | None, Blank] = None

    def written(self) -> HoursWrite:
        """Raises NoDays."""
        if not self.weekdays:
            raise NoDays
        rule = f"{WEEKLY}{','.join(dict.fromkeys(self.weekdays))}"
        return HoursWrite(rule=rule, **self.model_dump(include=set(HoursWrite.model_fields) - {"rule"}))


class LineForm(WeeklyForm):
    """Hours that are changed: on days of the week, or for a rule that is about others, as it is written."""

    rule: Annotated[Rule | None, Blank] = None
    leaving: list[UUID] = Field(default_factory=list, max_length=10_000)

    def written(self) -> HoursWrite:
        if self.rule is None:
            return super().written()
        return HoursWrite(**self.model_dump(include=set(HoursWrite.model_fields)))


class StretchForm(Write):
    first_day: date
    last_day: Annotated[date | None, Blank] = None
    """The same day if none is named."""
    starts: Annotated[Clock | None, Blank] = None
    ends: Annotated[Clock | None, Blank] = None
    note: Note = ""


class ExtraForm(Write):
    day: date
    opens: Clock
    closes: Clock
    place_id: UUID


class BlockForm(Write):
    day: date
    starts: Clock
    ends: Clock
    note: Note = ""


class ThingForm(Write):
    kind: Literal["room", "device"]
    thing_name: Name


class FeedWrite(Write):
    has_details: bool = False
    """Whether it tells what entries are, and not only that the time is taken."""


class FeedForm(Write):
    has_details: Literal["yes", ""] = ""


class LocationRead(Read):
    id: UUID
    name: str
    address_lines: list[str]
    postal_code: str
    city: str
    country: str
    subdivision: str | None
    zone: str
    retired_at: datetime | None


class ResourceRead(Read):
    id: UUID
    kind: str
    name: str | None
    location_id: UUID | None
    closed_on_holidays: bool
    retired_at: datetime | None


class HoursRead(Read):
    id: UUID
    resource_id: UUID
    location_id: UUID
    rule: str
    starts: Clock
    ends: Clock
    valid_from: date
    valid_until: date | None


class SpanRead(Read):
    start: datetime
    end: datetime


class OutsideRead(Read):
    """A booking that would lie outside of all hours."""

    booking_id: UUID
    during: SpanRead
    title: str

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, taken: Any) -> Any:
        """From what is taken, which is called as its reader may know it (`rules.agenda.Taken`)."""
        if not hasattr(taken, "entry"):
            return taken
        title = taken.entry.title if taken.entry else "Booked"
        return {"booking_id": taken.booking_id, "during": taken.during, "title": title}


class SpecialHoursRead(Read):
    id: UUID
    resource_id: UUID
    location_id: UUID | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str | None


class BlockRead(Read):
    id: UUID
    resource_id: UUID
    note: str | None


class LineRead(Read):
    during: SpanRead
    kind: str
    title: str
    details: str
    block_id: UUID | None
    is_overbooked: bool


class DayRead(Read):
    day: date
    holiday: str | None
    lines: list[LineRead]


class AgendaRead(Read):
    zone: str
    days: list[DayRead]


class FeedRead(Read):
    has_details: bool
    last_read_at: datetime | None


class MadeFeedRead(Read):
    """A feed with its address. This answer is the only one that ever holds it."""

    address: str
    feed: FeedRead
