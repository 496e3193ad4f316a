"""Payments from buyers, and what is given back of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, Money, money, sealed_column
from salus.shared.money.models.kinds import BOOKS_ARE_KEPT, PaymentState, RefundReason, RefundState, one_of


class Parts:
    """How an amount is made up, in minor units."""

    seller_share: Mapped[int] = mapped_column(BigInteger)
    commission: Mapped[int] = mapped_column(BigInteger)
    commission_tax: Mapped[int] = mapped_column(BigInteger)
    sale_tax: Mapped[int] = mapped_column(BigInteger)


PARTS_MAKE_THE_AMOUNT = (
    "amount > 0 AND seller_share >= 0 AND commission >= 0 AND commission_tax >= 0 AND sale_tax >= 0"
    " AND seller_share + commission + commission_tax + sale_tax = amount"
)


class Payment(Parts, Table):
    """Money that a buyer owes for one thing, from the intention to the settlement.

    The row is stored before the gateway hears of it, and its id is the gateway's idempotency key: a crash anywhere can
    be finished. Price and parts are frozen: the application has no right to change them.
    """

    __tablename__ = "payments"
    called = "Payments"
    concerns = "payee_id"
    mentions = ("payer_id",)
    kept_because = BOOKS_ARE_KEPT
    resource = "/v1/payments/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway", "gateway_id"),
        CheckConstraint(PARTS_MAKE_THE_AMOUNT, name="parts_make_the_amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso_4217"),
        CheckConstraint(
            "state NOT IN ('settled', 'refunded') OR settled_at IS NOT NULL", name="settled_payments_know_when"
        ),
        # A second click, or a second buyer's worker, cannot open another payment for the same thing.
        Index(
            "uq_payments_live_subject",
            "tenant_id",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("state NOT IN ('failed', 'cancelled')"),
        ),
        Index(None, "tenant_id", "payee_id", "created_at"),
        Index(None, "tenant_id", "payer_organisation_id", "created_at"),
        Index(
            "ix_payments_unfinished",
            "tenant_id",
            "created_at",
            postgresql_where=text("state IN ('intended', 'requested', 'paid')"),
        ),
    )
    rights = (
        "SELECT, INSERT, UPDATE (state, gateway_id, checkout_url, sequence, failure, paid_at, settled_at,"
        " payee_name_sealed)"
    )

    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    description: Mapped[str]
    """What is bought, as the gateway's page and the invoice say it; nothing about anyone's health."""
    payer_id: Mapped[UUID]
    payer_organisation_id: Mapped[UUID]
    payer_name: Mapped[str]
    """The organisation's, as it stood at the sale."""
    payee_id: Mapped[UUID]
    payee_name_sealed: Mapped[bytes | None] = sealed_column()
    payee_name = EncryptedText("payee_name_sealed", owner="payee_id")

    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("amount")
    terms: Mapped[dict[str, object]] = mapped_column(JSONB)
    """Rates, reasons and the rules they came from, as they stood at the sale."""

    state: Mapped[PaymentState] = mapped_column(one_of(PaymentState, "state"))
    gateway: Mapped[str]
    gateway_id: Mapped[str | None]
    checkout_url: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Of the latest state the gateway told: an earlier one that comes later changes nothing."""
    failure: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Refund(Parts, Table):
    """What is given back of a settled payment, out of the parts it was split into."""

    __tablename__ = "refunds"
    called = "Refunds"
    concerns = "payment_id"
    mentions = ("asked_by",)
    kept_because = BOOKS_ARE_KEPT
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway_id"),
        CheckConstraint(PARTS_MAKE_THE_AMOUNT, name="parts_make_the_amount"),
        Index(None, "tenant_id", "payment_id"),
        Index("ix_refunds_unfinished", "tenant_id", "created_at", postgresql_where=text("state = 'intended'")),
    )
    rights = "SELECT, INSERT, UPDATE (state, gateway_id, failure)"

    payment_id: Mapped[UUID] = references("payments")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("amount")
    reason: Mapped[RefundReason] = mapped_column(one_of(RefundReason, "reason"))
    asked_by: Mapped[UUID | None]
    """Nobody where it follows by itself, as from a withdrawal before the delivery."""
    state: Mapped[RefundState] = mapped_column(one_of(RefundState, "state"))
    gateway_id: Mapped[str | None]
    failure: Mapped[str | None]


class GatewayMessage(Table):
    """An event that a gateway told us, kept once however often it comes."""

    __tablename__ = "gateway_messages"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway", "event_id"),
        Index("ix_gateway_messages_waiting", "tenant_id", "created_at", postgresql_where=text("applied_at IS NULL")),
    )
    rights = "SELECT, INSERT, UPDATE (applied_at)"

    gateway: Mapped[str]
    event_id: Mapped[str]
    about: Mapped[str]
    """`payment`, `refund` or `payout`, and the gateway's id of it: by them the gateway can be asked again."""
    gateway_id: Mapped[str]
    reference: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    applied_at: Mapped[datetime | None]
    """Nothing while the event is about something we do not know yet."""
