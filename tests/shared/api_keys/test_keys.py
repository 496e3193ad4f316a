"""What a key is good for, and when it stops being good for anything."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import FreshFactorNeeded, NotAllowed, NotFound, Refusal
from salus.shared.api_keys import actions, queries
from salus.shared.api_keys.actions import Made
from salus.shared.api_keys.models import ApiKey
from salus.shared.api_keys.queries import InKey
from salus.shared.api_keys.reactions import warn_of_expiry
from salus.shared.api_keys.rules import KeyEnded, KeyNotGood, NoNetwork, NoScope, ScopeNotForKeys
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from tests.cast import at_once, later, letters

HERE = "203.0.113.7"


def made(
    of: Actor,
    tenant: UUID,
    *,
    scopes: Sequence[str] = ("money:read",),
    days: int = 90,
    networks: Sequence[str] = (),
) -> Made:
    with Context(of, tenant) as ctx:
        return actions.make(ctx, name="Nightly download", scopes=scopes, days=days, networks=networks)


def who_is(tenant: UUID, key: str, *, at: str = HERE) -> InKey | None:
    with nobody(tenant) as ctx:
        return queries.authenticate(ctx, key, at)


def rotated(of: Actor, tenant: UUID, key: ApiKey) -> Made:
    with Context(of, tenant) as ctx:
        return actions.rotate(ctx, queries.key(ctx, key.id))


def revoked(by: Actor, tenant: UUID, key: ApiKey) -> None:
    with Context(by, tenant) as ctx:
        actions.revoke(ctx, queries.key(ctx, key.id))


def test_a_key_acts_for_its_owner_within_its_scopes_and_never_with_a_fresh_factor(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant)

    acting = who_is(tenant, key.key)
    assert acting is not None
    assert (acting.id, acting.organisation_id, acting.has(Role.BUYER)) == (bruno.id, bruno.organisation_id, True)
    assert (acting.scopes, acting.through) == (frozenset({"money:read"}), f"key/{key.about.id}")
    assert acting.factor_at is None
    assert acting.session_id is None


def test_only_a_digest_of_the_secret_is_kept(
    tenant: UUID, bruno: Actor, owner_sql: Callable[..., list[tuple[object, ...]]]
) -> None:
    key = made(bruno, tenant)

    ((row,),) = owner_sql("SELECT k::text FROM api_keys k WHERE tenant_id = :its", tenant, its=tenant)
    secret = key.key.rsplit("_", 1)[1]
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in str(row)


def test_buyers_and_administrators_have_keys_and_sellers_do_not(tenant: UUID, pia: Actor, ada: Actor) -> None:
    assert who_is(tenant, made(ada, tenant).key) is not None

    with pytest.raises(NotAllowed):
        made(pia, tenant)


def test_whoever_makes_or_rotates_a_key_gives_the_second_factor_first(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant)
    stale = replace(bruno, factor_at=datetime.now(UTC) - timedelta(minutes=6))

    with pytest.raises(FreshFactorNeeded):
        made(stale, tenant)
    with pytest.raises(FreshFactorNeeded):
        rotated(stale, tenant, key.about)


def test_a_key_makes_no_keys(tenant: UUID, bruno: Actor) -> None:
    acting = who_is(tenant, made(bruno, tenant).key)
    assert acting is not None

    with pytest.raises(FreshFactorNeeded):
        made(acting, tenant)


@pytest.mark.parametrize(
    "scope",
    [
        "people:write",
        "people.grant_role",
        "api_keys:read",
        "api_keys.make",
        "consent.give",
        "everything",
        "money.refund",
        "money:fly",
        "nothing:read",
    ],
)
def test_what_decides_about_access_and_consent_is_no_scope_of_keys(tenant: UUID, bruno: Actor, scope: str) -> None:
    with pytest.raises(ScopeNotForKeys):
        made(bruno, tenant, scopes=("money:read", scope))


def test_a_key_is_for_something(tenant: UUID, bruno: Actor) -> None:
    with pytest.raises(NoScope):
        made(bruno, tenant, scopes=())


def test_an_administrators_key_covers_what_an_administrator_does(tenant: UUID, ada: Actor) -> None:
    assert who_is(tenant, made(ada, tenant, scopes=("money.refund",)).key) is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("hx_", "hy_"),
        lambda key: key + "0",
        lambda key: key.upper(),
        lambda key: f"hx_{'0' * 32}_{key.rsplit('_', 1)[1]}",
        lambda key: "hx_",
    ],
    ids=["another secret", "another prefix", "longer", "capitals", "another id", "nothing"],
)
def test_a_key_that_is_not_quite_right_is_nobodys(tenant: UUID, bruno: Actor, spoil: Callable[[str], str]) -> None:
    key = made(bruno, tenant).key

    assert who_is(tenant, spoil(key)) is None


def test_a_key_of_another_tenant_is_nobodys_here(tenant: UUID, other_tenant: UUID, bruno: Actor) -> None:
    assert who_is(other_tenant, made(bruno, tenant).key) is None


def test_a_key_expires(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant, days=30).key

    with later(days=29, hours=23):
        assert who_is(tenant, key) is not None
    with later(days=30, seconds=1):
        assert who_is(tenant, key) is None


def test_no_key_lasts_longer_than_a_year(
    tenant: UUID, bruno: Actor, owner_sql: Callable[..., list[tuple[object, ...]]]
) -> None:
    made(bruno, tenant, days=365)

    with pytest.raises(Exception, match="no_secret_lasts_longer_than_a_year"):
        made(bruno, tenant, days=367)


def test_a_revoked_key_ends_at_once_with_both_its_secrets(tenant: UUID, bruno: Actor) -> None:
    first = made(bruno, tenant)
    second = rotated(bruno, tenant, first.about)

    revoked(bruno, tenant, first.about)

    assert who_is(tenant, first.key) is None
    assert who_is(tenant, second.key) is None
    with pytest.raises(KeyEnded):
        revoked(bruno, tenant, first.about)
    with pytest.raises(KeyEnded):
        rotated(bruno, tenant, first.about)


def test_a_rotated_key_works_beside_the_new_one_for_a_day(tenant: UUID, bruno: Actor) -> None:
    first = made(bruno, tenant)
    second = rotated(bruno, tenant, first.about)

    assert second.about.former_ends_at is not None
    with later(hours=23, minutes=59):
        assert who_is(tenant, first.key) is not None
        assert who_is(tenant, second.key) is not None
    with later(hours=24, minutes=1):
        assert who_is(tenant, first.key) is None
        assert who_is(tenant, second.key) is not None


def test_never_more_than_two_secrets_of_a_key_work(tenant: UUID, bruno: Actor) -> None:
    first = made(bruno, tenant)
    second = rotated(bruno, tenant, first.about)
    third = rotated(bruno, tenant, first.about)

    assert who_is(tenant, first.key) is None
    assert who_is(tenant, second.key) is not None
    assert who_is(tenant, third.key) is not None


def test_of_many_who_rotate_at_once_the_last_two_secrets_work(tenant: UUID, bruno: Actor) -> None:
    first = made(bruno, tenant)

    came = at_once(lambda: rotated(bruno, tenant, first.about), 4)

    keys = [one.key for one in came if isinstance(one, Made)]
    assert len(keys) == 4
    assert sum(who_is(tenant, key) is not None for key in [first.key, *keys]) == 2


def test_a_rotation_does_not_lengthen_the_life_of_the_secret_before(tenant: UUID, bruno: Actor) -> None:
    first = made(bruno, tenant, days=1)
    with later(hours=20):
        fresh = replace(bruno, factor_at=datetime.now(UTC))
        rotated(fresh, tenant, first.about)
    with later(hours=25):
        assert who_is(tenant, first.key) is None


@pytest.mark.parametrize(
    ("networks", "address", "works"),
    [
        (["203.0.113.0/24"], "203.0.113.200", True),
        (["203.0.113.0/24"], "203.0.114.1", False),
        (["203.0.113.7"], "203.0.113.7", True),
        (["203.0.113.7"], "203.0.113.8", False),
        (["203.0.113.7"], "::ffff:203.0.113.7", True),
        (["2001:db8:1::/48", "203.0.113.7/24"], "2001:db8:1::5", True),
        (["2001:db8:1::/48"], "203.0.113.7", False),
        (["203.0.113.0/24"], "", False),
        ([], "", True),
    ],
)
def test_a_key_works_only_from_its_networks(
    tenant: UUID, bruno: Actor, networks: list[str], address: str, works: bool
) -> None:
    key = made(bruno, tenant, networks=networks).key

    assert (who_is(tenant, key, at=address) is not None) is works


def test_what_is_no_network_is_refused(tenant: UUID, bruno: Actor) -> None:
    for network in ("everywhere", "203.0.113.0/33"):
        with pytest.raises(NoNetwork):
            made(bruno, tenant, networks=[network])


def test_the_key_of_somebody_who_is_locked_out_acts_for_nobody(tenant: UUID, bruno: Actor, ada: Actor) -> None:
    key = made(bruno, tenant).key

    with Context(ada, tenant) as ctx:
        people.suspend(ctx, people_queries.person(ctx, bruno.person_id), reason="Unpaid bills")
    assert who_is(tenant, key) is None

    with Context(ada, tenant) as ctx:
        people.restore(ctx, people_queries.person(ctx, bruno.person_id))
    assert who_is(tenant, key) is not None


def test_a_key_ends_with_the_role_it_was_made_in(tenant: UUID, bruno: Actor, ada: Actor) -> None:
    key = made(bruno, tenant).key
    with Context(ada, tenant) as ctx:
        people.grant_role(ctx, people_queries.person(ctx, bruno.person_id), Role.ADMINISTRATOR)
    acting = who_is(tenant, key)
    assert acting is not None
    assert Role.ADMINISTRATOR not in acting.roles

    with Context(ada, tenant) as ctx:
        people.end_role(ctx, people_queries.person(ctx, bruno.person_id), Role.BUYER)

    assert who_is(tenant, key) is None


def test_its_use_is_noted_with_the_network_and_at_most_once_a_minute(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant)
    acting = who_is(tenant, key.key)
    assert acting is not None
    assert acting.is_quiet

    with Context(acting, tenant, origin=Origin(network="203.0.113.0/24", channel="api")) as ctx:
        actions.note_use(ctx)

    with Context(bruno, tenant) as ctx:
        shown = queries.key(ctx, key.about.id)
        assert shown.last_used_at is not None
        assert shown.last_network == "203.0.113.0/24"
    again = who_is(tenant, key.key)
    assert again is not None
    assert not again.is_quiet
    with later(seconds=61):
        once_more = who_is(tenant, key.key)
    assert once_more is not None
    assert once_more.is_quiet


def test_noting_the_use_waits_for_nobody(tenant: UUID, bruno: Actor) -> None:
    acting = who_is(tenant, made(bruno, tenant).key)
    assert acting is not None

    with Context(acting, tenant) as first:
        actions.note_use(first)
        with Context(acting, tenant) as second:
            actions.note_use(second)


def test_wrong_keys_are_counted_by_network_and_right_ones_still_pass(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant)

    def wrong(number: int) -> Refusal:
        with pytest.raises(Refusal) as refused, nobody(tenant, origin=Origin(network="203.0.113.0/24")) as ctx:
            actions.refuse(ctx, f"hx_{number:032x}_{'0' * 64}")
        return refused.value

    said = [wrong(number) for number in range(102)]

    assert isinstance(said[99], KeyNotGood)
    assert [type(one).__name__ for one in said[100:]] == ["TooManyAttempts", "TooManyAttempts"]
    assert who_is(tenant, key.key) is not None


def test_people_see_their_own_keys_and_administrators_all(tenant: UUID, bruno: Actor, ben: Actor, ada: Actor) -> None:
    key = made(bruno, tenant)
    made(ben, tenant)

    with Context(ben, tenant) as ctx:
        assert [one.owner_id for one in queries.keys(ctx)] == [ben.id]
        with pytest.raises(NotFound):
            queries.key(ctx, key.about.id)
    with Context(ada, tenant) as ctx:
        assert {one.owner for one in queries.held_keys(ctx)} == {"Bruno", "Ben"}
    with pytest.raises(NotFound):
        rotated(ada, tenant, key.about)


def test_an_administrator_revokes_any_key_and_its_owner_is_told(tenant: UUID, bruno: Actor, ada: Actor) -> None:
    key = made(bruno, tenant)

    revoked(ada, tenant, key.about)

    assert who_is(tenant, key.key) is None
    assert letters(tenant, "Bruno")[0].subject == "An administrator revoked your API key"


def test_its_owner_is_told_of_a_new_key_and_no_letter_holds_it(tenant: UUID, bruno: Actor) -> None:
    key = made(bruno, tenant)
    rotated(bruno, tenant, key.about)

    told = letters(tenant, "Bruno")[:2]
    assert [letter.subject for letter in told] == [
        "Your API key has a new secret",
        "A new API key acts in your name",
    ]
    assert not any("hx_" in letter.body for letter in told)


def test_its_owner_is_told_once_a_week_before_it_expires(tenant: UUID, bruno: Actor) -> None:
    made(bruno, tenant, days=30)

    def reminders() -> int:
        return sum("expires within a week" in letter.subject for letter in letters(tenant, "Bruno"))

    with later(days=22):
        warn_of_expiry(Context(SYSTEM, tenant))
        assert reminders() == 0
    with later(days=24):
        warn_of_expiry(Context(SYSTEM, tenant))
        warn_of_expiry(Context(SYSTEM, tenant))
        assert reminders() == 1
