"""What a person let in they also put out, at once and whole."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.shared.oauth import actions, queries
from salus.shared.oauth.rules.refusals import InvalidGrant
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.privacy.actions import erasures as privacy
from salus.shared.privacy.reactions.erasures import carry_out_due
from salus.shared.privacy.rules import CONFIRMATION
from salus.worker import settle_everything
from tests.cast import PASSWORD, later
from tests.shared.oauth.scene import App, app_of, fresh, speaker
from tests.world import Sql


def test_what_a_person_takes_back_ends_at_once(app: App, tenant: UUID, pia: Actor) -> None:
    first, second = app.let_in_by(pia), app.let_in_by(pia, "openid offline_access")
    code = app.allowed_by(pia)
    with Context(pia, tenant) as ctx:
        (allowed,) = queries.permissions(ctx)
        actions.end_permission(ctx, queries.permission(ctx, allowed.id))

    for given in (first, second):
        assert not speaker(tenant, given.access_token).is_signed_in
        with pytest.raises(InvalidGrant):
            app.refreshed(given.refresh_token)
    with pytest.raises(InvalidGrant):
        app.tokens_for(code)
    with Context(pia, tenant) as ctx:
        assert queries.permissions(ctx) == []


def test_a_person_sees_what_they_allowed_and_when_it_was_used(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia, "openid email offline_access")
    with later(days=2):
        app.refreshed(given.refresh_token)
        with Context(pia, tenant) as ctx:
            (allowed,) = queries.permissions(ctx)

    assert allowed.program == "Pulse"
    assert allowed.allows[:2] == ["Know that it is you.", "Read your e-mail address."]
    assert (allowed.used_at - allowed.created_at).days == 2


def test_nobody_takes_back_what_another_allowed(app: App, tenant: UUID, pia: Actor, paul: Actor, ada: Actor) -> None:
    app.let_in_by(pia)
    with Context(pia, tenant) as ctx:
        permission = queries.permission(ctx, queries.permissions(ctx)[0].id)

    for other in (paul, ada):
        with Context(other, tenant) as ctx:
            with pytest.raises(NotFound):
                queries.permission(ctx, permission.id)
            with pytest.raises(NotFound):
                actions.end_permission(ctx, permission)


def test_a_program_gives_back_what_is_its_own_by_either_token(app: App, tenant: UUID, ada: Actor, pia: Actor) -> None:
    one, two = app.let_in_by(pia), app.let_in_by(pia)
    app_of(tenant, ada).gives_back(one.access_token)
    assert speaker(tenant, one.access_token).is_signed_in

    app.gives_back(one.access_token)
    app.gives_back(two.refresh_token or "")
    app.gives_back("what nobody ever gave")
    for given in (one, two):
        assert not speaker(tenant, given.access_token).is_signed_in


OUT = {
    "signed out everywhere": lambda ctx, pia: people.sign_out_everywhere(ctx),
    "suspended": lambda ctx, pia: people.suspend(ctx, pia, reason="It looks odd."),
    "signed out by an administrator": people.sign_out_person,
    "signed out with everybody": lambda ctx, pia: people.sign_out_everybody(ctx),
    "freed of lost factors": lambda ctx, pia: people.reset_factors(ctx, pia, reason="Called back."),
}


@pytest.mark.parametrize("how", OUT)
def test_whoever_is_out_is_out_of_programs_too(how: str, app: App, tenant: UUID, pia: Actor, ada: Actor) -> None:
    given = app.let_in_by(pia)
    with Context(SYSTEM, tenant) as ctx:
        person = people_queries.person(ctx, pia.person_id)
    with Context(pia if how == "signed out everywhere" else fresh(ada), tenant) as ctx:
        OUT[how](ctx, person)
    settle_everything()

    assert not speaker(tenant, given.access_token).is_signed_in
    with pytest.raises(InvalidGrant):
        app.refreshed(given.refresh_token)


def test_a_program_is_an_administrator_as_long_as_a_session_would_be(app: App, tenant: UUID, ada: Actor) -> None:
    given = app.let_in_by(fresh(ada))
    assert speaker(tenant, given.access_token).has(Role.ADMINISTRATOR)
    assert speaker(tenant, given.access_token).factor_at is not None

    with later(hours=8, seconds=1):
        again = app.refreshed(given.refresh_token)
        assert not speaker(tenant, again.access_token).has(Role.ADMINISTRATOR)
        assert speaker(tenant, again.access_token).id == ada.id


def test_what_ended_long_ago_is_forgotten_and_what_did_not_is_kept(
    app: App, tenant: UUID, pia: Actor, owner_sql: Sql
) -> None:
    app.gives_back(app.let_in_by(pia).access_token)
    kept = app.let_in_by(pia)
    with later(days=5):
        kept = app.refreshed(kept.refresh_token)
    with later(days=8), Context(SYSTEM, tenant) as ctx:
        actions.forget_families(ctx)

    assert len(owner_sql("SELECT id FROM oauth_families", tenant)) == 1
    with later(days=8):
        assert app.refreshed(kept.refresh_token).refresh_token is not None


def test_of_an_erased_person_no_program_keeps_anything(app: App, tenant: UUID, pia: Actor, owner_sql: Sql) -> None:
    given = app.refreshed(app.let_in_by(pia).refresh_token)
    with Context(pia, tenant) as ctx:
        privacy.ask_erasure(ctx, confirmation=CONFIRMATION, current_password=PASSWORD)
    settle_everything()
    with later(days=14, minutes=1):
        carry_out_due(Context(SYSTEM, tenant))
    settle_everything()

    assert not speaker(tenant, given.access_token).is_signed_in
    for table in ("oauth_permissions", "oauth_families", "oauth_refresh_tokens"):
        assert owner_sql(f"SELECT id FROM {table}", tenant) == []
