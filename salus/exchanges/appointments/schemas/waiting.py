"""Waiting for a time, and being offered one."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from salus.exchanges.appointments.models import OfferState, WaitingState
from salus.exchanges.appointments.schemas.parts import Blank, Read, Reason, Write

Weekday = Annotated[int, Field(ge=0, le=6)]


class WaitingWrite(Write):
    """Which times somebody waits for, by the practice's own calendar and clock."""

    from_day: date
    until_day: date
    """The last day, inclusive."""
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(default_factory=lambda: [*range(7)])
    """Monday is 0."""
    from_hour: int = Field(default=0, ge=0, le=23)
    until_hour: int = Field(default=24, ge=1, le=24)
    """The visit begins at or after the one, and before the other."""
    appointment_id: Annotated[UUID | None, Blank] = None
    """A later time with the same doctor, which goes back when an earlier one is taken."""

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.from_day > self.until_day:
            raise ValueError("until_day must not be before from_day")
        return self


class WaitingFor(WaitingWrite):
    visit_type_id: UUID


class Acceptance(Write):
    reason: Reason = ""
    coverage_id: Annotated[UUID | None, Blank] = None


class OfferedRead(Read):
    id: UUID
    waiting_id: UUID
    starts_at: datetime
    ends_at: datetime
    location_id: UUID | None
    zone: str
    expires_at: datetime
    state: OfferState


class WaitingRead(Read):
    id: UUID
    doctor_id: UUID
    visit_type_id: UUID
    appointment_id: UUID | None
    from_day: date
    until_day: date
    weekdays: list[int]
    from_hour: int
    until_hour: int
    state: WaitingState
    unanswered: int
    """Offers in a row that lapsed. After three of them they are resting, and are offered nothing."""


class WaitsRead(WaitingRead):
    """With the time that is held for them, if one is."""

    offered: OfferedRead | None

    @model_validator(mode="before")
    @classmethod
    def flat(cls, waits: Any) -> Any:
        """From a wish in words (`queries.waiting.Waits`) to one object."""
        if not hasattr(waits, "waiting"):
            return waits
        its = {name: getattr(waits.waiting, name) for name in cls.model_fields if name != "offered"}
        return its | {"offered": waits.offered}


class InLineRead(WaitingRead):
    """Somebody who waits, as the practice sees them."""

    patient: str
    since: datetime
    offered: int
    """How many times they were offered so far."""

    @model_validator(mode="before")
    @classmethod
    def flat(cls, waits: Any) -> Any:
        """From somebody in a line (`queries.waiting.InLine`) to one object."""
        if not hasattr(waits, "waiting"):
            return waits
        its = {name: getattr(waits.waiting, name) for name in WaitingRead.model_fields}
        return its | {"patient": waits.patient, "since": waits.waiting.created_at, "offered": waits.offered}


class QueueRead(Read):
    visit_type_id: UUID
    visit: str
    count: int
    line: list[InLineRead]
    """In the order in which they are asked, and at the end those who rest."""
