"""What differs from the gateway, or within the books, is found and shown."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.fields import Money
from salus.kernel.ids import new_id
from salus.shared.money import actions, queries, reactions
from salus.shared.money.models import RefundReason
from salus.shared.money.rules import AlreadyDecided
from tests.shared.money.till import Till, as_told, balances


def compare(till: Till) -> dict[tuple[str, str], tuple[int, int]]:
    reactions.reconcile(Context(SYSTEM, till.tenant))
    return {(found.kind.value, found.about): (found.expected, found.found) for found in till.discrepancies}


def stray(till: Till, reference: str, amount: int) -> str:
    """Somebody pays at the gateway for what nobody here asked for."""
    order = {"amount": amount, "currency": "EUR", "reference": reference, "description": "?", "payee": "?"}
    headers = {"idempotency-key": new_id().hex}
    made = till.client.post("/v1/payments", json=order | {"return_url": "http://127.0.0.1:9"}, headers=headers).json()
    till.client.post(f"/v1/payments/{made['id']}/pay", json={"number": "4242424242424242"})
    return str(made["id"])


def test_three_of_three_differences_are_found(till: Till, tenant: UUID, bea: Actor, sal: Actor) -> None:
    till.settled(bea, sal)
    missing = till.requested(bea, sal)
    with Context(SYSTEM, tenant) as ctx:
        actions.learn(ctx, missing, as_told(missing, "succeeded", 1_000))
    wrong = till.requested(bea, sal)
    till.pay(wrong)
    till.inbox.next()
    extra = stray(till, f"{tenant}/{new_id()}", 777)
    with Context(SYSTEM, tenant) as ctx:
        told = as_told(wrong, "succeeded", 1_000, price=Money(1, "EUR"))
        actions.compare_with_gateway(ctx, [], [told])

    assert compare(till) == {
        ("missing_at_gateway", str(missing.id)): (10_000, 0),
        ("wrong_amount", str(wrong.id)): (10_000, 1),
        ("unknown_here", extra): (0, 777),
    }


def test_where_all_is_well_nothing_is_shown(till: Till, ada: Actor, bea: Actor, sal: Actor) -> None:
    payment = till.settled(bea, sal)
    till.requested(bea, sal)
    with Context(ada, till.tenant) as ctx:
        actions.refund(ctx, payment, because=RefundReason.GOODWILL)

    assert compare(till) == {}


def test_what_another_tenant_takes_is_not_ours_to_explain(till: Till, other_tenant: UUID) -> None:
    stray(till, f"{other_tenant}/{new_id()}", 777)

    assert compare(till) == {}


def test_a_difference_is_shown_once_until_an_administrator_clears_it_up(
    till: Till, tenant: UUID, ada: Actor, sal: Actor
) -> None:
    stray(till, f"{tenant}/{new_id()}", 777)
    compare(till)
    compare(till)
    with Context(ada, tenant) as ctx:
        (found,) = queries.discrepancies(ctx)
        actions.resolve_discrepancy(ctx, found, because="Given back by hand at the gateway.")

    compare(till)
    with Context(ada, tenant) as ctx:
        assert queries.discrepancies(ctx) == []
    with pytest.raises(AlreadyDecided), Context(ada, tenant) as ctx:
        actions.resolve_discrepancy(ctx, queries.discrepancy(ctx, found.id), because="Twice.")
    with pytest.raises(NotAllowed), Context(sal, tenant) as ctx:
        queries.discrepancies(ctx)


def test_a_gateway_that_is_down_is_compared_with_later(till: Till, bea: Actor, sal: Actor) -> None:
    till.settled(bea, sal)
    till.turn(down=True)

    assert compare(till) == {}


def test_a_balance_changed_behind_the_guards_is_found(
    till: Till, tenant: UUID, bea: Actor, sal: Actor, owner_sql
) -> None:
    till.settled(bea, sal)
    reactions.audit_balances(Context(SYSTEM, tenant))
    assert till.discrepancies == []

    owner_sql("ALTER TABLE ledger_accounts DISABLE TRIGGER guard")
    owner_sql("UPDATE ledger_accounts SET balance = balance + 5 WHERE kind = 'tax_payable'", tenant)
    owner_sql("ALTER TABLE ledger_accounts ENABLE TRIGGER guard")
    reactions.audit_balances(Context(SYSTEM, tenant))

    (found,) = till.discrepancies
    assert (found.kind, found.expected, found.found) == ("balance_drifted", 2_182, 2_187)


def test_all_balances_cancel_out(till: Till, tenant: UUID, ada: Actor, bea: Actor, sal: Actor) -> None:
    till.settled(bea, sal)
    till.settled(bea, sal, Money(500, "USD"))

    with Context(ada, tenant) as ctx:
        trial = queries.trial_balance(ctx)
    assert trial.balances == {"EUR": 0, "USD": 0}
    assert sum(line.accounts for line in trial.lines) == 8
    with Context(SYSTEM, tenant) as ctx:
        assert len(balances(ctx)) > 0
