"""Rules and events as they cross the border."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from salus.shared.records.schemas import Blank
from salus.shared.security.models.events import LONGEST_WINDOW_S, Counted, GroupedBy, Response, Severity

Clock = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$"})]
"""A time of day by the tenant's own clock. JSON Schema's `time` would ask for an offset."""


class EventsSought(BaseModel):
    """Which events somebody looks for; what is None is not asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Annotated[Severity | None, Blank] = None
    rule_id: Annotated[UUID | None, Blank] = None
    is_open: Annotated[bool | None, Blank] = None
    """True: only those that nobody acknowledged."""
    before: Annotated[UUID | None, Blank] = None
    """The last event of the page before."""


class Tuning(BaseModel):
    """The numbers of a rule. Both hours, or neither."""

    model_config = ConfigDict(extra="forbid")

    threshold: int = Field(ge=1, le=1_000_000)
    window_s: int = Field(ge=60, le=LONGEST_WINDOW_S)
    severity: Severity
    response: Response
    enabled: bool = False
    quiet_from: Annotated[Clock | None, Blank] = None
    quiet_until: Annotated[Clock | None, Blank] = None


class OfficeHoursWrite(BaseModel):
    """On which clock and days of the week (1 is Monday) the tenant works."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str = Field(max_length=60)
    work_days: list[Annotated[int, Field(ge=1, le=7)]] = Field(min_length=1, max_length=7)


class AcknowledgementWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2000)


class RuleRead(BaseModel):
    id: UUID
    code: str
    title: str
    description: str
    operations: list[str]
    outcome: str | None
    facts: dict[str, Any]
    grouped_by: GroupedBy
    counts: Counted
    threshold: int
    window_s: int
    quiet_from: Clock | None
    quiet_until: Clock | None
    severity: Severity
    response: Response
    enabled: bool


class OfficeHoursRead(BaseModel):
    time_zone: str
    work_days: list[int]


class EventRead(BaseModel):
    id: UUID
    created_at: datetime
    rule_id: UUID
    code: str
    title: str
    grouped_by: GroupedBy
    key: str
    counted: int
    threshold: int
    severity: Severity
    response: Response
    first_at: datetime
    last_at: datetime
    first_record_id: UUID
    last_record_id: UUID
    correlation_ids: list[str]
    acknowledged_at: datetime | None
    incident_id: UUID | None


class EventsRead(BaseModel):
    events: list[EventRead]
    next: UUID | None


class AcknowledgementRead(BaseModel):
    id: UUID
    created_at: datetime
    event_id: UUID
    acknowledged_by: UUID


class FindingRead(BaseModel):
    event: EventRead
    description: str
    whom: str
    note: str | None
    acknowledged_by: str | None


class HourRead(BaseModel):
    hour: datetime
    signed_in: int
    failed: int
    refused: int
    disclosures: int


class DayRead(BaseModel):
    on: date
    disclosures: int


class DashboardRead(BaseModel):
    """The figures of the dashboard; whom they are about is on its page."""

    hours: list[HourRead]
    days: list[DayRead]
    severities: list[tuple[Severity, int]]
    sealed_at: datetime | None
    sealing_lag_s: float
    watching_lag_s: float
    is_sealing_late: bool
    is_watch_late: bool
