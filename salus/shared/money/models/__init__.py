"""What is kept about money."""

from salus.shared.money.models import guards
from salus.shared.money.models.invoices import Invoice, NumberSeries
from salus.shared.money.models.kinds import (
    AccountKind,
    DiscrepancyKind,
    InvoiceKind,
    PaymentState,
    PayoutState,
    PostingKind,
    RefundReason,
    RefundState,
    TaxBase,
)
from salus.shared.money.models.ledger import Account, Discrepancy, Entry, Posting
from salus.shared.money.models.payments import GatewayMessage, Payment, Refund
from salus.shared.money.models.payouts import Payout, PayoutAccount
from salus.shared.money.models.terms import CommissionRule, TaxRule

__all__ = [
    "Account",
    "AccountKind",
    "CommissionRule",
    "Discrepancy",
    "DiscrepancyKind",
    "Entry",
    "GatewayMessage",
    "Invoice",
    "InvoiceKind",
    "NumberSeries",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutAccount",
    "PayoutState",
    "Posting",
    "PostingKind",
    "Refund",
    "RefundReason",
    "RefundState",
    "TaxBase",
    "TaxRule",
    "guards",
]
