"""A security key beside the password: it answers one question, once, at one address, for its owner."""

import json
from uuid import UUID

import pytest
from holders import asked, given, registered

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, NotFound, Refusal, SignInNeeded
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits, SecurityKey
from salus.shared.people.reactions import forget_challenges
from salus.shared.people.rules import (
    AskedTooLongAgo,
    KeyCopied,
    KeyKnownAlready,
    KeyNotRight,
    NoKeysHere,
    PasswordTooShortAlone,
    SetUpFirst,
    StillNeeded,
    TooManyKeys,
)
from salus.shared.people.sessions import Ticket
from tests.authenticator import Authenticator, host_of
from tests.cast import (
    BROWSER,
    PASSWORD,
    actor_of,
    at_once,
    code,
    later,
    letters,
    seller,
    sign_up,
    ticket,
    with_factor,
)


@pytest.fixture
def blue(tenant: UUID) -> Authenticator:
    """Pia's key."""
    return Authenticator.at(tenant)


@pytest.fixture
def pia(tenant: UUID, blue: Authenticator) -> Actor:
    """Pia, who registered her key."""
    return registered(tenant, seller(tenant, "Pia"), blue)


def half_way(tenant: UUID, name: str = "Pia") -> Actor:
    return actor_of(tenant, ticket(tenant, name).token)


def key_of(tenant: UUID, actor: Actor) -> SecurityKey:
    with Context(actor, tenant) as ctx:
        return queries.factors(ctx).keys[0]


def remove(tenant: UUID, actor: Actor) -> None:
    with Context(actor, tenant, origin=BROWSER) as ctx:
        actions.remove_key(ctx, queries.factors(ctx).keys[0])


