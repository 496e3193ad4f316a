"""Refresh tokens: each serves once, a stolen one ends everything, a lost answer locks nobody out."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.shared.oauth.rules.refusals import GrantReused, InvalidGrant, InvalidScope
from tests.cast import at_once, later
from tests.shared.oauth.scene import App, app_of, speaker
from tests.world import Sql


def test_a_program_stays_connected(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia)

    with later(days=6):
        again = app.refreshed(given.refresh_token)
        assert speaker(tenant, again.access_token).id == pia.id
        assert again.id_token is None
    with later(days=12):
        assert app.refreshed(again.refresh_token).refresh_token is not None


def test_it_does_so_only_if_the_person_allowed_that(app: App, pia: Actor) -> None:
    assert app.let_in_by(pia, "openid").refresh_token is None


def test_of_twenty_who_come_with_one_token_at_once_one_child_lives(
    app: App, tenant: UUID, pia: Actor, owner_sql: Sql
) -> None:
    """With a read and a write instead of one guarded UPDATE, twenty children live: seen."""
    given = app.let_in_by(pia)
    answers = at_once(lambda: app.refreshed(given.refresh_token), 20)

    living = owner_sql("SELECT id FROM oauth_refresh_tokens WHERE used_at IS NULL AND withdrawn_at IS NULL", tenant)
    assert len(living) == 1
    assert owner_sql("SELECT id FROM oauth_families WHERE ended_at IS NOT NULL", tenant) == []
    assert all(not isinstance(answer, Exception) for answer in answers)


def test_a_stolen_token_ends_the_family_when_its_owner_comes_after_the_thief(
    app: App, tenant: UUID, pia: Actor, owner_sql: Sql
) -> None:
    given = app.let_in_by(pia)
    thief = app.refreshed(given.refresh_token)
    thief = app.refreshed(thief.refresh_token)

    with pytest.raises(GrantReused):
        app.refreshed(given.refresh_token)
    with pytest.raises(InvalidGrant):
        app.refreshed(thief.refresh_token)
    assert not speaker(tenant, thief.access_token).is_signed_in
    records = owner_sql(
        "SELECT outcome, facts ->> 'because' FROM records WHERE operation = 'oauth.revoke_family'", tenant
    )
    assert records == [("done", "reuse")]


def test_a_stolen_token_that_comes_later_than_half_a_minute_ends_the_family(app: App, pia: Actor) -> None:
    given = app.let_in_by(pia)
    kept = app.refreshed(given.refresh_token)

    with later(seconds=31), pytest.raises(GrantReused):
        app.refreshed(given.refresh_token)
    with pytest.raises(InvalidGrant):
        app.refreshed(kept.refresh_token)


def test_an_app_whose_answer_was_lost_comes_again_and_is_not_locked_out(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia)
    app.refreshed(given.refresh_token)  # the answer never arrived

    with later(seconds=20):
        again = app.refreshed(given.refresh_token)
        assert speaker(tenant, again.access_token).id == pia.id
        assert app.refreshed(again.refresh_token).refresh_token is not None


def test_what_the_lost_answer_held_ends_the_family_if_it_comes_after_all(app: App, pia: Actor) -> None:
    given = app.let_in_by(pia)
    lost = app.refreshed(given.refresh_token)
    again = app.refreshed(given.refresh_token)

    with pytest.raises(GrantReused):
        app.refreshed(lost.refresh_token)
    with pytest.raises(InvalidGrant):
        app.refreshed(again.refresh_token)


def test_a_token_of_another_program_is_good_for_nothing_and_ends_nothing(
    app: App, tenant: UUID, ada: Actor, pia: Actor
) -> None:
    given = app.let_in_by(pia)

    with pytest.raises(InvalidGrant):
        app_of(tenant, ada).refreshed(given.refresh_token)
    assert app.refreshed(given.refresh_token).refresh_token is not None


def test_nobody_stays_connected_without_coming_for_a_week_nor_for_more_than_a_month(app: App, pia: Actor) -> None:
    given = app.let_in_by(pia)
    with later(days=7, seconds=1), pytest.raises(InvalidGrant):
        app.refreshed(given.refresh_token)

    for day in (6, 12, 18, 24, 29):
        with later(days=day):
            given = app.refreshed(given.refresh_token)
    with later(days=30, seconds=1), pytest.raises(InvalidGrant):
        app.refreshed(given.refresh_token)


def test_a_program_may_ask_for_less_and_not_for_more(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia, "openid email offline_access")

    with pytest.raises(InvalidScope):
        app.refreshed(given.refresh_token, scope="openid everything")
    less = app.refreshed(given.refresh_token, scope="openid")
    assert speaker(tenant, less.access_token).scopes == {"openid"}
    assert app.refreshed(less.refresh_token).scope == "email offline_access openid"
