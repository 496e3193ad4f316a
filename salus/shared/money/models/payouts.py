"""Money that leaves for sellers' banks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table
from salus.kernel.fields import EncryptedText, Money, money, sealed_column
from salus.shared.money.models.kinds import BOOKS_ARE_KEPT, PayoutState, one_of


class PayoutAccount(Table):
    """The bank account a person is paid to."""

    __tablename__ = "payout_accounts"
    called = "Bank accounts for payouts"
    concerns = "person_id"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id"),)
    rights = "SELECT, INSERT, UPDATE (holder_sealed, iban_sealed), DELETE"

    person_id: Mapped[UUID]
    holder_sealed: Mapped[bytes | None] = sealed_column()
    holder = EncryptedText("holder_sealed")
    iban_sealed: Mapped[bytes | None] = sealed_column()
    iban = EncryptedText("iban_sealed")


class Payout(Table):
    """Earnings on their way to a seller's bank. One at a time, so that two clicks cannot take a balance twice."""

    __tablename__ = "payouts"
    called = "Payouts"
    concerns = "payee_id"
    mentions = ("decided_by",)
    kept_because = BOOKS_ARE_KEPT
    resource = "/v1/payouts/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway", "gateway_id"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("(state = 'rejected') = (rejected_because_sealed IS NOT NULL)", name="rejection_has_a_reason"),
        Index(
            "uq_payouts_under_way",
            "tenant_id",
            "payee_id",
            "currency",
            unique=True,
            postgresql_where=text("state IN ('requested', 'approved', 'sent')"),
        ),
        Index(None, "tenant_id", "payee_id", "created_at"),
        Index(
            "ix_payouts_open",
            "tenant_id",
            "created_at",
            postgresql_where=text("state IN ('requested', 'approved', 'sent')"),
        ),
    )
    rights = (
        "SELECT, INSERT, UPDATE (state, gateway_id, sequence, failure, decided_by, rejected_because_sealed, paid_at,"
        " destination_sealed)"
    )

    payee_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("amount")
    destination_sealed: Mapped[bytes | None] = sealed_column()
    destination = EncryptedText("destination_sealed", owner="payee_id")
    """The IBAN as it stood at the request: a later change of account does not redirect money under way."""
    state: Mapped[PayoutState] = mapped_column(one_of(PayoutState, "state"))
    gateway: Mapped[str]
    gateway_id: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failure: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    rejected_because_sealed: Mapped[bytes | None] = sealed_column()
    rejected_because = EncryptedText("rejected_because_sealed", owner="payee_id")
    paid_at: Mapped[datetime | None]
