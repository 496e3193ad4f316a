"""Shapes of consents at the border, and the receipt that both sides get."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Agreement(BaseModel):
    """That the person agrees to the text with this digest, signed with their name."""

    model_config = ConfigDict(extra="forbid")

    text_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(default="", max_length=200)
    agreed: bool = False


class Withdrawal(BaseModel):
    """`because` is for the person's own memory; nobody has to give a reason."""

    model_config = ConfigDict(extra="forbid")

    because: str | None = Field(default=None, max_length=500)


class ConsentRead(BaseModel):
    """A consent as its own person sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str
    recipient_id: UUID
    recipient_name: str
    subject_type: str
    subject_id: UUID
    subject_title: str
    types: dict[str, str]
    period_from: date | None
    period_until: date | None
    purpose: str
    purpose_words: str
    created_at: datetime
    given_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime


class ConsentTextRead(ConsentRead):
    """With the exact text and its digest, which has to be sent back when agreeing."""

    text: str
    text_sha256: str
    text_version: str
    language: str


class StateRead(BaseModel):
    """What administrators see of a consent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str
    created_at: datetime
    given_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime


class Party(BaseModel):
    """Somebody named in the consent, by role."""

    role: Literal["pii_principal", "pii_controller", "recipient"]
    name: str
    contact: str | None = None
    id: UUID | None = None


class Notice(BaseModel):
    """The text agreed to, by its digest; it itself stays with the person."""

    sha256: str
    version: str
    language: str


class Processing(BaseModel):
    """What was allowed."""

    purpose: str
    purpose_title: str
    purpose_rule: str
    purpose_words: str
    lawful_basis: str
    data_set: UUID
    title: str
    types: dict[str, str]
    period_from: date | None
    period_until: date | None
    terms: list[str]
    price: str
    expires_at: datetime
    withdrawal_method: str


class Happened(BaseModel):
    """One event of the consent's life."""

    state: str
    at: datetime
    channel: str


class Receipt(BaseModel):
    """A consent receipt in the shape of ISO/IEC TS 27560:2023: header, parties, notice, processing, events."""

    schema_version: str = "ISO/IEC TS 27560:2023"
    record_id: UUID
    state: str
    parties: list[Party]
    notice: Notice
    processing: Processing
    events: list[Happened]
