"""A code from an app, beside the password: required of administrators, open to everybody."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, SignInNeeded, TooMany
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits
from salus.shared.people.rules import AlreadySetUp, CodeNotRight, StillNeeded
from salus.shared.people.sessions import Ticket
from tests.cast import (
    BROWSER,
    PASSWORD,
    actor_of,
    administrator,
    at_once,
    code,
    code_of,
    email_of,
    later,
    letters,
    seller,
    ticket,
    with_factor,
)


def new_administrator(tenant: UUID) -> None:
    with Context(SYSTEM, tenant) as ctx:
        actions.ensure_first_administrator(ctx, email=email_of("Ada"), password=PASSWORD, name="Ada")


def set_up(tenant: UUID, actor: Actor) -> str:
    """The secret of a second factor that waits for its first code."""
    with Context(actor, tenant) as ctx:
        actions.set_up_totp(ctx)
        shown = queries.set_up(ctx)
    assert shown is not None
    return shown.secret


def confirm(tenant: UUID, actor: Actor, given: str) -> Ticket:
    with Context(actor, tenant, origin=BROWSER) as ctx:
        return actions.confirm_totp(ctx, given)


def half_way(tenant: UUID, name: str) -> Actor:
    """Somebody who gave the password and not yet the code."""
    return actor_of(tenant, ticket(tenant, name).token)


def test_an_administrator_without_one_sets_it_up_before_anything_else(tenant: UUID) -> None:
    new_administrator(tenant)
    begun = ticket(tenant, "Ada")
    ada = actor_of(tenant, begun.token)
    assert (begun.awaits, ada.id, ada.roles) == (Awaits.SET_UP, None, {Role.ANYONE})
    with pytest.raises(SignInNeeded), Context(ada, tenant) as ctx:
        queries.people(ctx)

    opened = confirm(tenant, ada, code(secret=set_up(tenant, ada)))

    assert actor_of(tenant, opened.token).has(Role.ADMINISTRATOR)
    assert actor_of(tenant, begun.token).session_id is None


def test_the_password_alone_opens_nothing(tenant: UUID) -> None:
    administrator(tenant)
    ada = half_way(tenant, "Ada")

    for question in (queries.me, queries.sessions, queries.people, queries.my_name):
        with pytest.raises(SignInNeeded), Context(ada, tenant) as ctx:
            question(ctx)
    with pytest.raises(SignInNeeded), Context(ada, tenant) as ctx:
        actions.set_up_totp(ctx)
    with Context(ada, tenant) as ctx:
        assert queries.set_up(ctx) is None


def test_one_code_lets_one_of_twenty_in(tenant: UUID) -> None:
    administrator(tenant)
    ada, given = half_way(tenant, "Ada"), code()

    outcomes = at_once(lambda: confirm(tenant, ada, given), times=20)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1


def test_a_code_is_used_up_in_every_session(tenant: UUID) -> None:
    administrator(tenant)
    given = code()
    assert ticket(tenant, "Ada", code=given)

    with pytest.raises(CodeNotRight):
        confirm(tenant, half_way(tenant, "Ada"), given)


def test_an_earlier_code_is_worth_nothing_after_a_later_one(tenant: UUID) -> None:
    administrator(tenant)
    assert ticket(tenant, "Ada", code=code(steps=1))

    with pytest.raises(CodeNotRight):
        confirm(tenant, half_way(tenant, "Ada"), code())


@pytest.mark.parametrize("given", ["", "123", "abcdef", "١٢٣٤٥٦", "000000000000"])
def test_what_is_no_code_lets_nobody_in(tenant: UUID, given: str) -> None:
    administrator(tenant)

    with pytest.raises(CodeNotRight):
        confirm(tenant, half_way(tenant, "Ada"), given)


def test_a_clock_may_be_half_a_minute_wrong_and_no_more(tenant: UUID) -> None:
    administrator(tenant)
    with pytest.raises(CodeNotRight):
        confirm(tenant, half_way(tenant, "Ada"), code(steps=2))

    with later(seconds=90):
        with pytest.raises(CodeNotRight):
            confirm(tenant, half_way(tenant, "Ada"), code(steps=-2))
        assert confirm(tenant, half_way(tenant, "Ada"), code(steps=1))


def test_spaces_in_a_code_do_not_matter(tenant: UUID) -> None:
    administrator(tenant)
    given = code()

    assert confirm(tenant, half_way(tenant, "Ada"), f" {given[:3]} {given[3:]}")


def test_guessing_codes_ends_after_five(tenant: UUID) -> None:
    administrator(tenant)
    ada = half_way(tenant, "Ada")
    wrong = f"{(int(code()) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(CodeNotRight):
            confirm(tenant, ada, wrong)

    with pytest.raises(TooMany):
        confirm(tenant, ada, code())
    with pytest.raises(TooMany):
        confirm(tenant, half_way(tenant, "Ada"), code())


def test_a_seller_adds_one_and_is_asked_for_it_from_then_on(tenant: UUID) -> None:
    pia = seller(tenant, "Pia")
    elsewhere = ticket(tenant, "Pia").token
    secret = set_up(tenant, pia)
    with pytest.raises(CodeNotRight):
        confirm(tenant, pia, "000000")

    goes_on = confirm(tenant, pia, code(secret=secret, steps=-1))

    assert actor_of(tenant, goes_on.token).id == pia.id
    assert actor_of(tenant, elsewhere).id is None
    assert ticket(tenant, "Pia").awaits == Awaits.CODE
    assert letters(tenant, "Pia")[0].subject == "You have a new second factor"


def test_one_that_was_never_confirmed_locks_nobody_out(tenant: UUID) -> None:
    set_up(tenant, seller(tenant, "Pia"))

    assert ticket(tenant, "Pia").awaits == Awaits.NOTHING


def test_a_program_sends_password_and_code_together(tenant: UUID) -> None:
    administrator(tenant)

    with Context(half_way(tenant, "Ada"), tenant, origin=BROWSER) as ctx:
        opened = actions.sign_in(ctx, email=email_of("Ada"), password=PASSWORD, code=code())

    assert actor_of(tenant, opened.token).has(Role.ADMINISTRATOR)


def test_a_secret_is_shown_until_it_is_confirmed_and_never_again(tenant: UUID, owner_sql) -> None:
    pia = seller(tenant, "Pia")
    secret = set_up(tenant, pia)
    pia = actor_of(tenant, confirm(tenant, pia, code(secret=secret)).token)

    with Context(pia, tenant) as ctx:
        assert queries.set_up(ctx) is None
        with pytest.raises(AlreadySetUp):
            actions.set_up_totp(ctx)
    assert secret not in str(owner_sql("SELECT row_to_json(totps)::text FROM totps", tenant))


def test_a_seller_removes_theirs_who_gave_it_just_now(tenant: UUID) -> None:
    pia = with_factor(tenant, "Pia", seller(tenant, "Pia"))
    elsewhere = ticket(tenant, "Pia", code=code_of(tenant, "Pia")).token
    with later(minutes=6), pytest.raises(FreshFactorNeeded), Context(pia, tenant) as ctx:
        actions.remove_totp(ctx)

    with Context(pia, tenant) as ctx:
        actions.remove_totp(ctx)

    assert actor_of(tenant, elsewhere).id is None
    assert letters(tenant, "Pia")[0].subject == "A second factor was removed"
    assert ticket(tenant, "Pia").awaits == Awaits.NOTHING


@pytest.mark.parametrize("name", ["ada", "bruno"])
def test_whoever_must_have_one_keeps_the_last(tenant: UUID, name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(StillNeeded), Context(request.getfixturevalue(name), tenant) as ctx:
        actions.remove_totp(ctx)


def test_a_half_open_session_ends_like_any_other(tenant: UUID) -> None:
    administrator(tenant)
    begun = ticket(tenant, "Ada").token

    with Context(actor_of(tenant, begun), tenant) as ctx:
        actions.sign_out(ctx)

    assert actor_of(tenant, begun).session_id is None
