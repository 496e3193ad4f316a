"""Ten codes on paper for the day the second factor is lost."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, TooMany
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits
from salus.shared.people.rules import CodeNotRight, RecoveryCodeNotRight, SetUpFirst
from salus.shared.people.sessions import Ticket
from tests.cast import (
    BROWSER,
    actor_of,
    at_once,
    code_of,
    later,
    letters,
    seller,
    ticket,
    with_factor,
)


@pytest.fixture
def pia(tenant: UUID) -> Actor:
    """Pia, who has an app."""
    return with_factor(tenant, "Pia", seller(tenant, "Pia"))


@pytest.fixture
def codes(tenant: UUID, pia: Actor) -> list[str]:
    return made(tenant, pia)


def made(tenant: UUID, actor: Actor) -> list[str]:
    with Context(actor, tenant) as ctx:
        return actions.make_recovery_codes(ctx)


def used(tenant: UUID, given: str, *, by: str = "Pia") -> Ticket:
    """Somebody gave the password and now this code."""
    with Context(actor_of(tenant, ticket(tenant, by).token), tenant, origin=BROWSER) as ctx:
        return actions.use_recovery_code(ctx, given)


def left(tenant: UUID, actor: Actor) -> int:
    with Context(actor, tenant) as ctx:
        return queries.factors(ctx).recovery_codes_left


def test_each_lets_its_owner_in_once(tenant: UUID, pia: Actor, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    for number, each in enumerate(codes, start=1):
        opened = used(tenant, each)
        assert actor_of(tenant, opened.token).factor_at is not None
        assert left(tenant, pia) == 10 - number

    with pytest.raises(RecoveryCodeNotRight):
        used(tenant, codes[0])
    assert ticket(tenant, "Pia").awaits == Awaits.CODE


def test_of_twenty_who_come_with_one_code_one_gets_in(tenant: UUID, codes: list[str]) -> None:
    halved = actor_of(tenant, ticket(tenant, "Pia").token)

    def use() -> Ticket:
        with Context(halved, tenant, origin=BROWSER) as ctx:
            return actions.use_recovery_code(ctx, codes[0])

    outcomes = at_once(use, times=20)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1


def test_its_owner_is_told_how_many_are_left(tenant: UUID, codes: list[str]) -> None:
    used(tenant, codes[0])

    letter = letters(tenant, "Pia")[0]
    assert letter.subject == "A recovery code was used"
    assert "You have 9 left" in letter.body
    assert codes[0] not in letter.body


def test_it_is_read_however_it_is_typed(tenant: UUID, codes: list[str]) -> None:
    assert used(tenant, f" {codes[0].lower().replace('-', ' ')} ")
    assert used(tenant, codes[1].replace("-", ""))


@pytest.mark.parametrize("given", ["-", "AAAA-AAAA-AAAA-AAAA", "123456", "ÄÖÜ", "x" * 60])
def test_what_is_no_code_lets_nobody_in(tenant: UUID, codes: list[str], given: str) -> None:
    with pytest.raises(RecoveryCodeNotRight):
        used(tenant, given)


def test_somebody_elses_code_opens_nothing(tenant: UUID, codes: list[str]) -> None:
    with_factor(tenant, "Paul", seller(tenant, "Paul"))

    with pytest.raises(RecoveryCodeNotRight):
        used(tenant, codes[0], by="Paul")


def test_guessing_goes_no_further_by_changing_between_app_and_paper(tenant: UUID, codes: list[str]) -> None:
    halved = actor_of(tenant, ticket(tenant, "Pia").token)
    for _ in range(3):
        with pytest.raises(RecoveryCodeNotRight):
            used(tenant, "AAAA-AAAA")
    for _ in range(2):
        with pytest.raises(CodeNotRight), Context(halved, tenant, origin=BROWSER) as ctx:
            actions.confirm_totp(ctx, "000000")

    with pytest.raises(TooMany):
        used(tenant, codes[0])
    with pytest.raises(TooMany), Context(halved, tenant, origin=BROWSER) as ctx:
        actions.confirm_totp(ctx, code_of(tenant, "Pia"))


def test_new_ones_take_the_place_of_the_old(tenant: UUID, pia: Actor, codes: list[str]) -> None:
    used(tenant, codes[0])

    fresh = made(tenant, pia)

    assert left(tenant, pia) == 10
    with pytest.raises(RecoveryCodeNotRight):
        used(tenant, codes[1])
    assert used(tenant, fresh[0])


def test_only_whoever_gave_the_factor_just_now_makes_them(tenant: UUID, pia: Actor) -> None:
    with later(minutes=6), pytest.raises(FreshFactorNeeded):
        made(tenant, pia)
    with pytest.raises(FreshFactorNeeded):
        made(tenant, seller(tenant, "Paul"))


def test_they_stand_in_for_a_factor_and_are_none(tenant: UUID, pia: Actor, codes: list[str]) -> None:
    """Without the last real factor they are worth nothing, and none can be made."""
    with Context(pia, tenant) as ctx:
        actions.remove_totp(ctx)

    assert left(tenant, pia) == 0
    assert ticket(tenant, "Pia").awaits == Awaits.NOTHING
    with pytest.raises(SetUpFirst):
        made(tenant, pia)


def test_they_are_kept_nowhere(tenant: UUID, codes: list[str], owner_sql) -> None:
    kept = "".join(
        str(owner_sql(f"SELECT row_to_json({table})::text FROM {table}", tenant))
        for table in ("recovery_codes", "records", "mails", "notices")
    )

    assert kept
    for each in codes:
        assert each not in kept
        assert each.replace("-", "") not in kept
