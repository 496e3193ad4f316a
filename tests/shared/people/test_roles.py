"""Who may be what, and who decides about it."""

from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.errors import FreshFactorNeeded, NotAllowed, NotFound, Refusal
from salus.shared.people import actions, queries
from salus.shared.people.models import Awaits, Review
from salus.shared.people.queries import Person
from salus.shared.people.rules import (
    AddressTaken,
    LastAdministrator,
    LinkNotGood,
    NotApprovedYet,
    NotOneself,
    NotVerifiedYet,
    ReasonNeeded,
    SignInFailed,
)
from tests.cast import (
    BROWSER,
    PASSWORD,
    actor_of,
    administrator,
    at_once,
    buyer,
    code,
    email_of,
    later,
    letters,
    seller,
    sign_up,
    signed_in,
    ticket,
)


def person(tenant: UUID, of: Actor) -> Person:
    with Context(SYSTEM, tenant) as ctx:
        return queries.person(ctx, of.person_id)


def is_approved(tenant: UUID, of: Actor, role: Role) -> bool:
    with Context(SYSTEM, tenant) as ctx:
        return queries.is_approved(ctx, of.person_id, role)


def make_administrator(tenant: UUID, ada: Actor, of: Actor) -> Actor:
    """Grant the role and sign in with it, second factor and all."""
    with Context(ada, tenant) as ctx:
        actions.grant_role(ctx, queries.person(ctx, of.person_id), Role.ADMINISTRATOR)
        name = queries.person(ctx, of.person_id).name
    half_way = actor_of(tenant, ticket(tenant, name).token)
    with Context(half_way, tenant, origin=BROWSER) as ctx:
        actions.set_up_totp(ctx)
        shown = queries.set_up(ctx)
        assert shown is not None
        opened = actions.confirm_totp(ctx, code(secret=shown.secret))
    return actor_of(tenant, opened.token)


def test_only_an_administrator_decides_about_sellers(tenant: UUID, pia: Actor, bruno: Actor) -> None:
    for somebody in (pia, bruno):
        with pytest.raises(NotAllowed), Context(somebody, tenant) as ctx:
            actions.review_seller(ctx, person(tenant, pia), review=Review.APPROVED)


def test_a_rejection_says_why_and_the_seller_reads_it(tenant: UUID, ada: Actor) -> None:
    pia = seller(tenant, "Pia", approved=False)
    with pytest.raises(ReasonNeeded), Context(ada, tenant) as ctx:
        actions.review_seller(ctx, person(tenant, pia), review=Review.REJECTED, reason=" ")

    with Context(ada, tenant) as ctx:
        actions.review_seller(ctx, person(tenant, pia), review=Review.REJECTED, reason="We cannot verify your age.")

    with Context(pia, tenant) as ctx:
        (membership,) = queries.me(ctx).memberships
        assert (membership.review, membership.reason) == ("rejected", "We cannot verify your age.")
    assert not is_approved(tenant, pia, Role.SELLER)
    assert "age" not in letters(tenant, "Pia")[0].body


def test_a_seller_who_never_proved_the_address_is_not_approved(tenant: UUID, ada: Actor) -> None:
    with nobody(tenant) as ctx:
        actions.sign_up(ctx, name="Pia", email=email_of("Pia"), password=PASSWORD)
    pia = signed_in(tenant, "Pia")

    with pytest.raises(NotVerifiedYet), Context(ada, tenant) as ctx:
        actions.review_seller(ctx, person(tenant, pia), review=Review.APPROVED)


def test_whoever_waits_is_in_the_queue_until_decided(tenant: UUID, ada: Actor) -> None:
    pia = seller(tenant, "Pia", approved=False)
    bruno = buyer(tenant, "Bruno", organisation="Helix Research", approved=False)
    with Context(ada, tenant) as ctx:
        waiting = queries.pending_reviews(ctx)
        assert [seller.id for seller in waiting.sellers] == [pia.id]
        assert [organisation.id for organisation in waiting.organisations] == [bruno.organisation_id]

    with Context(ada, tenant) as ctx:
        waiting = queries.pending_reviews(ctx)
        actions.review_seller(ctx, waiting.sellers[0], review=Review.APPROVED)
        actions.review_organisation(ctx, waiting.organisations[0], review=Review.REJECTED, reason="Not in the register")
        assert queries.pending_reviews(ctx).total == 0


