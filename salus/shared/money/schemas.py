"""Money at the border. Programs give and get integer minor units; people type amounts as they are written."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from salus.kernel.actor import Actor
from salus.kernel.fields import Money
from salus.shared.money.models import (
    AccountKind,
    DiscrepancyKind,
    InvoiceKind,
    Payment,
    PaymentState,
    PayoutState,
    RefundReason,
    RefundState,
    TaxBase,
)
from salus.shared.money.rules import pays, typed

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
MinorUnits = Annotated[int, Field(gt=0, le=10**12, description="In minor units: 1250 is 12.50 euros.")]
BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="Hundredths of a per cent.")]


def _hundredths(written: Any) -> Any:
    """Per cent as people write them, 12.5 or 12,5, in basis points."""
    if not isinstance(written, str):
        return written
    try:
        exact = Decimal(written.strip().replace(",", ".")) * 100
        if exact == int(exact):
            return int(exact)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise ValueError("Give per cent as a number with at most two decimals, such as 12.5.")


PerCent = Annotated[BasisPoints, BeforeValidator(_hundredths)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MoneyRead(Read):
    amount: int
    currency: str


class PayoutWrite(Write):
    amount: MinorUnits
    currency: Currency

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class PayoutForm(Write):
    """The same as a person types it: 12.50."""

    amount: Annotated[Decimal, Field(gt=0, le=10**10)]
    currency: Currency

    @field_validator("amount", mode="before")
    @classmethod
    def _with_a_comma(cls, written: Any) -> Any:
        return written.strip().replace(",", ".") if isinstance(written, str) else written

    @property
    def price(self) -> Money:
        """Raises Invalid for more digits than the currency has."""
        return typed(self.amount, self.currency)


class PayoutAccountWrite(Write):
    holder: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=70)]
    iban: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class PayoutAccountRead(Read):
    holder: str
    iban: str
    """Country and last characters only."""


class Rejection(Write):
    because: Words


class RefundWrite(Write):
    because: RefundReason
    amount: MinorUnits | None = None
    """All that is left, if not given."""

    def of(self, currency: str) -> Money | None:
        return Money(self.amount, currency) if self.amount else None


class RefundForm(Write):
    because: RefundReason


class Resolution(Write):
    because: Words


class CommissionWrite(Write):
    basis_points: BasisPoints
    position: Annotated[int, Field(ge=0, le=100_000)] = 100
    currency: Currency | None = None
    minimum: Annotated[int, Field(ge=0, le=10**9, description="In minor units of the currency.")] = 0

    @field_validator("currency", mode="before")
    @classmethod
    def _left_out(cls, written: Any) -> Any:
        return written or None

    @field_validator("minimum")
    @classmethod
    def _in_a_currency(cls, minimum: int, others: ValidationInfo) -> int:
        if minimum and not others.data.get("currency"):
            raise ValueError("A minimum needs a currency.")
        return minimum


class CommissionForm(CommissionWrite):
    """The same as a person types it, in per cent."""

    basis_points: PerCent


class TaxWrite(Write):
    country: Country
    applies_to: TaxBase
    basis_points: BasisPoints
    reason: Words


class TaxForm(TaxWrite):
    """The same as a person types it, in per cent."""

    basis_points: PerCent


class CommissionRead(Read):
    id: UUID
    position: int
    subject_type: str | None
    currency: str | None
    basis_points: int
    minimum: int
    valid_from: datetime
    retired_at: datetime | None


class TaxRead(Read):
    id: UUID
    country: str
    applies_to: TaxBase
    basis_points: int
    reason: str
    valid_from: datetime
    retired_at: datetime | None


class PaymentRead(Read):
    id: UUID
    subject_type: str
    subject_id: UUID
    description: str
    price: MoneyRead
    state: PaymentState
    failure: str | None
    checkout_url: str | None
    """The gateway's page, for the buyer alone; nothing while the gateway has not answered yet."""
    created_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None

    @classmethod
    def seen_by(cls, actor: Actor, payment: Payment) -> Self:
        """Whoever has the address may pay or give up, so neither seller nor administrator is shown it."""
        whole = cls.model_validate(payment)
        return whole if pays(actor, payment) else whole.model_copy(update={"checkout_url": None})


class RefundRead(Read):
    id: UUID
    payment_id: UUID
    price: MoneyRead
    reason: RefundReason
    state: RefundState
    failure: str | None
    created_at: datetime


class PayoutRead(Read):
    id: UUID
    price: MoneyRead
    state: PayoutState
    failure: str | None
    rejected_because: str | None
    created_at: datetime
    paid_at: datetime | None


class InvoiceRead(Read):
    id: UUID
    kind: InvoiceKind
    number: str
    payment_id: UUID
    total: MoneyRead
    tax: int
    issued_on: date


class EarningsRead(Read):
    available: MoneyRead
    under_way: MoneyRead
    paid_out: MoneyRead


class MonthRead(Read):
    first_day: date
    earned: MoneyRead


class StatementRead(Read):
    at: datetime
    meaning: str
    about: str
    amount: MoneyRead


class TrialLineRead(Read):
    kind: AccountKind
    accounts: int
    balance: MoneyRead


class TrialBalanceRead(Read):
    lines: list[TrialLineRead]
    balances: dict[str, int]
    """The sum over all accounts by currency: zero."""


class DiscrepancyRead(Read):
    id: UUID
    kind: DiscrepancyKind
    about: str
    payment_id: UUID | None
    expected: int
    found: int
    currency: str
    resolution: str | None
    created_at: datetime
