"""Shapes of the calendar at the border."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n\x00]*$")]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Z]{2}$")]
Subdivision = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Z0-9]{1,3}$")]
Zone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]


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
    rule: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    """On which days, as an RRULE of RFC 5545 without times of day, like `FREQ=WEEKLY;BYDAY=MO,TH`."""
    starts: time
    """As the clock of the location shows it."""
    ends: time
    """At or before `starts`, it is on the next day."""
    valid_from: date
    valid_until: date | None = None
    """The last day, inclusive."""


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
