"""Proving who one is, and how often one may be wrong about it."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from argon2 import PasswordHasher, Type

from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import Refusal, TooMany
from salus.shared.people import actions, limits, passwords, queries, reactions
from salus.shared.people.rules import SignInFailed
from tests.cast import PASSWORD, administrator, at_once, email_of, later, seller, ticket

WRONG = "not the password of anybody"


def refusal_of(deed: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        deed()
    return refused.value


def try_often(tenant: UUID, name: str, times: int = 10) -> None:
    for _ in range(times):
        assert isinstance(refusal_of(lambda: ticket(tenant, name, password=WRONG)), SignInFailed)


def test_the_right_password_opens_a_session(tenant: UUID) -> None:
    pia = seller(tenant, "Pia")

    with nobody(tenant) as ctx:
        found = queries.authenticate(ctx, ticket(tenant, "Pia").token, "browser")
    assert found.id == pia.id


def test_the_address_is_found_however_it_is_written(tenant: UUID) -> None:
    seller(tenant, "Pia")

    with nobody(tenant) as ctx:
        assert actions.sign_in(ctx, email=" PIA@People.Example", password=PASSWORD)


def test_a_wrong_password_an_unknown_address_and_a_locked_account_look_the_same(tenant: UUID) -> None:
    seller(tenant, "Pia")
    paul = seller(tenant, "Paul")
    with Context(administrator(tenant), tenant) as ctx:
        actions.suspend(ctx, queries.person(ctx, paul.person_id), reason="A complaint")

    refusals = [
        refusal_of(lambda: ticket(tenant, "Pia", password=WRONG)),
        refusal_of(lambda: ticket(tenant, "Nobody", password=WRONG)),
        refusal_of(lambda: ticket(tenant, "Paul")),
    ]
    assert {(type(refusal), refusal.message, refusal.field) for refusal in refusals} == {
        (SignInFailed, SignInFailed.message, None)
    }


@pytest.mark.parametrize("name", ["Pia", "Nobody"])
def test_an_unknown_address_costs_the_same_work(tenant: UUID, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seller(tenant, "Pia")
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    refusal_of(lambda: ticket(tenant, "Nobody", password=WRONG))
    hasher.verified = 0

    refusal_of(lambda: ticket(tenant, name, password=WRONG))

    assert hasher.verified == 1


class Counting(PasswordHasher):
    verified = 0

    def verify(self, *arguments: str) -> bool:  # type: ignore[override]
        self.verified += 1
        return super().verify(*arguments)


@pytest.mark.parametrize("name", ["Pia", "Nobody"])
def test_after_ten_wrong_passwords_not_even_the_right_one_helps(tenant: UUID, name: str) -> None:
    seller(tenant, "Pia")
    try_often(tenant, name)

    assert isinstance(refusal_of(lambda: ticket(tenant, name)), TooMany)


def test_a_quarter_of_an_hour_later_it_helps_again(tenant: UUID) -> None:
    seller(tenant, "Pia")
    try_often(tenant, "Pia")

    with later(minutes=14):
        assert isinstance(refusal_of(lambda: ticket(tenant, "Pia")), TooMany)
    with later(minutes=16):
        assert ticket(tenant, "Pia")


def test_whoever_gets_in_starts_counting_anew(tenant: UUID) -> None:
    seller(tenant, "Pia")
    for _ in range(3):
        try_often(tenant, "Pia", times=9)
        assert ticket(tenant, "Pia")


def test_guessing_at_the_same_moment_wins_no_more_guesses(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    seller(tenant, "Pia")
    all_are_admitted = Barrier(14)
    hashed = passwords.fits

    def fits_once_all_came(password_hash: str | None, password: str) -> bool:
        all_are_admitted.wait(timeout=10)
        return hashed(password_hash, password)

    monkeypatch.setattr(passwords, "fits", fits_once_all_came)
    outcomes = at_once(lambda: ticket(tenant, "Pia", password=WRONG), times=14)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["SignInFailed"] * 10 + ["TooManyAttempts"] * 4


def test_one_network_cannot_try_one_address_after_the_other(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PASSWORDS", replace(limits.PASSWORDS, network=3))
    seller(tenant, "Pia")
    for name in ("Anna", "Bert", "Carl"):
        try_often(tenant, name, times=1)

    assert isinstance(refusal_of(lambda: ticket(tenant, "Pia")), TooMany)
    with nobody(tenant, origin=Origin(network="198.51.100.0/24", channel="browser")) as ctx:
        assert actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD)


def test_not_even_many_networks_may_try_without_end(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PASSWORDS", replace(limits.PASSWORDS, everyone=3))
    seller(tenant, "Pia")
    for number, name in enumerate(("Anna", "Bert", "Carl")):
        origin = Origin(network=f"198.51.{number}.0/24", channel="browser")
        with pytest.raises(SignInFailed), nobody(tenant, origin=origin) as ctx:
            actions.sign_in(ctx, email=email_of(name), password=WRONG)

    assert isinstance(refusal_of(lambda: ticket(tenant, "Pia")), TooMany)


def test_another_tenants_guesses_do_not_lock_us_out(tenant: UUID, other_tenant: UUID) -> None:
    seller(tenant, "Pia")
    try_often(other_tenant, "Pia")

    assert ticket(tenant, "Pia")


def test_counters_of_long_ago_are_removed_and_those_of_today_are_not(tenant: UUID, owner_sql) -> None:
    seller(tenant, "Pia")
    try_often(tenant, "Pia")

    reactions.forget_attempts(Context(SYSTEM, tenant))
    assert isinstance(refusal_of(lambda: ticket(tenant, "Pia")), TooMany)

    with later(days=2):
        reactions.forget_attempts(Context(SYSTEM, tenant))
    assert owner_sql("SELECT 1 FROM attempts", tenant) == []


def test_the_record_tells_who_was_tried_and_nothing_of_what_was_typed(tenant: UUID, owner_sql) -> None:
    pia = seller(tenant, "Pia")
    try_often(tenant, "Pia", times=1)

    told = owner_sql(
        "SELECT row_to_json(records)::text FROM records WHERE operation = 'people.sign_in' AND outcome = 'refused'",
        tenant,
    )
    ((refused,),) = told
    assert str(pia.id) in str(refused)
    assert WRONG not in str(refused)
    assert email_of("Pia") not in str(refused)


def test_a_hash_of_older_days_is_made_anew(tenant: UUID, owner_sql, monkeypatch: pytest.MonkeyPatch) -> None:
    pia = seller(tenant, "Pia")
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    ticket(tenant, "Pia")

    ((kept,),) = owner_sql("SELECT password_hash FROM users WHERE id = :id", tenant, id=pia.id)
    assert "m=16,t=2,p=1" in str(kept)


def test_outside_of_tests_a_hash_takes_nineteen_mebibytes() -> None:
    """The tests hash cheaply, so what production does is read from the module as it stands in its file."""
    specification = importlib.util.spec_from_file_location("passwords_as_written", str(passwords.__file__))
    assert specification is not None
    assert specification.loader is not None
    written = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(written)

    hasher: PasswordHasher = written.HASHER
    assert (hasher.type, hasher.memory_cost, hasher.time_cost, hasher.parallelism) == (Type.ID, 19 * 1024, 2, 1)
