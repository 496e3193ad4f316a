"""What the processor keeps and answers, and what it may be asked. Amounts are in minor units of the currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

Amount = Annotated[int, Field(gt=0, le=10**12)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class Kept(BaseModel):
    """An object of the processor. A larger `sequence` is always the later state, however late its event arrives."""

    model_config = ConfigDict(frozen=True)
    kind: ClassVar[str]

    id: str
    sequence: int
    created_at: datetime
    amount: int
    currency: str


class Payment(Kept):
    kind: ClassVar[str] = "payment"

    status: Literal["pending", "requires_action", "succeeded", "failed", "cancelled"] = "pending"
    reference: str
    description: str
    payee: str
    return_url: str
    checkout_url: str
    metadata: dict[str, str]
    refunded: int = 0
    """What was given back so far, failed refunds excluded."""
    failure: str | None = None


class Refund(Kept):
    kind: ClassVar[str] = "refund"

    status: Literal["succeeded"] = "succeeded"
    payment_id: str
    reference: str


class Payout(Kept):
    kind: ClassVar[str] = "payout"

    status: Literal["pending", "paid", "failed"] = "pending"
    reference: str
    destination: str
    failure: str | None = None


class Event(BaseModel):
    """That something happened, told by webhook until the receiver says it heard. `sequence` is that of the change."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    sequence: int
    created_at: datetime
    data: dict[str, Any]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedPayment(Asked):
    amount: Amount
    currency: Currency
    reference: Text
    description: Text
    payee: Text
    return_url: HttpUrl
    metadata: dict[str, str] = {}


class AskedRefund(Asked):
    payment_id: str
    amount: Amount | None = None
    """Nothing means all that is left of the payment."""
    reference: str = Field(default="", max_length=500)


class AskedPayout(Asked):
    amount: Amount
    currency: Currency
    reference: Text
    destination: Text
    """The bank account, as the seller's bank names it."""


class Card(Asked):
    number: str = Field(pattern=r"^[0-9 ]{12,23}$")


class Answer(Asked):
    """What the card holder told their bank when it asked for a confirmation."""

    approved: bool


class PaymentPage(BaseModel):
    payments: list[Payment]
    next: str | None
    """Pass it as `after` to read on; nothing when this was the last page."""
