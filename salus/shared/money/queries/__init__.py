"""What can be asked about money."""

from salus.shared.money.queries.invoices import invoice, invoice_about, invoices
from salus.shared.money.queries.ledger import discrepancies, discrepancy, drifted_accounts, held, trial_balance
from salus.shared.money.queries.payments import (
    hanging_payments,
    hanging_refunds,
    left_of,
    live_payment,
    payment,
    payment_known_by,
    payments,
    refund_known_by,
    refunds,
    settled_since,
    waiting_messages,
)
from salus.shared.money.queries.payouts import (
    destination_of,
    hanging_payouts,
    payout,
    payout_account,
    payout_known_by,
    payout_queue,
    payout_under_way,
    payouts,
)
from salus.shared.money.queries.terms import commission_rules, tax_rules, terms

__all__ = [
    "commission_rules",
    "destination_of",
    "discrepancies",
    "discrepancy",
    "drifted_accounts",
    "hanging_payments",
    "hanging_payouts",
    "hanging_refunds",
    "held",
    "invoice",
    "invoice_about",
    "invoices",
    "left_of",
    "live_payment",
    "payment",
    "payment_known_by",
    "payments",
    "payout",
    "payout_account",
    "payout_known_by",
    "payout_queue",
    "payout_under_way",
    "payouts",
    "refund_known_by",
    "refunds",
    "settled_since",
    "tax_rules",
    "terms",
    "trial_balance",
    "waiting_messages",
]
