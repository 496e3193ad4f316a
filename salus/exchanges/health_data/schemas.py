"""Shapes at the border of the health-data exchange."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from salus.shared.codes.rules import TERMS, Condition, Parameter, Purpose
from salus.shared.codes.rules import Field as StudyField

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=4000)]
Detail = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
CENTS = 100
DETAILS: dict[Parameter, str] = {
    Parameter.DISEASE: "disease",
    Parameter.RESEARCH: "research",
    Parameter.MONTHS: "months",
    Parameter.DATE: "until",
    Parameter.REGION: "countries",
    Parameter.INSTITUTION: "institution",
    Parameter.PROJECT: "project",
    Parameter.USERS: "people",
}
"""The field of an offer that holds what a term needs to know."""


class Written(BaseModel):
    """What people and programs send: nothing that is not named here."""

    model_config = ConfigDict(extra="forbid", str_max_length=5000)


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Switch(Written):
    on: bool


class NewOffer(Written):
    """A data set as its person describes it."""

    title: Line
    description: Paragraph
    codes: list[str] = Field(min_length=1, max_length=300)
    from_day: date
    to_day: date
    price: Decimal = Field(gt=0, le=1_000_000, decimal_places=2)
    currency: Literal["EUR"] = "EUR"
    permission: str = Field(max_length=20)
    """Shorthand of the DUO code for what the data may be used for: `HMB`."""
    modifiers: list[str] = Field(default=[], max_length=20)
    """Shorthands of the DUO codes that narrow it: `NCU`, `PUB`."""
    disease: Detail = ""
    research: Detail = ""
    months: Detail = ""
    until: Detail = ""
    countries: Detail = ""
    institution: Detail = ""
    project: Detail = ""
    people: Detail = ""
    is_exclusive: bool = False

    @field_validator("codes", "modifiers", mode="before")
    @classmethod
    def one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> "NewOffer":
        if self.to_day < self.from_day:
            raise ValueError("The period must end after it begins.")
        return self

    @property
    def conditions(self) -> list[Condition]:
        """The chosen terms, each with the value it needs."""
        return [Condition(chosen, self._value(chosen)) for chosen in (self.permission, *self.modifiers)]

    def _value(self, shorthand: str) -> str:
        needs = TERMS[shorthand].parameter if shorthand in TERMS else None
        value: str = getattr(self, DETAILS[needs]) if needs else ""
        return value

    @property
    def price_cents(self) -> int:
        return int(self.price * CENTS)


class Ask(Written):
    """Why a buyer wants a data set."""

    purpose: Purpose
    purpose_words: Paragraph
    is_commercial: bool = False
    is_by_nonprofit: bool = False
    months: int | None = Field(default=None, ge=1, le=120)
    """How long the data is used."""
    disease: Detail = ""
    research: Detail = ""
    project: Detail = ""
    fields: list[StudyField] = Field(default=[], max_length=5)
    accepts: list[str] = Field(default=[], max_length=20)
    """Shorthands of the duties the organisation takes on."""

    @field_validator("fields", "accepts", mode="before")
    @classmethod
    def one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("months", mode="before")
    @classmethod
    def nothing_is_none(cls, value: Any) -> Any:
        return value or None


class Rejection(Written):
    reason: Reason


class Inspection(Written):
    """Whose health data an administrator must see, and why."""

    person_id: UUID
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class MoneyRead(Read):
    amount: int
    currency: str


class ImportRead(Read):
    id: UUID
    state: str
    records: int
    duplicates: int
    problem: str | None
    notes: list[str]
    exported_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class ProgressRead(Read):
    done: int
    total: int
    percent: int


class SeriesRead(Read):
    id: UUID
    code: str
    name: str
    area: str
    kind: str
    units: list[str]
    count: int
    first_at: datetime | None
    last_at: datetime | None
    is_known: bool
    is_shared: bool
    months: dict[str, int]


class PreviewRead(Read):
    columns: list[str]
    rows: list[list[Any]]
    count: int
    removed: list[str]


class OpenedRead(Read):
    name: str
    preview: PreviewRead


class OfferRead(Read):
    id: UUID
    title: str
    description: str
    codes: list[str]
    from_day: date
    to_day: date
    price: MoneyRead
    terms: list[str]
    term_values: dict[str, Any]
    is_exclusive: bool
    state: str
    reason: str | None
    published_at: datetime | None


class MarketOfferRead(Read):
    offer_id: UUID
    title: str
    description: str
    codes: list[str]
    names: list[str]
    areas: list[str]
    terms: list[str]
    term_values: dict[str, Any]
    price_cents: int
    currency: str
    is_exclusive: bool
    first_month: date
    last_month: date
    month_count: int
    samples: int
    published_at: datetime


class FacetRead(Read):
    value: str
    count: int


class MarketPageRead(Read):
    offers: list[MarketOfferRead]
    total: int
    facets: list[FacetRead]


class SyntheticRead(Read):
    columns: list[str]
    rows: list[list[Any]]
    note: str


class RequestRead(Read):
    id: UUID
    offer_id: UUID
    organisation_id: UUID
    purpose: str
    purpose_words: str
    price: MoneyRead
    state: str
    authorisation_id: UUID
    payment_id: UUID | None
    ended_because: str | None
    created_at: datetime


class DeliveryFileRead(Read):
    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    rows: int


class DeliveryRead(Read):
    id: UUID
    request_id: UUID
    state: str
    ready_at: datetime | None
    stopped_because: str | None


class DownloadRead(Read):
    id: UUID
    delivery_file_id: UUID
    organisation_id: UUID
    created_at: datetime
    sent_bytes: int
    finished_at: datetime | None
    stopped_at: datetime | None
