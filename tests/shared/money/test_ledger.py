"""The books cannot be made wrong: not by the application, and not by the owner of the tables."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, database_url
from salus.kernel.db import connect
from salus.kernel.errors import GuardError
from salus.kernel.ids import new_id
from salus.kernel.operations import action, query
from salus.shared.money.actions import post, reverse
from salus.shared.money.models import Account, Posting, PostingKind
from salus.shared.money.rules import COMMISSION, GATEWAY, KeyReused, Leg, payable

Rows = list[tuple[Any, ...]]
Sql = Callable[..., Rows]


@action(roles={Role.SYSTEM})
def book(ctx: Context, key: str, legs: list[Leg], currency: str = "EUR", subject_id: UUID = UUID(int=1)) -> Posting:
    return post(ctx, key, PostingKind.SALE, legs, currency=currency, subject_id=subject_id)


@action(roles={Role.SYSTEM})
def undo(ctx: Context, key: str) -> Posting:
    return reverse(ctx, key)


@query(roles={Role.SYSTEM})
def balances(ctx: Context) -> dict[tuple[str, str], int]:
    rows = ctx.db.execute(select(Account.kind, Account.currency, Account.balance))
    return {(row.kind.value, row.currency): row.balance for row in rows}


def of(tenant: UUID) -> dict[tuple[str, str], int]:
    with Context(SYSTEM, tenant) as ctx:
        return balances(ctx)


@pytest.fixture(params=["owner", "app"])
def sql(request: pytest.FixtureRequest, home: object, tenant: UUID) -> Any:
    """Statements in one transaction of the test's tenant, as the owner of the tables and as the application."""
    setting = "owner_database_url" if request.param == "owner" else "database_url"
    pool = connect(database_url(setting))

    def run(*statements: str, **parameters: object) -> Rows:
        with pool.connect() as connection:
            connection.info["tenant"] = tenant
            with connection.begin():
                results = [connection.execute(text(statement), parameters) for statement in statements]
                return [tuple(row) for row in results[-1]] if results[-1].returns_rows else []

    yield run
    pool.dispose()


@pytest.fixture
def sale(tenant: UUID, sal: Actor) -> Posting:
    with Context(SYSTEM, tenant) as ctx:
        return book(ctx, "sale:1", [Leg(GATEWAY, payable(sal.person_id), 850), Leg(GATEWAY, COMMISSION, 150)])


def refused_as(*names: str) -> Any:
    """The database says no: by the constraint named, or because the application has no right at all."""
    return pytest.raises(DBAPIError, match="|".join([*names, "permission denied"]))


def test_a_sale_moves_each_part_to_whom_it_belongs(tenant: UUID, sale: Posting) -> None:
    assert of(tenant) == {
        ("gateway_clearing", "EUR"): -1000,
        ("seller_payable", "EUR"): 850,
        ("commission_revenue", "EUR"): 150,
    }


def test_booking_the_same_twice_books_it_once(tenant: UUID, sal: Actor, sale: Posting) -> None:
    before = of(tenant)

    with Context(SYSTEM, tenant) as ctx:
        again = book(ctx, "sale:1", [Leg(GATEWAY, payable(sal.person_id), 850), Leg(GATEWAY, COMMISSION, 150)])

    assert (again.id, of(tenant)) == (sale.id, before)


def test_a_key_cannot_be_used_for_other_entries(tenant: UUID, sal: Actor, sale: Posting) -> None:
    with pytest.raises(KeyReused), Context(SYSTEM, tenant) as ctx:
        book(ctx, "sale:1", [Leg(GATEWAY, payable(sal.person_id), 999), Leg(GATEWAY, COMMISSION, 1)])


def test_eight_workers_booking_under_one_key_book_once(tenant: UUID, sal: Actor) -> None:
    booked: list[UUID] = []

    def work() -> None:
        with Context(SYSTEM, tenant) as ctx:
            booked.append(book(ctx, "sale:race", [Leg(GATEWAY, payable(sal.person_id), 100)]).id)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (len(booked), len(set(booked)), of(tenant)["seller_payable", "EUR"]) == (8, 1, 100)


