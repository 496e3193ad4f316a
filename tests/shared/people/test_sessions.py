"""A session is one sign-in on one device, and ends when it should."""

from uuid import UUID

import pytest

from salus.kernel.actor import ANONYMOUS, Actor
from salus.kernel.context import Context, nobody
from salus.kernel.errors import NotFound, SignInNeeded
from salus.shared.people import actions, queries
from salus.shared.people.rules import LinkNotGood, PasswordNotRight, SignInFailed
from tests.cast import (
    BROWSER,
    PASSWORD,
    actor_of,
    administrator,
    at_once,
    code,
    email_of,
    later,
    letters,
    seller,
    sign_up,
    ticket,
)

NEW_PASSWORD = "seven lanterns drift past quiet mills"


def is_open(tenant: UUID, token: str) -> bool:
    return actor_of(tenant, token) != ANONYMOUS


def use(tenant: UUID, token: str) -> None:
    with Context(actor_of(tenant, token), tenant) as ctx:
        actions.note_activity(ctx)


def reset_token(tenant: UUID, name: str) -> str:
    with nobody(tenant) as ctx:
        actions.request_reset(ctx, email_of(name))
    return letters(tenant, name)[0].token


def test_the_token_itself_is_kept_nowhere(tenant: UUID, owner_sql) -> None:
    sign_up(tenant, "Pia")
    token = ticket(tenant, "Pia").token

    kept = owner_sql("SELECT row_to_json(sessions)::text FROM sessions", tenant)
    assert kept
    assert token not in str(kept)


def test_a_session_that_was_there_before_signing_in_is_worth_nothing_after(tenant: UUID) -> None:
    """Mallory plants a session of hers in Pia's browser and waits for Pia to sign in to it."""
    seller(tenant, "Mallory")
    seller(tenant, "Pia")
    planted = ticket(tenant, "Mallory").token

    with Context(actor_of(tenant, planted), tenant, origin=BROWSER) as ctx:
        opened = actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD)

    assert opened.token != planted
    assert not is_open(tenant, planted)