def test_whoever_has_not_proved_the_address_is_not_in_the_queue(tenant: UUID, ada: Actor) -> None:
    with nobody(tenant) as ctx:
        actions.sign_up(ctx, name="Pia", email=email_of("Pia"), password=PASSWORD)

    with Context(ada, tenant) as ctx:
        assert queries.pending_reviews(ctx).total == 0


def test_a_buyer_may_buy_once_the_organisation_is_approved(tenant: UUID, ada: Actor) -> None:
    bruno = buyer(tenant, "Bruno", organisation="Helix Research", approved=False)
    assert bruno.organisation_id is not None
    assert bruno.has(Role.BUYER)
    assert not is_approved(tenant, bruno, Role.BUYER)

    with Context(ada, tenant) as ctx:
        its = queries.organisation(ctx, bruno.organisation_id)
        actions.review_organisation(ctx, its, review=Review.APPROVED)

    assert is_approved(tenant, bruno, Role.BUYER)
    assert not is_approved(tenant, bruno, Role.SELLER)


def test_an_approval_to_buy_is_none_to_sell(tenant: UUID, ada: Actor) -> None:
    bruno = buyer(tenant, "Bruno", organisation="Helix Research")
    with Context(ada, tenant) as ctx:
        actions.grant_role(ctx, person(tenant, bruno), Role.SELLER)
    with Context(ada, tenant) as ctx:
        actions.review_seller(ctx, person(tenant, bruno), review=Review.REJECTED, reason="Works for a buyer")

    assert is_approved(tenant, bruno, Role.BUYER)
    assert not is_approved(tenant, bruno, Role.SELLER)
    with Context(SYSTEM, tenant) as ctx:
        assert not queries.is_approved(ctx, bruno.person_id)


