"""What the books say."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.fields import Money
from salus.kernel.operations import WITHIN, query
from salus.shared.money.models import Account, AccountKind, Discrepancy
from salus.shared.money.rules import Place


class TrialLine(NamedTuple):
    """All accounts of one kind and currency together."""

    kind: AccountKind
    accounts: int
    balance: Money


@dataclass(frozen=True)
class TrialBalance:
    lines: list[TrialLine]
    balances: dict[str, int]
    """The sum over all accounts by currency: zero, or something is broken."""


class Drift(NamedTuple):
    """An account whose balance is not the sum of its entries."""

    account_id: UUID
    currency: str
    balance: int
    entries: int


@query(roles=WITHIN)
def held(ctx: Context, place: Place, currency: str) -> int:
    """The balance, kept from others until the end; 0 if the account was never opened."""
    balance = ctx.db.execute(
        select(Account.balance)
        .where(Account.kind == place.kind, Account.owner_id == place.owner_id, Account.currency == currency)
        .with_for_update()
    ).scalar_one_or_none()
    return balance or 0


@query(roles={Role.ADMINISTRATOR})
def trial_balance(ctx: Context) -> TrialBalance:
    """Every kind of account with its balance, and the proof that all balances cancel out."""
    rows = ctx.rows(
        "SELECT kind, currency, count(*) AS accounts, sum(balance)::bigint AS balance FROM ledger_accounts"
        " GROUP BY kind, currency ORDER BY currency, kind"
    )
    lines = [
        TrialLine(AccountKind(row["kind"]), row["accounts"], Money(row["balance"], row["currency"])) for row in rows
    ]
    balances: dict[str, int] = {}
    for line in lines:
        balances[line.balance.currency] = balances.get(line.balance.currency, 0) + line.balance.amount
    return TrialBalance(lines, balances)


@query(roles={Role.SYSTEM, Role.ADMINISTRATOR})
def drifted_accounts(ctx: Context) -> list[Drift]:
    """The accounts whose balance is not the sum of their entries; none, unless the database's guards were taken off."""
    rows = ctx.rows(
        """
        SELECT a.id, a.currency, a.balance, coalesce(moved.total, 0)::bigint AS entries
        FROM ledger_accounts a
        LEFT JOIN (
            SELECT account_id, sum(amount) AS total FROM (
                SELECT credit_id AS account_id, amount FROM ledger_entries
                UNION ALL SELECT debit_id, -amount FROM ledger_entries
            ) sides GROUP BY account_id
        ) moved ON moved.account_id = a.id
        WHERE a.balance <> coalesce(moved.total, 0)
        """
    )
    return [Drift(row["id"], row["currency"], row["balance"], row["entries"]) for row in rows]


@query(roles={Role.ADMINISTRATOR})
def discrepancies(ctx: Context) -> list[Discrepancy]:
    """Differences that nobody has cleared up yet, newest first."""
    unresolved = select(Discrepancy).where(Discrepancy.resolved_by.is_(None)).order_by(Discrepancy.id.desc())
    return list(ctx.db.scalars(unresolved))


@query(roles={Role.ADMINISTRATOR})
def discrepancy(ctx: Context, discrepancy_id: UUID) -> Discrepancy:
    """One difference, cleared up or not."""
    return ctx.get(Discrepancy, discrepancy_id)
