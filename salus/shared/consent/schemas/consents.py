"""Shapes of consents at the border."""

from datetime import date, datetime
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


class EventRead(BaseModel):
    """One event of the person's own consent; `words` are theirs: the name they signed with, or why they withdrew."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    happened_at: datetime
    channel: str
    text_sha256: str
    words: str | None
