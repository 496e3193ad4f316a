"""Incidents as they cross the border."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field

from salus.shared.records.schemas import Blank
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Category, IncidentState
from salus.shared.security.rules.clocks import ClockState

Words = Annotated[str, Field(min_length=1, max_length=5000)]


def _in_utc(at: datetime) -> datetime:
    """What a form sends has no zone: its label says UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _several(value: Any) -> Any:
    return value.replace(",", " ").split() if isinstance(value, str) else value


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Report(BaseModel):
    """What anybody tells who saw something wrong."""

    model_config = ConfigDict(extra="forbid")

    category: Category = Category.OTHER
    words: Words
    address: Annotated[EmailStr | None, Blank] = None
    """Where they want to hear that it arrived."""


class Declaration(BaseModel):
    """What an administrator opens an incident with."""

    model_config = ConfigDict(extra="forbid")

    category: Category
    severity: Severity
    words: Words
    became_aware_at: Annotated[Moment | None, Blank] = None
    """None is now."""


class Assessment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Category
    severity: Severity
    became_aware_at: Moment


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: IncidentState
    because: Words


class Excuse(BaseModel):
    model_config = ConfigDict(extra="forbid")

    because: Words


class Scope(BaseModel):
    """Which records an incident is about; what is None is not asked. At least one thing must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor_id: Annotated[UUID | None, Blank] = None
    organisation_id: Annotated[UUID | None, Blank] = None
    network: Annotated[Annotated[str, Field(max_length=50)] | None, Blank] = None
    operations: Annotated[
        list[Annotated[str, Field(max_length=100)]], Field(max_length=50), BeforeValidator(_several)
    ] = []
    correlation_id: Annotated[Annotated[str, Field(max_length=64)] | None, Blank] = None
    since: Annotated[Moment | None, Blank] = None
    until: Annotated[Moment | None, Blank] = None
    own: bool = False
    """Also what people did with their own data: where somebody else acted with their account."""


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    told: Words


class ReportRead(BaseModel):
    reference: str


class IncidentRead(BaseModel):
    id: UUID
    created_at: datetime
    reference: str
    category: Category
    severity: Severity
    state: IncidentState
    became_aware_at: datetime
    event_id: UUID | None


class ClockRead(BaseModel):
    id: UUID
    code: str
    title: str
    source: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    state: ClockState
    percent: int


class StepRead(BaseModel):
    from_state: IncidentState
    to_state: IncidentState
    taken_by: UUID
    taken_at: datetime
    because: str


class ScopeRead(BaseModel):
    id: UUID
    created_at: datetime
    scope: dict[str, Any]
    found: int
    added: int


class StoryRead(BaseModel):
    incident: IncidentRead
    words: str
    clocks: list[ClockRead]
    steps: list[StepRead]
    scopes: list[ScopeRead]
    affected: int
    notified: int


class SettledRead(BaseModel):
    id: UUID
    code: str
    due_at: datetime
    met_at: datetime | None
    excused_at: datetime | None


class AffectedPersonRead(BaseModel):
    person_id: UUID
    records: int
    first_at: datetime
    last_at: datetime
    notified_at: datetime | None
    unreachable: bool


class KindRead(BaseModel):
    role: str
    country: str | None
    people: int


class AffectedRead(BaseModel):
    kinds: list[KindRead]
    shown: list[AffectedPersonRead]


class WhatHappenedRead(BaseModel):
    reference: str
    told: str
    notified_at: datetime
