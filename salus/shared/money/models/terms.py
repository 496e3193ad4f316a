"""What the operator takes of a sale: commission and tax, as administrators set them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table
from salus.shared.money.models.kinds import TaxBase, one_of


class CommissionRule(Table):
    """A share of each sale. Of several that fit, the one with the lowest position counts.

    Never edited: it is retired and another takes its place, and sales keep the terms they were made under.
    """

    __tablename__ = "commission_rules"
    called = "Terms of commission"
    concerns = None
    mentions = ("set_by", "retired_by")
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 10000", name="basis_points_are_a_share"),
        CheckConstraint("minimum >= 0", name="minimum_is_not_negative"),
        CheckConstraint("minimum = 0 OR currency IS NOT NULL", name="minimum_has_a_currency"),
        CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name="retirement_has_an_author"),
    )
    rights = "SELECT, INSERT, UPDATE (retired_at, retired_by)"

    position: Mapped[int]
    subject_type: Mapped[str | None]
    """What is sold, as payments name it; nothing means whatever is sold."""
    currency: Mapped[str | None]
    basis_points: Mapped[int]
    minimum: Mapped[int] = mapped_column(BigInteger)
    """In minor units of `currency`; 0 for none. Never more than the price itself is taken."""
    valid_from: Mapped[datetime]
    set_by: Mapped[UUID]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None]


class TaxRule(Table):
    """A tax in one country: contained in the price of a sale, or added to the commission."""

    __tablename__ = "tax_rules"
    called = "Rules of tax"
    concerns = None
    mentions = ("set_by", "retired_by")
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 10000", name="basis_points_are_a_share"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso_3166"),
        CheckConstraint("reason <> ''", name="reason_is_said"),
        CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name="retirement_has_an_author"),
    )
    rights = "SELECT, INSERT, UPDATE (retired_at, retired_by)"

    country: Mapped[str]
    """Of the buyer for a tax on the sale, of the seller for one on the commission."""
    applies_to: Mapped[TaxBase] = mapped_column(one_of(TaxBase, "applies_to"))
    basis_points: Mapped[int]
    reason: Mapped[str]
    """What the invoice says beside it: the rule of law, or why the rate is zero."""
    valid_from: Mapped[datetime]
    set_by: Mapped[UUID]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None]