def test_a_key_is_the_second_factor_from_the_next_sign_in_on(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    opened = ticket(tenant, "Pia")
    assert opened.awaits == Awaits.CODE

    goes_on = given(tenant, (halved := half_way(tenant)), blue.get(asked(tenant, halved)))

    assert actor_of(tenant, goes_on.token).id == pia.id
    assert actor_of(tenant, goes_on.token).factor_at is not None
    assert key_of(tenant, pia).last_used_at is not None
    assert letters(tenant, "Pia")[0].subject == "You have a new second factor"


def test_whoever_must_have_a_factor_may_choose_a_key(tenant: UUID) -> None:
    sign_up(tenant, "Bruno", organisation="Helix Research")
    begun = ticket(tenant, "Bruno")
    assert begun.awaits == Awaits.SET_UP

    bruno = registered(tenant, actor_of(tenant, begun.token), Authenticator.at(tenant))

    assert bruno.organisation_id is not None
    assert actor_of(tenant, begun.token).session_id is None


def test_with_the_first_key_everybody_else_is_out(tenant: UUID, blue: Authenticator) -> None:
    pia = seller(tenant, "Pia")
    elsewhere = ticket(tenant, "Pia").token

    registered(tenant, pia, blue)

    assert actor_of(tenant, elsewhere).id is None


def test_an_answer_is_good_once(tenant: UUID, pia: Actor) -> None:
    """Passkeys that are backed up never count, so nothing but the challenge tells the second from the first."""
    passkey = Authenticator.at(tenant, is_backed_up=True)
    pia = registered(tenant, pia, passkey, name="Passkey")
    answer = passkey.get(asked(tenant, pia))
    goes_on = actor_of(tenant, given(tenant, pia, answer).token)

    for session in (pia, goes_on):
        with pytest.raises(AskedTooLongAgo):
            given(tenant, session, answer)


def test_of_twenty_who_come_with_one_answer_one_passes(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    answer = blue.get(asked(tenant, pia))

    outcomes = at_once(lambda: given(tenant, pia, answer), times=20)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1


def test_a_wrong_answer_uses_the_question_up(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    options = asked(tenant, pia)
    with pytest.raises(KeyNotRight):
        given(tenant, pia, Authenticator.at(tenant, credential_id=blue.credential_id).get(options))

    with pytest.raises(AskedTooLongAgo):
        given(tenant, pia, blue.get(options))


def test_a_question_holds_five_minutes(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    late, in_time = asked(tenant, pia), asked(tenant, pia)

    with later(minutes=4, seconds=50):
        assert given(tenant, pia, blue.get(in_time))
    with later(minutes=5, seconds=10), pytest.raises(AskedTooLongAgo):
        given(tenant, pia, blue.get(late))


def test_a_question_is_for_the_session_that_asked(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    of_the_thief = asked(tenant, half_way(tenant))
    answer = blue.get(of_the_thief)

    with pytest.raises(AskedTooLongAgo):
        given(tenant, half_way(tenant), answer)


def test_an_answer_to_registering_signs_nobody_in(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    with Context(pia, tenant) as ctx:
        options = actions.ask_for_new_key(ctx, host_of(tenant))

    with pytest.raises(KeyNotRight):
        given(tenant, pia, blue.get({"challenge": options["challenge"], "rpId": host_of(tenant)}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://salus.evil.example"},
        {"origin": "https://{host}"},
        {"origin": "http://{host}:8080"},
        {"rp_id": "evil.example"},
        {"is_verifying": False},
    ],
    ids=["another origin", "another scheme", "another port", "another relying party", "the person did not unlock it"],
)
def test_what_was_not_signed_for_us_by_its_owner_is_refused(
    tenant: UUID, pia: Actor, blue: Authenticator, wrong: dict[str, object]
) -> None:
    for name, value in wrong.items():
        setattr(blue, name, value.format(host=host_of(tenant)) if isinstance(value, str) else value)

    with pytest.raises(KeyNotRight):
        given(tenant, pia, blue.get(asked(tenant, pia)))
    with pytest.raises(Refusal):
        registered(tenant, pia, blue)


def test_a_count_that_goes_back_is_refused_and_told(tenant: UUID, pia: Actor, blue: Authenticator, owner_sql) -> None:
    for _ in range(3):
        pia = actor_of(tenant, given(tenant, pia, blue.get(asked(tenant, pia))).token)
    blue.sign_count -= 2

    with pytest.raises(KeyCopied):
        given(tenant, pia, blue.get(asked(tenant, pia)))

    told = owner_sql("SELECT person_id, facts->>'sign_count' FROM records WHERE outcome = 'refused'", tenant)
    assert told == [(pia.id, "went back")]


def test_the_same_count_twice_is_refused(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    first, second = asked(tenant, pia), asked(tenant, pia)
    answer = blue.get(first)
    blue.sign_count -= 1
    of_the_copy = blue.get(second)
    given(tenant, pia, answer)

    with pytest.raises(KeyCopied):
        given(tenant, pia, of_the_copy)


def test_somebody_elses_key_opens_nothing_of_hers(tenant: UUID, pia: Actor) -> None:
    red = Authenticator.at(tenant)
    registered(tenant, seller(tenant, "Paul"), red)

    with pytest.raises(KeyNotRight):
        given(tenant, pia, red.get(asked(tenant, pia)))


def test_a_key_of_another_tenant_is_unknown(tenant: UUID, other_tenant: UUID, pia: Actor) -> None:
    red = Authenticator.at(other_tenant)
    registered(other_tenant, seller(other_tenant, "Pia"), red)
    red.origin = f"http://{host_of(tenant)}"

    with pytest.raises(KeyNotRight):
        given(tenant, pia, red.get(asked(tenant, pia)))


@pytest.mark.parametrize(
    "answer",
    [
        "{}",
        "[]",
        "null",
        "1",
        '"x"',
        "{",
        '{"response":{}}',
        "[" * 9000,
        '{"id":1,"response":{"clientDataJSON":"e30"}}',
    ],
)
def test_what_is_no_answer_is_refused_and_not_a_failure(tenant: UUID, pia: Actor, answer: str) -> None:
    with pytest.raises(KeyNotRight):
        given(tenant, pia, answer)
    with pytest.raises(KeyNotRight), Context(pia, tenant) as ctx:
        actions.add_key(ctx, answer, name="Nothing", host=host_of(tenant))


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "clientDataJSON", "userHandle"])
def test_an_answer_that_was_touched_is_refused(tenant: UUID, pia: Actor, blue: Authenticator, part: str) -> None:
    touched = json.loads(blue.get(asked(tenant, pia)))
    given_part = touched["response"][part]
    touched["response"][part] = ("A" if given_part[0] != "A" else "B") + given_part[1:]

    with pytest.raises(KeyNotRight):
        given(tenant, pia, json.dumps(touched))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "evil.example", "", "x" * 300, "@:/"])
def test_keys_do_not_work_at_an_address_that_is_not_ours(tenant: UUID, pia: Actor, host: str) -> None:
    with pytest.raises(NoKeysHere), Context(pia, tenant) as ctx:
        actions.ask_for_new_key(ctx, host)
    with pytest.raises(NoKeysHere), Context(pia, tenant) as ctx:
        actions.ask_for_key(ctx, host)
    with Context(pia, tenant) as ctx:
        assert not queries.second_step(ctx, host).takes_keys


def test_a_developer_has_keys_at_localhost(tenant: UUID) -> None:
    here = Authenticator("http://localhost:8000")
    with Context(seller(tenant, "Pia"), tenant, origin=BROWSER) as ctx:
        options = actions.ask_for_new_key(ctx, "localhost:8000")
        opened = actions.add_key(ctx, here.create(options), name="Test key", host="localhost:8000")

    assert options["rp"]["id"] == "localhost"
    with pytest.raises(SetUpFirst):
        asked(tenant, actor_of(tenant, opened.token))


def test_a_key_is_registered_once(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    with pytest.raises(KeyKnownAlready):
        registered(tenant, pia, blue)
    with Context(pia, tenant) as ctx:
        excluded = actions.ask_for_new_key(ctx, host_of(tenant))["excludeCredentials"]
    assert [one["transports"] for one in excluded] == [["usb"]]


def test_a_thief_of_the_password_adds_no_factor_of_their_own(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    with Context(pia, tenant) as ctx:
        actions.set_up_totp(ctx)
    thief = half_way(tenant)

    with pytest.raises(SignInNeeded):
        registered(tenant, thief, Authenticator.at(tenant))
    with pytest.raises(SignInNeeded), Context(thief, tenant) as ctx:
        actions.set_up_totp(ctx)
    with Context(thief, tenant) as ctx:
        assert queries.set_up(ctx) is None
    with pytest.raises(SignInNeeded), Context(thief, tenant) as ctx:
        actions.confirm_totp(ctx, code())


def test_nor_does_a_thief_of_the_session(tenant: UUID, pia: Actor) -> None:
    with later(minutes=6):
        with pytest.raises(FreshFactorNeeded):
            registered(tenant, pia, Authenticator.at(tenant))
        with pytest.raises(FreshFactorNeeded), Context(pia, tenant) as ctx:
            actions.set_up_totp(ctx)
        with pytest.raises(FreshFactorNeeded):
            remove(tenant, pia)


def test_an_account_holds_several_keys_and_not_without_end(
    tenant: UUID, pia: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pia = registered(tenant, pia, Authenticator.at(tenant), name="Green key")
    monkeypatch.setattr("salus.shared.people.rules.MOST_KEYS", 2)

    with pytest.raises(TooManyKeys):
        registered(tenant, pia, Authenticator.at(tenant))


def test_a_key_is_renamed_by_its_owner_alone(tenant: UUID, pia: Actor, paul: Actor, owner_sql) -> None:
    key = key_of(tenant, pia)
    with Context(pia, tenant) as ctx:
        actions.rename_key(ctx, queries.security_key(ctx, key.id), "On my key ring")
        assert queries.factors(ctx).keys[0].name == "On my key ring"

    with pytest.raises(NotFound), Context(paul, tenant) as ctx:
        queries.security_key(ctx, key.id)
    assert "key ring" not in str(owner_sql("SELECT row_to_json(security_keys)::text FROM security_keys", tenant))


def test_a_removed_key_opens_nothing_and_whoever_used_it_is_out(tenant: UUID, pia: Actor, blue: Authenticator) -> None:
    pia = with_factor(tenant, "Pia", pia)
    halved = half_way(tenant)
    elsewhere = given(tenant, halved, blue.get(asked(tenant, halved))).token
    options = asked(tenant, pia)

    remove(tenant, pia)

    assert actor_of(tenant, elsewhere).id is None
    with pytest.raises(KeyNotRight):
        given(tenant, pia, blue.get(options))
    assert ticket(tenant, "Pia").awaits == Awaits.CODE


def test_the_last_factor_of_a_buyer_stays_whatever_kind_it_is(tenant: UUID, bruno: Actor) -> None:
    bruno = registered(tenant, bruno, Authenticator.at(tenant))
    with Context(bruno, tenant) as ctx:
        actions.remove_totp(ctx)

    with pytest.raises(StillNeeded):
        remove(tenant, bruno)


def test_of_two_factors_removed_at_once_one_stays(tenant: UUID, bruno: Actor) -> None:
    bruno = registered(tenant, bruno, Authenticator.at(tenant))
    removals = iter([actions.remove_totp, lambda ctx: actions.remove_key(ctx, queries.factors(ctx).keys[0])])

    def remove_one() -> None:
        mine = next(removals)
        with Context(bruno, tenant) as ctx:
            mine(ctx)

    outcomes = at_once(remove_one, times=2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "StillNeeded"]


def test_a_short_password_goes_with_a_second_factor_and_keeps_it(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant, origin=BROWSER) as ctx:
        goes_on = actions.change_password(ctx, current_password=PASSWORD, password="mzq9 kvd")
    pia = actor_of(tenant, goes_on.token)

    with pytest.raises(PasswordTooShortAlone):
        remove(tenant, pia)
    with Context(pia, tenant, origin=BROWSER) as ctx:
        goes_on = actions.change_password(ctx, current_password="mzq9 kvd", password=PASSWORD)
    remove(tenant, actor_of(tenant, goes_on.token))


def test_questions_that_nobody_answered_are_forgotten(tenant: UUID, pia: Actor, owner_sql) -> None:
    asked(tenant, pia)
    with later(minutes=6):
        in_time = asked(tenant, pia)
        forget_challenges(Context(SYSTEM, tenant))

    assert in_time
    assert len(owner_sql("SELECT 1 FROM webauthn_challenges", tenant)) == 1