def test_eight_workers_spending_from_one_account_never_overdraw_it(tenant: UUID, sal: Actor) -> None:
    with Context(SYSTEM, tenant) as ctx:
        book(ctx, "sale:fund", [Leg(GATEWAY, payable(sal.person_id), 100)])
    spent: list[int] = []

    def spend(worker: int) -> None:
        for attempt in range(6):
            try:
                with Context(SYSTEM, tenant) as ctx:
                    book(ctx, f"spend:{worker}:{attempt}", [Leg(payable(sal.person_id), GATEWAY, 7)])
            except IntegrityError:
                continue
            spent.append(7)

    workers = [threading.Thread(target=spend, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (sum(spent), of(tenant)["seller_payable", "EUR"]) == (98, 2)


def test_a_reversal_undoes_a_posting_and_only_once(tenant: UUID, sale: Posting) -> None:
    for _ in range(2):
        with Context(SYSTEM, tenant) as ctx:
            undo(ctx, "sale:1")

    assert set(of(tenant).values()) == {0}


def test_nobody_books_by_themselves(tenant: UUID) -> None:
    with pytest.raises(GuardError), Context(SYSTEM, tenant) as ctx:
        post(ctx, "loose", PostingKind.SALE, [], currency="EUR", subject_id=new_id())


def test_another_tenant_sees_no_entry(tenant: UUID, other_tenant: UUID, sale: Posting) -> None:
    assert of(other_tenant) == {}


def test_an_account_does_not_fall_below_zero(tenant: UUID, sal: Actor, sale: Posting) -> None:
    with refused_as("balance_stays_on_its_side"), Context(SYSTEM, tenant) as ctx:
        book(ctx, "too much", [Leg(payable(sal.person_id), GATEWAY, 851)])


def test_nothing_is_not_booked(tenant: UUID) -> None:
    with pytest.raises(ValueError, match="needs entries"), Context(SYSTEM, tenant) as ctx:
        book(ctx, "empty", [Leg(GATEWAY, COMMISSION, 0)])


def test_an_account_cannot_owe_itself(tenant: UUID) -> None:
    with refused_as("accounts_differ"), Context(SYSTEM, tenant) as ctx:
        book(ctx, "circle", [Leg(COMMISSION, COMMISSION, 5)])


POSTING = (
    "INSERT INTO ledger_postings (id, key, body_hash, kind, currency, subject_id{more})"
    " VALUES (:new, 'by hand', sha256('x'), '{kind}', '{currency}', :new{values})"
)
ENTRY = (
    "INSERT INTO ledger_entries (id, posting_id, debit_id, credit_id, amount, currency)"
    " SELECT gen_random_uuid(), {posting}, d.id, c.id, {amount}, '{currency}' FROM ledger_accounts d, ledger_accounts c"
    " WHERE d.kind = 'gateway_clearing' AND c.kind = 'commission_revenue'"
)


def by_hand(kind: str = "sale", currency: str = "EUR", more: str = "", values: str = "") -> str:
    return POSTING.format(kind=kind, currency=currency, more=more, values=values)


def entry(posting: str = ":new", amount: int = 10, currency: str = "EUR") -> str:
    return ENTRY.format(posting=posting, amount=amount, currency=currency)


def test_by_hand_a_whole_posting_works(sql: Sql, tenant: UUID, sale: Posting) -> None:
    """So that the refusals below are for what they break, and not for something else."""
    sql(by_hand(), entry(), new=new_id())

    assert of(tenant)["commission_revenue", "EUR"] == 160


@pytest.mark.parametrize("amount", [0, -10])
def test_an_amount_is_above_zero(sql: Sql, sale: Posting, amount: int) -> None:
    with refused_as("amount_is_positive"):
        sql(by_hand(), entry(amount=amount), new=new_id())


def test_an_entry_in_another_currency_than_its_accounts_is_refused(sql: Sql, sale: Posting) -> None:
    with refused_as("fk_ledger_entries"):
        sql(by_hand(currency="USD"), entry(currency="USD"), new=new_id())


def test_an_entry_in_another_currency_than_its_posting_is_refused(sql: Sql, sale: Posting) -> None:
    with refused_as("fk_ledger_entries"):
        sql(by_hand(currency="USD"), entry(), new=new_id())


def test_an_entry_cannot_join_an_old_posting(sql: Sql, sale: Posting) -> None:
    with refused_as("entries come with their posting"):
        sql(entry(posting=":old"), old=sale.id)


def test_a_posting_cannot_pretend_to_be_of_a_later_transaction(sql: Sql, sale: Posting) -> None:
    new, later = new_id(), "(SELECT (pg_current_xact_id()::text::bigint + 1)::text::xid8)"
    sql(by_hand(more=", transaction", values=f", {later}"), entry(), new=new)

    ((is_ours,),) = sql("SELECT transaction < pg_current_xact_id() FROM ledger_postings WHERE id = :new", new=new)
    assert is_ours


def test_a_posting_without_entries_is_refused_at_the_commit(sql: Sql, sale: Posting) -> None:
    with refused_as("a posting needs entries"):
        sql(by_hand(), new=new_id())


def test_a_key_is_used_once(sql: Sql, sale: Posting) -> None:
    with refused_as("uq_ledger_postings_tenant_id_key"):
        sql(by_hand().replace("by hand", "sale:1"), entry(), new=new_id())


def test_a_posting_is_reversed_once(sql: Sql, tenant: UUID, sale: Posting) -> None:
    with Context(SYSTEM, tenant) as ctx:
        undo(ctx, "sale:1")

    with refused_as("uq_ledger_postings_tenant_id_reverses_id"):
        sql(by_hand("reversal", more=", reverses_id", values=", :old"), entry(), new=new_id(), old=sale.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_postings SET key = 'another'",
        "DELETE FROM ledger_postings",
        "TRUNCATE ledger_postings CASCADE",
        "DELETE FROM ledger_accounts",
        "TRUNCATE ledger_accounts CASCADE",
    ],
)
def test_the_books_are_append_only(sql: Sql, sale: Posting, statement: str) -> None:
    with refused_as("append-only"):
        sql(statement)


@pytest.mark.parametrize(
    "change", ["balance = balance + 1", "balance = 0", "currency = 'USD'", "kind = 'tax_payable'", "owner_id = :new"]
)
def test_a_balance_moves_by_entries_only(sql: Sql, sale: Posting, change: str) -> None:
    with refused_as("balances move only by entries"):
        sql(f"UPDATE ledger_accounts SET {change} WHERE kind = 'commission_revenue'", new=new_id())


def test_an_account_starts_empty(sql: Sql, sale: Posting) -> None:
    with refused_as("an account starts empty"):
        sql(
            "INSERT INTO ledger_accounts (id, kind, currency, balance) VALUES (:new, 'tax_payable', 'EUR', 5)",
            new=new_id(),
        )


def test_a_seller_has_one_account_for_each_currency(sql: Sql, sale: Posting) -> None:
    with refused_as("uq_ledger_accounts"):
        sql("INSERT INTO ledger_accounts (id, kind, currency) VALUES (:new, 'gateway_clearing', 'EUR')", new=new_id())
