"""Shapes of insurance at the border."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from salus.shared.insurance.models import Because, Check, CheckState, Service
from salus.shared.insurance.rules import REASONS

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]{0,62}$")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^https?://\S+$")]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\x21-\x7e]*$")]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InsurerWrite(Write):
    name: Line
    payer_code: Code
    endpoint: Url
    """The base of its FHIR R4 server."""
    key: Secret = ""
    """A bearer token. Left empty, the one that is known stays."""


class CoverageWrite(Write):
    insurer_id: UUID
    member_number: Code
    plan: Words = ""
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="before")
    @classmethod
    def empty_days(cls, given: object) -> object:
        """A form sends an empty text for a day that is left out."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value != "" or not name.startswith("valid_")}

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("Please let it end after it begins.")
        return self


class CheckWrite(Write):
    service: Service = Service.PLAN
    on_day: date


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class InsurerName(Read):
    id: UUID
    name: str


class InsurerRead(InsurerName):
    payer_code: str
    endpoint: str
    created_at: datetime
    retired_at: datetime | None


class CoverageRead(Read):
    id: UUID
    insurer_id: UUID
    member_number: str
    plan: str | None
    valid_from: date | None
    valid_until: date | None
    created_at: datetime


class EligibilityRead(Read):
    """How a check stands, in a booking's answer too. One that is pending says why, and when it is asked again."""

    state: CheckState
    because: Because
    words: str
    needs_authorization: bool
    disposition: str | None
    checked_at: datetime | None
    recheck_at: datetime | None

    @classmethod
    def of(cls, check: Check) -> Self:
        return cls(
            state=check.state,
            because=check.because,
            words=REASONS[check.because],
            needs_authorization=check.needs_authorization,
            disposition=check.disposition,
            checked_at=check.checked_at,
            recheck_at=check.recheck_at,
        )


class CheckRead(Read):
    id: UUID
    coverage_id: UUID
    service: Service
    on_day: date
    attempts: int = Field(ge=0)
    eligibility: EligibilityRead

    @classmethod
    def of(cls, check: Check) -> Self:
        return cls(
            id=check.id,
            coverage_id=check.coverage_id,
            service=check.service,
            on_day=check.on_day,
            attempts=check.attempts,
            eligibility=EligibilityRead.of(check),
        )
