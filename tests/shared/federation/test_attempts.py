"""Attempts that meet each other: each counts once, whoever is faster."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from salus.kernel.actor import ANONYMOUS, Actor
from salus.kernel.context import Context, nobody
from salus.shared.federation import actions, queries
from salus.shared.federation.actions.attempts import Arrival, Attempt
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.rules import AttemptNotGood, LinkedElsewhere
from salus.shared.people.models import Awaits
from salus.shared.people.rules import AddressTaken
from salus.shared.people.sessions import Ticket
from tests.cast import at_once, buyer, email_of, sign_up
from tests.shared.federation.arrivals import BROWSER, said_of
from tests.shared.federation.conftest import Door
from tests.world import Sql


@pytest.fixture
def provider(door: Door) -> IdentityProvider:
    return door.add("https://helmi.example", client_id="salus", is_trusted_with_email=True)


def begun(tenant: UUID, provider: IdentityProvider) -> Attempt:
    with nobody(tenant) as ctx:
        return actions.begin(ctx, provider.id, browser=BROWSER)


def come_back(tenant: UUID, attempt: Attempt, *, actor: Actor = ANONYMOUS) -> Attempt:
    with Context(actor, tenant) as ctx:
        state, provider_id = attempt.proofs.state, attempt.client.provider_id
        return actions.come_back(ctx, provider_id, state=state, browser=BROWSER, is_agreed=True)


def sign_in(tenant: UUID, attempt: Attempt, subject: str, email: str, *, actor: Actor = ANONYMOUS) -> Arrival:
    with Context(actor, tenant) as ctx:
        return actions.sign_in(ctx, attempt.id, said_of(subject, email))


def test_of_many_who_come_back_with_one_state_one_passes(tenant: UUID, provider: IdentityProvider) -> None:
    attempt = begun(tenant, provider)

    came = at_once(lambda: come_back(tenant, attempt), 6)

    assert sum(isinstance(one, Attempt) for one in came) == 1
    assert sum(isinstance(one, AttemptNotGood) for one in came) == 5


def test_an_attempt_comes_back_from_the_provider_it_went_to(
    door: Door, tenant: UUID, provider: IdentityProvider
) -> None:
    other = door.add("https://evil.example", client_id="salus")
    attempt = begun(tenant, provider)

    with pytest.raises(AttemptNotGood), nobody(tenant) as ctx:
        actions.come_back(ctx, other.id, state=attempt.proofs.state, browser=BROWSER, is_agreed=True)
    assert come_back(tenant, attempt).id == attempt.id


def test_what_did_not_come_back_signs_nobody_in(tenant: UUID, provider: IdentityProvider) -> None:
    with pytest.raises(AttemptNotGood):
        sign_in(tenant, begun(tenant, provider), "pia-there", email_of("Pia"))


def test_one_return_opens_one_session(tenant: UUID, provider: IdentityProvider) -> None:
    sign_up(tenant, "Pia")
    attempt = come_back(tenant, begun(tenant, provider))

    came = at_once(lambda: sign_in(tenant, attempt, "pia-there", email_of("Pia")), 4)

    assert sum(isinstance(one, Arrival) for one in came) == 1


def test_two_first_visits_at_once_tie_one_identity(tenant: UUID, provider: IdentityProvider) -> None:
    sign_up(tenant, "Pia")
    waiting = [come_back(tenant, begun(tenant, provider)) for _ in range(4)]

    came = at_once(lambda: sign_in(tenant, waiting.pop(), "pia-there", email_of("Pia")), 4)

    assert any(isinstance(one, Arrival) for one in came)
    assert all(isinstance(one, Arrival | LinkedElsewhere) for one in came)


def test_who_agreed_twice_has_one_account(tenant: UUID, provider: IdentityProvider) -> None:
    waiting = []
    for _ in range(2):
        attempt = come_back(tenant, begun(tenant, provider))
        sign_in(tenant, attempt, "nina-there", "nina@people.example")
        waiting.append(attempt)

    def agree() -> Ticket:
        with nobody(tenant) as ctx:
            return actions.open_account(ctx, waiting.pop().id, browser=BROWSER, name="Nina")

    came = at_once(agree, 2)

    assert sum(isinstance(one, Ticket) for one in came) == 1
    assert sum(isinstance(one, AddressTaken | LinkedElsewhere) for one in came) == 1


@pytest.mark.parametrize("trusted", [False, True])
def test_a_factor_counts_only_where_the_provider_is_trusted_with_it(
    door: Door, tenant: UUID, provider: IdentityProvider, trusted: bool
) -> None:
    buyer(tenant, "Bruno", organisation="Helix Research")
    door.change(provider, is_trusted_with_factor=trusted)
    attempt = come_back(tenant, begun(tenant, provider))
    claims = replace(said_of("bruno-there", email_of("Bruno")), factor_at=datetime.now(UTC))

    with nobody(tenant) as ctx:
        arrival = actions.sign_in(ctx, attempt.id, claims)

    assert arrival.ticket is not None
    assert arrival.ticket.awaits == (Awaits.NOTHING if trusted else Awaits.CODE)


def test_a_browser_without_a_cookie_begins_nothing(tenant: UUID, provider: IdentityProvider) -> None:
    with pytest.raises(AttemptNotGood), nobody(tenant) as ctx:
        actions.begin(ctx, provider.id, browser="")


def test_nothing_that_could_be_replayed_is_kept_in_plain(
    tenant: UUID, provider: IdentityProvider, owner_sql: Sql
) -> None:
    attempt = begun(tenant, provider)

    ((row,),) = owner_sql("SELECT f::text FROM federated_sign_ins f WHERE tenant_id = :its", tenant, its=tenant)
    for proof in (attempt.proofs.state, attempt.proofs.nonce, attempt.proofs.verifier, BROWSER):
        assert proof not in str(row)
        assert proof not in repr(attempt)


def test_whoever_is_asked_to_agree_sees_what_is_theirs_alone(tenant: UUID, provider: IdentityProvider) -> None:
    attempt = come_back(tenant, begun(tenant, provider))
    sign_in(tenant, attempt, "nina-there", "nina@people.example")

    with nobody(tenant) as ctx:
        shown = queries.newcomer(ctx, attempt.id, BROWSER)

    assert (shown.email, shown.name, shown.provider) == ("nina@people.example", "Nina", "Helmi")
