"""A passkey alone: no address, no password, and nothing to find out about anybody."""

from uuid import UUID

import pytest
from holders import asked, asked_for_passkey, given, registered, signed_in_with

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits
from salus.shared.people.rules import AskedTooLongAgo, KeyCopied, KeyNotRight
from salus.shared.people.sessions import Ticket
from tests.authenticator import Authenticator
from tests.cast import actor_of, at_once, seller


@pytest.fixture
def passkey(tenant: UUID) -> Authenticator:
    return Authenticator.at(tenant, is_backed_up=True)


@pytest.fixture
def pia(tenant: UUID, passkey: Authenticator) -> Actor:
    return registered(tenant, seller(tenant, "Pia"), passkey)


def test_it_signs_in_with_both_factors_at_once(tenant: UUID, pia: Actor, passkey: Authenticator) -> None:
    opened = signed_in_with(tenant, passkey.get(asked_for_passkey(tenant)))

    entered = actor_of(tenant, opened.token)
    assert (opened.awaits, entered.id, entered.has(Role.SELLER)) == (Awaits.NOTHING, pia.id, True)
    assert entered.factor_at is not None


def test_an_administrator_may_come_in_by_it(tenant: UUID, ada: Actor, passkey: Authenticator) -> None:
    registered(tenant, ada, passkey)

    opened = signed_in_with(tenant, passkey.get(asked_for_passkey(tenant)))

    assert actor_of(tenant, opened.token).has(Role.ADMINISTRATOR)


def test_the_question_is_the_same_whoever_has_passkeys(tenant: UUID, other_tenant: UUID, pia: Actor) -> None:
    asked_of_all = [asked_for_passkey(where) for where in (tenant, other_tenant)]

    for options in asked_of_all:
        assert (options["allowCredentials"], options["userVerification"]) == ([], "required")
    assert asked_of_all[0].keys() == asked_of_all[1].keys()


def test_an_answer_signs_in_once(tenant: UUID, pia: Actor, passkey: Authenticator) -> None:
    answer = passkey.get(asked_for_passkey(tenant))

    outcomes = at_once(lambda: signed_in_with(tenant, answer), times=20)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1
    with pytest.raises(AskedTooLongAgo):
        signed_in_with(tenant, answer)


def test_an_answer_signs_in_the_browser_that_asked(tenant: UUID, pia: Actor, passkey: Authenticator) -> None:
    """Mallory asks, shows the question to Pia's key through a page of hers, and brings the answer home."""
    answer = passkey.get(asked_for_passkey(tenant, visitor="Pia's browser"))

    with pytest.raises(AskedTooLongAgo):
        signed_in_with(tenant, answer, visitor="Mallory's browser")


def test_what_was_asked_of_a_session_signs_nobody_in(tenant: UUID, pia: Actor, passkey: Authenticator) -> None:
    with pytest.raises(AskedTooLongAgo):
        signed_in_with(tenant, passkey.get(asked(tenant, pia)))
    with pytest.raises(AskedTooLongAgo):
        given(tenant, pia, passkey.get(asked_for_passkey(tenant)))


@pytest.mark.parametrize(
    ("what", "value"), [("origin", "http://evil.example"), ("rp_id", "evil.example"), ("is_verifying", False)]
)
def test_one_that_was_asked_elsewhere_or_not_unlocked_is_refused(
    tenant: UUID, pia: Actor, passkey: Authenticator, what: str, value: object
) -> None:
    setattr(passkey, what, value)

    with pytest.raises(KeyNotRight):
        signed_in_with(tenant, passkey.get(asked_for_passkey(tenant)))


def test_an_unknown_one_and_one_that_says_it_is_somebody_elses_look_the_same(
    tenant: UUID, pia: Actor, passkey: Authenticator
) -> None:
    passkey.user_handle = seller(tenant, "Paul").person_id.bytes

    for key in (passkey, Authenticator.at(tenant, user_handle=pia.person_id.bytes)):
        with pytest.raises(KeyNotRight) as refused:
            signed_in_with(tenant, key.get(asked_for_passkey(tenant)))
        assert type(refused.value) is KeyNotRight


def test_a_copy_of_it_is_refused(tenant: UUID) -> None:
    key = Authenticator.at(tenant, sign_count=7)
    registered(tenant, seller(tenant, "Pia"), key)
    signed_in_with(tenant, key.get(asked_for_passkey(tenant)))
    key.sign_count = 3

    with pytest.raises(KeyCopied):
        signed_in_with(tenant, key.get(asked_for_passkey(tenant)))


def test_a_locked_account_is_not_opened_by_it(tenant: UUID, pia: Actor, passkey: Authenticator, ada: Actor) -> None:
    with Context(ada, tenant) as ctx:
        actions.suspend(ctx, queries.person(ctx, pia.person_id), reason="A complaint")

    with pytest.raises(KeyNotRight):
        signed_in_with(tenant, passkey.get(asked_for_passkey(tenant)))


def test_a_session_from_before_ends_with_it(tenant: UUID, pia: Actor, passkey: Authenticator) -> None:
    """A session that Mallory planted in Pia's browser is worth nothing after Pia signed in there."""
    planted = actor_of(tenant, signed_in_with(tenant, passkey.get(asked_for_passkey(tenant))).token)
    answer = passkey.get(asked_for_passkey(tenant))

    with Context(planted, tenant) as ctx:
        host, visitor = passkey.origin.removeprefix("http://"), "a browser's cookie"
        actions.sign_in_with_passkey(ctx, answer, host=host, visitor=visitor)

    with Context(pia, tenant) as ctx:
        assert planted.session_id not in {session.id for session in queries.sessions(ctx)}
