"""What is done with money."""

from salus.shared.money.actions.discrepancies import (
    check_balances,
    compare_with_gateway,
    note_discrepancy,
    note_wrong_amount,
    resolve_discrepancy,
)
from salus.shared.money.actions.invoices import issue_invoice
from salus.shared.money.actions.leaving import forget_payee
from salus.shared.money.actions.ledger import post, reverse
from salus.shared.money.actions.payments import abandon, fail, intend, learn, settle
from salus.shared.money.actions.payouts import (
    abandon_payout,
    announce_payout,
    approve_payout,
    fail_payout,
    learn_payout,
    reject_payout,
    request_payout,
    set_payout_account,
    settle_payout,
)
from salus.shared.money.actions.refunds import abandon_refund, fail_refund, learn_refund, refund, settle_refund
from salus.shared.money.actions.terms import retire_commission, retire_tax, set_commission, set_tax
from salus.shared.money.actions.webhooks import hear, hear_again, receive

__all__ = [
    "abandon",
    "abandon_payout",
    "abandon_refund",
    "announce_payout",
    "approve_payout",
    "check_balances",
    "compare_with_gateway",
    "fail",
    "fail_payout",
    "fail_refund",
    "forget_payee",
    "hear",
    "hear_again",
    "intend",
    "issue_invoice",
    "learn",
    "learn_payout",
    "learn_refund",
    "note_discrepancy",
    "note_wrong_amount",
    "post",
    "receive",
    "refund",
    "reject_payout",
    "request_payout",
    "resolve_discrepancy",
    "retire_commission",
    "retire_tax",
    "reverse",
    "set_commission",
    "set_payout_account",
    "set_tax",
    "settle",
    "settle_payout",
    "settle_refund",
]
