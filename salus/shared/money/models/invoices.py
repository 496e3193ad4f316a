"""Invoices: numbered without gaps, never changed. What they say is frozen in the payment or refund they are about."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import Money, money
from salus.shared.money.models.kinds import BOOKS_ARE_KEPT, InvoiceKind, one_of


class NumberSeries(Table):
    """The last number given in a series. Whoever takes the next holds the row until they commit: so no gaps."""

    __tablename__ = "number_series"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "series"), CheckConstraint("last > 0", name="last_is_positive"))
    rights = "SELECT, INSERT, UPDATE (last)"

    series: Mapped[str]
    last: Mapped[int] = mapped_column(BigInteger)


class Invoice(Table):
    """A bill, a statement of commission, or a credit note."""

    __tablename__ = "invoices"
    called = "Invoices and statements"
    concerns = "person_id"
    kept_because = BOOKS_ARE_KEPT
    resource = "/v1/invoices/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "series", "sequence"),
        UniqueConstraint("tenant_id", "kind", "payment_id", "refund_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "(kind IN ('credit_note', 'commission_credit')) = (refund_id IS NOT NULL)", name="credits_are_for_a_refund"
        ),
        CheckConstraint("num_nonnulls(organisation_id, person_id) = 1", name="one_recipient"),
        CheckConstraint("amount > 0 AND tax BETWEEN 0 AND amount", name="tax_is_within_the_amount"),
        Index(None, "tenant_id", "organisation_id", "issued_on"),
        Index(None, "tenant_id", "person_id", "issued_on"),
    )
    rights = "SELECT, INSERT"

    kind: Mapped[InvoiceKind] = mapped_column(one_of(InvoiceKind, "kind"))
    series: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[UUID] = references("payments")
    refund_id: Mapped[UUID | None] = references("refunds")
    organisation_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    """To whom it is addressed: the one or the other."""
    amount: Mapped[int] = mapped_column(BigInteger)
    """Tax included."""
    tax: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    total: Mapped[Money] = money("amount")
    issued_on: Mapped[date]

    @property
    def number(self) -> str:
        """As it is printed: S-2026-000017."""
        return f"{self.series}-{self.sequence:06}"