def test_a_locked_seller_is_not_approved(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(ada, tenant) as ctx:
        actions.suspend(ctx, person(tenant, pia), reason="A complaint")

    assert not is_approved(tenant, pia, Role.SELLER)


def test_only_an_administrator_makes_another(tenant: UUID, pia: Actor, bruno: Actor, ada: Actor) -> None:
    for somebody in (pia, bruno, SYSTEM):
        with pytest.raises(Refusal), Context(somebody, tenant) as ctx:
            actions.grant_role(ctx, person(tenant, pia), Role.ADMINISTRATOR)

    eve = make_administrator(tenant, ada, pia)

    assert eve.has(Role.ADMINISTRATOR)
    assert eve.has(Role.SELLER)


def test_a_new_role_begins_with_a_new_sign_in_and_a_second_factor(tenant: UUID, ada: Actor) -> None:
    pia = seller(tenant, "Pia")
    before = ticket(tenant, "Pia").token

    with Context(ada, tenant) as ctx:
        actions.grant_role(ctx, person(tenant, pia), Role.ADMINISTRATOR)

    assert actor_of(tenant, before).session_id is None
    assert ticket(tenant, "Pia").awaits == Awaits.SET_UP


def test_granting_and_ending_ask_for_a_fresh_second_factor(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with later(minutes=6):
        with pytest.raises(FreshFactorNeeded), Context(ada, tenant) as ctx:
            actions.grant_role(ctx, person(tenant, pia), Role.ADMINISTRATOR)
        with pytest.raises(FreshFactorNeeded), Context(ada, tenant) as ctx:
            actions.end_role(ctx, person(tenant, pia), Role.SELLER)

        with Context(ada, tenant, origin=BROWSER) as ctx:
            given = actions.confirm_totp(ctx, code())
        with Context(actor_of(tenant, given.token), tenant) as ctx:
            assert actions.grant_role(ctx, person(tenant, pia), Role.ADMINISTRATOR)


def test_a_role_ends_and_with_it_what_it_allowed(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(ada, tenant) as ctx:
        actions.end_role(ctx, person(tenant, pia), Role.SELLER)

    assert not is_approved(tenant, pia, Role.SELLER)
    assert not signed_in(tenant, "Pia").has(Role.SELLER)


def test_the_last_administrator_stays(tenant: UUID, ada: Actor) -> None:
    with pytest.raises(LastAdministrator), Context(ada, tenant) as ctx:
        actions.end_role(ctx, person(tenant, ada), Role.ADMINISTRATOR)


def test_two_administrators_cannot_end_each_others_role_at_once(tenant: UUID, pia: Actor, ada: Actor) -> None:
    eve = make_administrator(tenant, ada, pia)
    duels = iter([(ada, eve), (eve, ada)])

    def end_the_others() -> None:
        mine, others = next(duels)
        with Context(mine, tenant) as ctx:
            actions.end_role(ctx, person(tenant, others), Role.ADMINISTRATOR)

    outcomes = at_once(end_the_others, times=2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdministrator", "NoneType"]


def test_nobody_locks_themselves_out(tenant: UUID, ada: Actor) -> None:
    with pytest.raises(NotOneself), Context(ada, tenant) as ctx:
        actions.suspend(ctx, person(tenant, ada), reason="By mistake")


def test_the_first_administrator_is_made_once(tenant: UUID) -> None:
    administrator(tenant)

    with Context(SYSTEM, tenant) as ctx:
        assert actions.ensure_first_administrator(ctx, email=email_of("Eve"), password=PASSWORD) is None


def test_nobody_signs_up_ahead_of_the_first_administrator(tenant: UUID) -> None:
    with nobody(tenant) as ctx:
        actions.sign_up(ctx, name="Mallory", email=email_of("Ada"), password="a password that Mallory knows")
    with nobody(tenant, origin=BROWSER) as ctx:
        planted = actions.sign_in(ctx, email=email_of("Ada"), password="a password that Mallory knows").token

    assert administrator(tenant).has(Role.ADMINISTRATOR)
    assert actor_of(tenant, planted).session_id is None
    with pytest.raises(SignInFailed):
        ticket(tenant, "Ada", password="a password that Mallory knows")


def test_an_administrator_of_another_tenant_sees_nobody(tenant: UUID, other_tenant: UUID, pia: Actor) -> None:
    with pytest.raises(NotFound), Context(administrator(other_tenant), other_tenant) as ctx:
        queries.person(ctx, pia.person_id)


def test_people_see_no_files_of_people(tenant: UUID, pia: Actor, bruno: Actor) -> None:
    for somebody in (pia, bruno):
        with pytest.raises(NotAllowed), Context(somebody, tenant) as ctx:
            queries.person(ctx, pia.person_id)


def test_a_colleague_is_invited_and_buys_for_the_same_organisation(tenant: UUID, bruno: Actor) -> None:
    token = invite(tenant, bruno, "Berta")

    with nobody(tenant) as ctx:
        invitation = queries.invitation(ctx, token)
        actions.accept_invitation(ctx, invitation, name="Berta", password=PASSWORD)

    berta = signed_in(tenant, "Berta")
    assert berta.organisation_id == bruno.organisation_id
    assert is_approved(tenant, berta, Role.BUYER)


def test_an_invitation_works_once_and_for_a_week(tenant: UUID, bruno: Actor) -> None:
    token, late = invite(tenant, bruno, "Berta"), invite(tenant, bruno, "Lena")

    def accept() -> None:
        with nobody(tenant) as ctx:
            actions.accept_invitation(ctx, queries.invitation(ctx, token), name="Berta", password=PASSWORD)

    outcomes = at_once(accept, times=4)

    assert [outcome for outcome in outcomes if not isinstance(outcome, LinkNotGood)] == [None]
    with later(days=8), pytest.raises(LinkNotGood), nobody(tenant) as ctx:
        queries.invitation(ctx, late)


def test_an_invitation_does_not_take_over_an_account(tenant: UUID, bruno: Actor) -> None:
    sign_up(tenant, "Paul")
    token = invite(tenant, bruno, "Paul")

    with pytest.raises(AddressTaken), nobody(tenant) as ctx:
        actions.accept_invitation(ctx, queries.invitation(ctx, token), name="Paul", password=PASSWORD)


def test_only_an_approved_organisation_invites(tenant: UUID, pia: Actor) -> None:
    bruno = buyer(tenant, "Bruno", organisation="Helix Research", approved=False)

    with pytest.raises(NotApprovedYet):
        invite(tenant, bruno, "Berta")
    with pytest.raises(NotAllowed):
        invite(tenant, pia, "Berta")


def invite(tenant: UUID, by: Actor, name: str) -> str:
    with Context(by, tenant) as ctx:
        actions.invite(ctx, email_of(name))
    return letters(tenant, name)[0].token
