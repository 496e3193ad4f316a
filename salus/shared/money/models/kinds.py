"""The kinds and states that money is in, each a closed list."""

from enum import StrEnum

from sqlalchemy import Enum

BOOKS_ARE_KEPT = "Books and invoices must be kept for years: tax law, and GDPR art. 17(3)(b)."
"""The same reason at every table of the books."""


def one_of(states: type[StrEnum], column: str) -> Enum:
    """A text column that the database keeps to the values of `states`."""
    values = [str(state) for state in states]
    return Enum(
        states,
        native_enum=False,
        length=40,
        create_constraint=True,
        name=f"{column}_is_known",
        values_callable=lambda _: values,
    )


class AccountKind(StrEnum):
    """What an account stands for. Balances are credits less debits: what is owed to somebody is above zero."""

    GATEWAY_CLEARING = "gateway_clearing"
    """What the payment gateway holds for the operator: below zero, because others are owed it. Above zero only when
    banks took back more than it held."""
    SELLER_PAYABLE = "seller_payable"
    """What a person has earned and not yet been paid."""
    COMMISSION_REVENUE = "commission_revenue"
    TAX_PAYABLE = "tax_payable"
    PAYOUT_CLEARING = "payout_clearing"
    """What is on its way to sellers' banks."""
    REFUND_CLEARING = "refund_clearing"
    """What is on its way back to buyers."""
    LOSSES = "losses"
    """What the operator gave back to buyers and could not take back from sellers: below zero."""


class PostingKind(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    REFUND_SENT = "refund_sent"
    REFUND_KEPT = "refund_kept"
    """A refund failed because the bank had taken the whole payment back."""
    RETURN = "return"
    """The bank took a payment back after it had been settled."""
    PAYOUT = "payout"
    PAYOUT_SENT = "payout_sent"
    REVERSAL = "reversal"


class DiscrepancyKind(StrEnum):
    MISSING_AT_GATEWAY = "missing_at_gateway"
    """We believe it was paid; the gateway does not."""
    UNKNOWN_HERE = "unknown_here"
    """The gateway took money under our name that no payment here explains."""
    WRONG_AMOUNT = "wrong_amount"
    PAID_TOO_LATE = "paid_too_late"
    """Money came for a payment that had been given up."""
    BALANCE_DRIFTED = "balance_drifted"
    """An account's balance is not the sum of its entries: somebody went around the database's guards."""


class PaymentState(StrEnum):
    INTENDED = "intended"
    """Stored here; the gateway has not answered yet."""
    REQUESTED = "requested"
    """The gateway waits for the buyer."""
    PAID = "paid"
    """The gateway has the money, but something keeps us from settling: see the discrepancies."""
    SETTLED = "settled"
    REFUNDED = "refunded"
    """Given back in full."""
    FAILED = "failed"
    """Not made, or taken back by the bank afterwards."""
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    FAILED = "failed"


class RefundReason(StrEnum):
    NOT_DELIVERED = "not_delivered"
    WITHDRAWN = "withdrawn"
    """The seller took their consent back before the delivery."""
    MISTAKE = "mistake"
    GOODWILL = "goodwill"


class PayoutState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    """The gateway has accepted it; the bank has not answered yet."""
    PAID = "paid"
    FAILED = "failed"
    REJECTED = "rejected"


class InvoiceKind(StrEnum):
    SALE = "sale"
    """To the buyer, for what was bought."""
    COMMISSION = "commission"
    """To the seller, for the operator's commission."""
    CREDIT_NOTE = "credit_note"
    """To the buyer, for what was given back."""
    COMMISSION_CREDIT = "commission_credit"
    """To the seller, for the commission on what was given back."""


class TaxBase(StrEnum):
    SALE = "sale"
    COMMISSION = "commission"
