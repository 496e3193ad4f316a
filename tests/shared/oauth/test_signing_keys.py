"""The keys that sign: published before, kept after."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context, nobody
from salus.kernel.errors import FreshFactorNeeded
from salus.shared.oauth import actions, queries, reactions
from tests.cast import later
from tests.shared.oauth.scene import App, fresh, speaker
from tests.world import Sql


def kids(tenant: UUID) -> list[str]:
    with nobody(tenant) as ctx:
        return [key["kid"] for key in queries.jwks(ctx)["keys"]]


def test_a_new_key_is_published_before_it_signs_and_the_former_until_its_tokens_are_over(
    app: App, tenant: UUID, ada: Actor, pia: Actor
) -> None:
    given = app.let_in_by(pia)
    with Context(fresh(ada), tenant) as ctx:
        new = actions.rotate_keys(ctx).kid
    (old,) = [kid for kid in kids(tenant) if kid != new]
    with later(minutes=59):
        last = app.refreshed(given.refresh_token)
    with later(minutes=61):
        assert speaker(tenant, last.access_token).is_signed_in
        assert set(kids(tenant)) == {old, new}
        first = app.refreshed(last.refresh_token)
        assert speaker(tenant, first.access_token).is_signed_in
    with later(minutes=66):
        assert kids(tenant) == [new]


def test_a_key_in_strange_hands_signs_nothing_that_counts(app: App, tenant: UUID, ada: Actor, pia: Actor) -> None:
    given = app.let_in_by(pia)
    before = kids(tenant)
    with Context(fresh(ada), tenant) as ctx:
        actions.withdraw_keys(ctx)

    assert not speaker(tenant, given.access_token).is_signed_in
    again = app.refreshed(given.refresh_token)
    assert speaker(tenant, again.access_token).id == pia.id
    assert set(kids(tenant)).isdisjoint(before)


def test_a_key_signs_for_ninety_days(app: App, tenant: UUID, pia: Actor) -> None:
    app.let_in_by(pia)
    before = kids(tenant)

    reactions.keep_keys_young(Context(SYSTEM, tenant))
    assert kids(tenant) == before
    with later(days=91):
        reactions.keep_keys_young(Context(SYSTEM, tenant))
        reactions.keep_keys_young(Context(SYSTEM, tenant))
        assert len(kids(tenant)) == 2
    with later(days=92):
        reactions.forget_families(Context(SYSTEM, tenant))
        assert before[0] not in kids(tenant)


def test_only_an_administrator_with_a_fresh_factor_changes_the_key(tenant: UUID, ada: Actor) -> None:
    with later(minutes=6), pytest.raises(FreshFactorNeeded), Context(ada, tenant) as ctx:
        actions.rotate_keys(ctx)


def test_private_keys_are_kept_sealed_and_published_nowhere(app: App, tenant: UUID, pia: Actor, owner_sql: Sql) -> None:
    app.let_in_by(pia)

    ((sealed, public),) = owner_sql("SELECT private_sealed, public FROM oauth_signing_keys", tenant)
    assert b"PRIVATE" not in bytes(sealed)
    assert "d" not in public
    with nobody(tenant) as ctx:
        (key,) = queries.jwks(ctx)["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
