"""Shapes of wishes, rules and registers at the border."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from salus.shared.privacy.models import CopyState, ErasureState
from salus.shared.privacy.rules.retention import Period, Preview

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
Password = Annotated[str, StringConstraints(max_length=128)]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _none_if_empty(value: Any) -> Any:
    """A browser sends what was left empty as an empty text."""
    return None if value == "" else value


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Proof(Write):
    """That it is still the person. Who has a second factor gives that instead, on the page for it."""

    current_password: Password = ""


class ErasureAsked(Proof):
    confirmation: Line


class HoldWrite(Write):
    subject_id: UUID
    reason: Words
    until: Annotated[date | None, BeforeValidator(_none_if_empty)] = None


class ErasureFor(Write):
    person_id: UUID


class ExportQuery(Write):
    form: Literal["csv", "json"] = "csv"


class RuleWrite(Write):
    kind: Line
    keep_days: int = Field(ge=1, le=36_500)
    source: Words
    country: Annotated[Country | None, BeforeValidator(_none_if_empty)] = None


class ActivityWrite(Write):
    title: Line
    purpose: Words
    legal_basis: Words
    subjects: Words
    categories: Words
    recipients: Words
    transfers: Words
    retention: Words
    security: Words


class CopyRead(Read):
    id: UUID
    created_at: datetime
    state: CopyState
    size: int | None
    ready_at: datetime | None
    expires_at: datetime | None
    downloaded_at: datetime | None


class HoldingRead(Read):
    table: str
    words: str
    rows: int
    kept_because: str | None


class RecipientRead(Read):
    id: UUID
    name: str
    what: str
    since: str
    until: str


class ErasureRead(Read):
    id: UUID
    created_at: datetime
    state: ErasureState
    due_at: datetime
    begun_at: datetime | None
    done_at: datetime | None
    obstacles: list[str]
    removed: dict[str, Any]
    recipients: list[UUID]


class ObstaclesRead(Read):
    """What must be settled before the erasure; each is a sentence that says what to do."""

    obstacles: list[str]


class ProgressRead(Read):
    done: int
    total: int


class PeriodRead(Read):
    kind: str
    words: str
    keep_days: int
    source: str

    @classmethod
    def of(cls, period: Period) -> Self:
        return cls(kind=period.kind.code, words=period.words, keep_days=period.keep_days, source=period.source)


class PreviewRead(Read):
    kind: str
    before: datetime
    over: int
    held: int

    @classmethod
    def of(cls, one: Preview) -> Self:
        return cls(kind=one.period.kind.code, before=one.before, over=one.over, held=one.held)


class RunRead(Read):
    id: UUID
    created_at: datetime
    kind: str
    keep_days: int
    before: datetime
    deleted: int
    held: int
    oldest_kept: datetime | None


class RuleRead(Read):
    id: UUID
    created_at: datetime
    kind: str
    country: str | None
    keep_days: int
    source: str


class HoldRead(Read):
    id: UUID
    created_at: datetime
    subject_id: UUID
    until: date | None


class ActivityRead(Read):
    code: str
    title: str
    purpose: str
    legal_basis: str
    subjects: str
    categories: str
    recipients: str
    transfers: str
    retention: str
    security: str
