"""The books: accounts, postings and entries, whose balance the database itself refuses to break (models/guards.py)."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.records import TransactionId
from salus.shared.money.models.kinds import BOOKS_ARE_KEPT, AccountKind, DiscrepancyKind, PostingKind, one_of


class Account(Table):
    """Whose money it is. The balance moves only by entries, in the statement that writes them."""

    __tablename__ = "ledger_accounts"
    called = "Accounts in the books"
    concerns = "owner_id"
    kept_because = BOOKS_ARE_KEPT
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "owner_id", "currency", postgresql_nulls_not_distinct=True),
        UniqueConstraint("tenant_id", "id", "currency"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso_4217"),
        CheckConstraint(
            "CASE kind WHEN 'gateway_clearing' THEN true WHEN 'losses' THEN balance <= 0 ELSE balance >= 0 END",
            name="balance_stays_on_its_side",
        ),
        CheckConstraint("(kind = 'seller_payable') = (owner_id IS NOT NULL)", name="owner_fits_kind"),
    )
    rights = "SELECT, INSERT, UPDATE (balance)"

    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind, "kind"))
    owner_id: Mapped[UUID | None]
    """The person it belongs to; nobody for the operator's own accounts."""
    currency: Mapped[str]
    balance: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Posting(Table):
    """One event in the books: a sale, a refund, a payout. Written once, together with all its entries."""

    __tablename__ = "ledger_postings"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        UniqueConstraint("tenant_id", "id", "currency"),
        UniqueConstraint("tenant_id", "reverses_id"),
        ForeignKeyConstraint(
            ["tenant_id", "reverses_id", "currency"],
            ["ledger_postings.tenant_id", "ledger_postings.id", "ledger_postings.currency"],
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="only_reversals_reverse"),
        CheckConstraint("octet_length(body_hash) = 32", name="body_hash_is_sha256"),
        Index(None, "tenant_id", "subject_id"),
    )
    rights = "SELECT, INSERT"

    key: Mapped[str]
    """Posting again under the same key changes nothing; with other entries it is refused."""
    body_hash: Mapped[bytes]
    kind: Mapped[PostingKind] = mapped_column(one_of(PostingKind, "kind"))
    currency: Mapped[str]
    subject_id: Mapped[UUID]
    """The payment, refund or payout it follows from."""
    reverses_id: Mapped[UUID | None]
    transaction: Mapped[int] = mapped_column(TransactionId(), server_default=func.pg_current_xact_id())
    """By it the database knows that entries come with their posting and never later."""


class Entry(Table):
    """An amount that goes from one account to another: a single row, so nothing can be out of balance."""

    __tablename__ = "ledger_entries"
    called = "Entries in the books"
    concerns = "credit_id"
    mentions = ("debit_id",)
    kept_because = BOOKS_ARE_KEPT
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "debit_id", "currency"],
            ["ledger_accounts.tenant_id", "ledger_accounts.id", "ledger_accounts.currency"],
        ),
        ForeignKeyConstraint(
            ["tenant_id", "credit_id", "currency"],
            ["ledger_accounts.tenant_id", "ledger_accounts.id", "ledger_accounts.currency"],
        ),
        ForeignKeyConstraint(
            ["tenant_id", "posting_id", "currency"],
            ["ledger_postings.tenant_id", "ledger_postings.id", "ledger_postings.currency"],
        ),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("debit_id <> credit_id", name="accounts_differ"),
        Index(None, "tenant_id", "posting_id"),
        Index(None, "tenant_id", "debit_id", "created_at"),
        Index(None, "tenant_id", "credit_id", "created_at"),
    )
    rights = "SELECT, INSERT"

    posting_id: Mapped[UUID]
    debit_id: Mapped[UUID]
    credit_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]


class Discrepancy(Table):
    """A difference between our books and the gateway's, or within ours, for an administrator to clear up."""

    __tablename__ = "discrepancies"
    called = "Differences in the books"
    concerns = "payment_id"
    mentions = ("resolved_by",)
    kept_because = BOOKS_ARE_KEPT
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "about"),
        CheckConstraint("(resolved_by IS NULL) = (resolution IS NULL)", name="resolution_has_an_author"),
    )
    rights = "SELECT, INSERT, UPDATE (resolved_by, resolution)"

    kind: Mapped[DiscrepancyKind] = mapped_column(one_of(DiscrepancyKind, "kind"))
    about: Mapped[str]
    """What differs: the gateway's id of a payment, or our id of a payment or an account."""
    payment_id: Mapped[UUID | None] = references("payments")
    expected: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
