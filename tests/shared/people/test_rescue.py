"""Somebody lost their second factors or a device, and an administrator helps."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.errors import FreshFactorNeeded, NotAllowed
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits
from salus.shared.people.queries import Person
from salus.shared.people.rules import NotOneself, SignInFailed
from salus.shared.records import queries as records
from tests.cast import PASSWORD, actor_of, email_of, later, letters, signed_in, ticket, with_factor

REASON = "Called back at the number of the register"


def person(tenant: UUID, of: Actor) -> Person:
    with Context(SYSTEM, tenant) as ctx:
        return queries.person(ctx, of.person_id)


def reset(tenant: UUID, ada: Actor, of: Actor) -> None:
    with Context(ada, tenant) as ctx:
        actions.reset_factors(ctx, person(tenant, of), reason=REASON)


def test_a_buyer_who_lost_everything_sets_up_a_new_second_factor(tenant: UUID, bruno: Actor, ada: Actor) -> None:
    assert ticket(tenant, "Bruno").awaits == Awaits.CODE
    reset(tenant, ada, bruno)

    assert ticket(tenant, "Bruno").awaits == Awaits.SET_UP
    assert signed_in(tenant, "Bruno").has(Role.BUYER)


def test_whoever_held_a_session_is_out_and_the_person_is_told_why(tenant: UUID, bruno: Actor, ada: Actor) -> None:
    before = ticket(tenant, "Bruno").token
    reset(tenant, ada, bruno)

    assert actor_of(tenant, before).session_id is None
    assert letters(tenant, "Bruno")[0].subject == "Your second factors were removed"
    with Context(signed_in(tenant, "Bruno"), tenant) as ctx:
        assert REASON in {look.purpose for look in records.who_looked(ctx).looks}


def test_a_password_that_was_short_beside_a_factor_opens_nothing_alone(tenant: UUID, pia: Actor, ada: Actor) -> None:
    pia = with_factor(tenant, "Pia", pia)
    with Context(pia, tenant) as ctx:
        actions.change_password(ctx, current_password=PASSWORD, password="sevenlan")
    reset(tenant, ada, pia)

    with pytest.raises(SignInFailed), nobody(tenant) as ctx:
        actions.sign_in(ctx, email=email_of("Pia"), password="sevenlan")


def test_nobody_but_an_administrator_with_a_fresh_factor_removes_others_factors(
    tenant: UUID, pia: Actor, bruno: Actor, ada: Actor
) -> None:
    with pytest.raises(NotAllowed), Context(pia, tenant) as ctx:
        actions.reset_factors(ctx, person(tenant, bruno), reason=REASON)
    with later(minutes=6), pytest.raises(FreshFactorNeeded):
        reset(tenant, ada, bruno)
    with pytest.raises(NotOneself):
        reset(tenant, ada, ada)

    assert ticket(tenant, "Bruno").awaits == Awaits.CODE


def test_an_administrator_signs_out_somebody_whose_phone_was_stolen(tenant: UUID, pia: Actor, ada: Actor) -> None:
    before = ticket(tenant, "Pia").token
    with Context(ada, tenant) as ctx:
        actions.sign_out_person(ctx, person(tenant, pia))

    assert actor_of(tenant, before).id is None
    assert signed_in(tenant, "Pia").id == pia.id


def test_when_tokens_were_stolen_everybody_else_is_signed_out_at_once(
    tenant: UUID, other_tenant: UUID, pia: Actor, stranger: Actor, ada: Actor
) -> None:
    hers = ticket(tenant, "Pia").token
    with Context(ada, tenant) as ctx:
        actions.sign_out_everybody(ctx)

    assert actor_of(tenant, hers).id is None
    with Context(ada, tenant) as ctx:
        assert [session.is_current for session in queries.sessions(ctx)] == [True]
    with Context(stranger, other_tenant) as ctx:
        assert queries.sessions(ctx)