def test_an_idle_session_ends_after_half_an_hour(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    token = ticket(tenant, "Pia").token

    with later(minutes=29):
        assert is_open(tenant, token)
    with later(minutes=31):
        assert not is_open(tenant, token)


def test_a_used_session_goes_on_for_twelve_hours_and_no_longer(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    token = ticket(tenant, "Pia").token

    for minutes in range(25, 12 * 60, 25):
        with later(minutes=minutes):
            use(tenant, token)
    with later(minutes=12 * 60 - 1):
        assert is_open(tenant, token)
    with later(minutes=12 * 60 + 1):
        assert not is_open(tenant, token)


def test_an_administrators_session_is_shorter(tenant: UUID) -> None:
    administrator(tenant)
    token = ticket(tenant, "Ada", code=code()).token

    with later(minutes=16):
        assert not is_open(tenant, token)
    for minutes in range(10, 8 * 60, 10):
        with later(minutes=minutes):
            use(tenant, token)
    with later(minutes=8 * 60 + 1):
        assert not is_open(tenant, token)


def test_a_session_says_when_it_should_be_noted_as_used(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    token = ticket(tenant, "Pia").token

    assert not actor_of(tenant, token).is_quiet  # type: ignore[attr-defined]
    with later(seconds=61):
        assert actor_of(tenant, token).is_quiet  # type: ignore[attr-defined]
        use(tenant, token)
        assert not actor_of(tenant, token).is_quiet  # type: ignore[attr-defined]


def test_signing_out_ends_the_session_for_good(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    token, elsewhere = ticket(tenant, "Pia").token, ticket(tenant, "Pia").token

    with Context(actor_of(tenant, token), tenant) as ctx:
        actions.sign_out(ctx)

    assert not is_open(tenant, token)
    assert is_open(tenant, elsewhere)


def test_signing_out_everywhere_ends_them_all_and_nobody_elses(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    sign_up(tenant, "Paul")
    hers, his = [ticket(tenant, "Pia").token for _ in range(3)], ticket(tenant, "Paul").token

    with Context(actor_of(tenant, hers[0]), tenant) as ctx:
        actions.sign_out_everywhere(ctx)

    assert not any(is_open(tenant, token) for token in hers)
    assert is_open(tenant, his)


def test_a_person_sees_where_they_are_signed_in_and_ends_one(tenant: UUID) -> None:
    pia = seller(tenant, "Pia")
    other = ticket(tenant, "Pia").token

    with Context(pia, tenant) as ctx:
        here, there = sorted(queries.sessions(ctx), key=lambda session: not session.is_current)
        assert (here.id, here.network) == (pia.session_id, "192.0.2.0/24")
        actions.end_session(ctx, queries.session(ctx, there.id))

    assert not is_open(tenant, other)


def test_nobody_ends_somebody_elses_session(tenant: UUID, pia: Actor, paul: Actor) -> None:
    assert pia.session_id is not None

    with pytest.raises(NotFound), Context(paul, tenant) as ctx:
        actions.end_session(ctx, queries.session(ctx, pia.session_id))


def test_a_token_is_good_at_its_own_tenant_only(tenant: UUID, other_tenant: UUID) -> None:
    seller(other_tenant, "Sten")

    assert not is_open(tenant, ticket(other_tenant, "Sten").token)


def test_a_token_of_a_browser_is_none_of_the_api(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    of_browser = ticket(tenant, "Pia").token
    with nobody(tenant) as ctx:
        of_program = actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD).token

    assert actor_of(tenant, of_browser, "api") == ANONYMOUS
    assert actor_of(tenant, of_program, "browser") == ANONYMOUS
    assert actor_of(tenant, of_program, "api") != ANONYMOUS


@pytest.mark.parametrize("token", [None, "", "x", "ä", "\x00", "x" * 10_000])
def test_what_is_no_token_is_nobody(tenant: UUID, token: str | None) -> None:
    with nobody(tenant) as ctx:
        assert queries.authenticate(ctx, token, "browser") == ANONYMOUS


def test_a_locked_account_is_out_at_once(tenant: UUID, ada: Actor) -> None:
    pia = seller(tenant, "Pia")
    token = ticket(tenant, "Pia").token

    with Context(ada, tenant) as ctx:
        actions.suspend(ctx, queries.person(ctx, pia.person_id), reason="A complaint")
    assert not is_open(tenant, token)

    with Context(ada, tenant) as ctx:
        actions.restore(ctx, queries.person(ctx, pia.person_id))
    assert not is_open(tenant, token)
    assert is_open(tenant, ticket(tenant, "Pia").token)


def test_not_even_a_session_begun_while_the_account_was_locked_is_open(tenant: UUID, ada: Actor, owner_sql) -> None:
    pia = seller(tenant, "Pia")
    token = ticket(tenant, "Pia").token
    with Context(ada, tenant) as ctx:
        actions.suspend(ctx, queries.person(ctx, pia.person_id), reason="A complaint")

    # What a sign-in leaves that committed just after the lock had ended all sessions.
    owner_sql("UPDATE sessions SET ended_at = NULL", tenant)

    assert not is_open(tenant, token)


def test_a_new_password_ends_all_other_sessions(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    here, there = ticket(tenant, "Pia").token, ticket(tenant, "Pia").token

    with Context(actor_of(tenant, here), tenant, origin=BROWSER) as ctx:
        goes_on = actions.change_password(ctx, current_password=PASSWORD, password=NEW_PASSWORD)

    assert [is_open(tenant, token) for token in (here, there, goes_on.token)] == [False, False, True]
    assert letters(tenant, "Pia")[0].subject == "Your password was changed"


def test_nobody_changes_the_password_of_a_browser_left_open(tenant: UUID, pia: Actor) -> None:
    with pytest.raises(PasswordNotRight), Context(pia, tenant) as ctx:
        actions.change_password(ctx, current_password="I do not know it", password=NEW_PASSWORD)


def test_a_reset_ends_every_session_and_the_old_password(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    before = ticket(tenant, "Pia").token

    with nobody(tenant) as ctx:
        actions.reset_password(ctx, reset_token(tenant, "Pia"), NEW_PASSWORD)

    assert not is_open(tenant, before)
    with pytest.raises(SignInFailed):
        ticket(tenant, "Pia")
    assert ticket(tenant, "Pia", password=NEW_PASSWORD)


def test_a_reset_link_works_once_and_makes_the_others_worthless(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    older, newer = reset_token(tenant, "Pia"), reset_token(tenant, "Pia")

    def reset(token: str) -> None:
        with nobody(tenant) as ctx:
            actions.reset_password(ctx, token, NEW_PASSWORD)

    outcomes = at_once(lambda: reset(newer), times=6)
    assert [outcome for outcome in outcomes if not isinstance(outcome, LinkNotGood)] == [None]
    with pytest.raises(LinkNotGood):
        reset(older)


def test_a_reset_link_is_good_for_half_an_hour(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    token = reset_token(tenant, "Pia")

    with later(minutes=31), pytest.raises(LinkNotGood), nobody(tenant) as ctx:
        actions.reset_password(ctx, token, NEW_PASSWORD)


def test_whoever_forgot_is_not_locked_out_by_their_own_guesses(tenant: UUID) -> None:
    sign_up(tenant, "Pia")
    for _ in range(10):
        with pytest.raises(SignInFailed):
            ticket(tenant, "Pia", password="I do not know it")

    with nobody(tenant) as ctx:
        actions.reset_password(ctx, reset_token(tenant, "Pia"), NEW_PASSWORD)
    assert ticket(tenant, "Pia", password=NEW_PASSWORD)


def test_nobody_signs_out_without_being_in(tenant: UUID) -> None:
    with pytest.raises(SignInNeeded), nobody(tenant) as ctx:
        actions.sign_out(ctx)
