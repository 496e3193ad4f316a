"""What a seller has earned, in plain SQL: these are sums over the books."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.kernel.operations import query
from salus.shared.money.models import PostingKind
from salus.shared.money.rules import meaning

SHOWN = 200
MOVEMENTS = """
    WITH movements AS (
        SELECT e.id AS entry_id, e.created_at AS at, e.currency, p.subject_id,
            CASE WHEN e.credit_id = a.id THEN e.amount ELSE -e.amount END AS amount,
            coalesce(undone.kind, p.kind) AS kind, undone.id IS NOT NULL AS is_reversal
        FROM ledger_accounts a
        JOIN ledger_entries e ON e.credit_id = a.id OR e.debit_id = a.id
        JOIN ledger_postings p ON p.id = e.posting_id
        LEFT JOIN ledger_postings undone ON undone.id = p.reverses_id
        WHERE a.kind = 'seller_payable' AND a.owner_id = %(seller)s
    )
"""


@dataclass(frozen=True)
class Earnings:
    """A seller's money in one currency."""

    available: Money
    """On the balance."""
    under_way: Money
    """In a payout that has not arrived yet."""
    paid_out: Money

    @property
    def total(self) -> Money:
        return self.available + self.under_way + self.paid_out


class Month(NamedTuple):
    """What was earned in one month, less what was given back in it."""

    first_day: date
    earned: Money


class StatementLine(NamedTuple):
    """One movement of a seller's balance."""

    at: datetime
    meaning: str
    """In plain words: Sale, Payout requested."""
    about: str
    """What was sold, where a sale is behind it."""
    amount: Money
    """Below zero for what left the balance."""


@query(roles={Role.SELLER})
def earnings(ctx: Context) -> list[Earnings]:
    """What the acting seller has, has under way and was paid, by currency."""
    rows = ctx.rows(
        """
        SELECT a.currency, a.balance AS available,
            coalesce(sum(p.amount) FILTER (WHERE p.state IN ('requested', 'approved', 'sent')), 0)::bigint AS under_way,
            coalesce(sum(p.amount) FILTER (WHERE p.state = 'paid'), 0)::bigint AS paid_out
        FROM ledger_accounts a LEFT JOIN payouts p ON p.payee_id = a.owner_id AND p.currency = a.currency
        WHERE a.kind = 'seller_payable' AND a.owner_id = %(seller)s
        GROUP BY a.id ORDER BY a.currency
        """,
        {"seller": ctx.actor.person_id},
    )
    return [
        Earnings(*(Money(row[column], row["currency"]) for column in ("available", "under_way", "paid_out")))
        for row in rows
    ]


@query(roles={Role.SELLER})
def earnings_by_month(ctx: Context) -> list[Month]:
    """The acting seller's months in which something was earned or given back, oldest first."""
    rows = ctx.rows(
        MOVEMENTS  # noqa: S608  Both halves are written here.
        + """
        SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month, currency, sum(amount)::bigint AS amount
        FROM movements WHERE kind IN ('sale', 'refund', 'return') GROUP BY 1, 2 ORDER BY 1, 2
        """,
        {"seller": ctx.actor.person_id},
    )
    return [Month(row["month"], Money(row["amount"], row["currency"])) for row in rows]


@query(roles={Role.SELLER})
def statement(ctx: Context) -> list[StatementLine]:
    """The newest movements of the acting seller's balance, newest first."""
    rows = ctx.rows(
        MOVEMENTS  # noqa: S608  Both halves are written here.
        + """
        SELECT m.*, coalesce(sold.description, returned.description, '') AS about
        FROM movements m
        LEFT JOIN payments sold ON sold.id = m.subject_id
        LEFT JOIN refunds r ON r.id = m.subject_id
        LEFT JOIN payments returned ON returned.id = r.payment_id
        ORDER BY m.entry_id DESC LIMIT %(shown)s
        """,
        {"seller": ctx.actor.person_id, "shown": SHOWN},
    )
    return [
        StatementLine(
            row["at"],
            meaning(PostingKind(row["kind"]), is_reversal=row["is_reversal"]),
            row["about"],
            Money(row["amount"], row["currency"]),
        )
        for row in rows
    ]
