"""Records and proofs as they cross the border."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from salus.kernel.records import Outcome

ExportForm = Literal["csv", "json"]
MEDIA_TYPES: dict[ExportForm, str] = {"csv": "text/csv", "json": "application/json"}


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank_is_none)
"""A field of a search form that was left empty was not asked."""


class Sought(BaseModel):
    """Which records somebody looks for; what is None is not asked. Days are in UTC and count as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: Annotated[Annotated[str, Field(max_length=100)] | None, Blank] = None
    outcome: Annotated[Outcome | None, Blank] = None
    actor_id: Annotated[UUID | None, Blank] = None
    person_id: Annotated[UUID | None, Blank] = None
    subject_id: Annotated[UUID | None, Blank] = None
    correlation_id: Annotated[Annotated[str, Field(max_length=64)] | None, Blank] = None
    since: Annotated[date | None, Blank] = None
    until: Annotated[date | None, Blank] = None
    before: Annotated[UUID | None, Blank] = None
    """The last record of the page before."""


class Export(Sought):
    """Which records to take away, and as what."""

    form: ExportForm = "csv"


class LooksQuery(BaseModel):
    """Which looks to tell: also one's own, also what Salus did by itself, and from where to go on."""

    model_config = ConfigDict(extra="forbid")

    own: bool = False
    salus: bool = False
    before: Annotated[UUID | None, Blank] = None


class DeedRead(BaseModel):
    id: UUID
    created_at: datetime
    operation: str
    words: str
    outcome: str
    actor_id: UUID | None
    actor_roles: list[str]
    organisation_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    person_id: UUID | None
    consent_id: UUID | None
    purpose: str | None
    correlation_id: str
    channel: str
    network: str | None
    fields: list[str]
    facts: dict[str, Any]


class TrailRead(BaseModel):
    deeds: list[DeedRead]
    names: dict[UUID, str]
    next: UUID | None


class StoryRead(BaseModel):
    deed: DeedRead
    place: int | None
    siblings: TrailRead


class ProofRead(BaseModel):
    entry: str
    text: str
    key: str


class HeadRead(BaseModel):
    size: int
    root: str
    note: str
    created_at: datetime


class CheckedRead(BaseModel):
    created_at: datetime
    is_whole: bool
    size: int


class LogRead(BaseModel):
    size: int
    heads: list[HeadRead]
    lag_s: float
    is_late: bool
    key: str | None
    last_checked: CheckedRead | None


class FindingRead(BaseModel):
    fault: str
    words: str
    record_id: UUID | None


class VerificationRead(BaseModel):
    origin: str
    at: datetime
    is_whole: bool
    size: int
    root: str
    checkpoints: int
    published: int
    waiting: int
    waiting_since: datetime | None
    faults: dict[str, int]
    findings: list[FindingRead]


class LookRead(BaseModel):
    record_id: UUID
    at: datetime
    what: str
    outcome: str
    who: str
    role: str | None
    organisation: str | None
    consent_id: UUID | None
    purpose: str | None


class LooksRead(BaseModel):
    looks: list[LookRead]
    next: UUID | None
