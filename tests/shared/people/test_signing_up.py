"""Making an account, and proving whose address it is."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from salus.kernel.actor import Role
from salus.kernel.context import Context, nobody
from salus.kernel.errors import TooMany
from salus.shared.messages import queries as messages
from salus.shared.people import actions, queries
from salus.shared.people.passwords import PasswordTooShort
from salus.shared.people.rules import LinkNotGood, SignInFailed
from salus.shared.people.schemas import SignUp
from tests.cast import (
    PASSWORD,
    administrator,
    at_once,
    email_of,
    later,
    letters,
    seller,
    sign_up,
    signed_in,
    ticket,
)

ANOTHER_PASSWORD = "seven lanterns drift past quiet mills"


def sign_up_only(tenant: UUID, name: str, password: str = PASSWORD) -> None:
    with nobody(tenant) as ctx:
        actions.sign_up(ctx, name=name, email=email_of(name), password=password)


def verify(tenant: UUID, token: str) -> None:
    with nobody(tenant) as ctx:
        actions.verify_email(ctx, token)


def accounts_of(tenant: UUID, name: str) -> int:
    with Context(administrator(tenant), tenant) as ctx:
        return len(queries.people(ctx, email=email_of(name)))


def test_somebody_who_verified_may_prepare_to_sell_but_not_yet_sell(tenant: UUID) -> None:
    pia = seller(tenant, "Pia", approved=False)

    with Context(pia, tenant) as ctx:
        assert pia.has(Role.SELLER)
        assert not queries.is_approved(ctx, pia.person_id, Role.SELLER)


def test_an_approved_seller_may_sell_and_not_buy(tenant: UUID) -> None:
    pia = seller(tenant, "Pia")

    with Context(pia, tenant) as ctx:
        assert queries.is_approved(ctx, pia.person_id, Role.SELLER)
        assert not queries.is_approved(ctx, pia.person_id, Role.BUYER)


def test_an_unverified_seller_is_only_a_person(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia")

    assert signed_in(tenant, "Pia").roles == {Role.ANYONE, Role.PERSON}


def test_signing_up_again_changes_nothing_and_tells_only_the_owner(tenant: UUID) -> None:
    sign_up(tenant, "Pia")

    sign_up_only(tenant, "Pia", ANOTHER_PASSWORD)

    assert letters(tenant, "Pia")[0].subject == "You have an account already"
    assert signed_in(tenant, "Pia").has(Role.SELLER)
    with pytest.raises(SignInFailed):
        ticket(tenant, "Pia", password=ANOTHER_PASSWORD)


def test_of_many_who_sign_up_at_once_with_one_address_one_gets_an_account(tenant: UUID) -> None:
    at_once(lambda: sign_up_only(tenant, "Pia"), times=4)

    assert accounts_of(tenant, "Pia") == 1


def test_whoever_signed_up_first_with_a_strangers_address_cannot_keep_the_password(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia", password="a password that Mallory knows")
    (to_mallorys_account,) = letters(tenant, "Pia")
    sign_up_only(tenant, "Pia")

    with pytest.raises(LinkNotGood):
        verify(tenant, to_mallorys_account.token)
    with nobody(tenant) as ctx:
        actions.reset_password(ctx, letters(tenant, "Pia")[0].token, ANOTHER_PASSWORD)

    with pytest.raises(SignInFailed):
        ticket(tenant, "Pia", password="a password that Mallory knows")
    assert signed_in(tenant, "Pia", password=ANOTHER_PASSWORD).has(Role.SELLER)


def test_nor_if_both_signed_up_before_the_first_mail_was_written(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia", password="a password that Mallory knows")
    sign_up_only(tenant, "Pia")

    assert [letter.subject for letter in letters(tenant, "Pia")] == ["Finish making your account"]


def test_a_verification_link_works_once(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia")
    token = letters(tenant, "Pia")[0].token

    outcomes = at_once(lambda: verify(tenant, token), times=8)

    assert [outcome for outcome in outcomes if not isinstance(outcome, LinkNotGood)] == [None]


def test_a_verification_link_is_good_for_an_hour(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia")
    token = letters(tenant, "Pia")[0].token

    with later(minutes=61), pytest.raises(LinkNotGood):
        verify(tenant, token)


def test_a_verification_link_chooses_no_password(tenant: UUID) -> None:
    sign_up_only(tenant, "Pia")
    token = letters(tenant, "Pia")[0].token

    with pytest.raises(LinkNotGood), nobody(tenant) as ctx:
        actions.reset_password(ctx, token, ANOTHER_PASSWORD)


def test_a_link_of_another_tenant_proves_nothing(tenant: UUID, other_tenant: UUID) -> None:
    sign_up_only(other_tenant, "Sten")

    with pytest.raises(LinkNotGood):
        verify(tenant, letters(other_tenant, "Sten")[0].token)


def test_nobody_floods_a_mailbox_with_sign_ups(tenant: UUID) -> None:
    for _ in range(4):
        sign_up_only(tenant, "Pia")

    with pytest.raises(TooMany):
        sign_up_only(tenant, "Pia")


def test_a_weak_password_is_refused_before_anything_is_made(tenant: UUID) -> None:
    with pytest.raises(PasswordTooShort):
        sign_up_only(tenant, "Pia", "fourteen chars")

    assert accounts_of(tenant, "Pia") == 0


@pytest.mark.parametrize("name", ["Pia\r\nBcc: all@people.example", "Pia\nx", "  ", "P" * 201])
def test_a_name_is_one_line(name: str) -> None:
    with pytest.raises(ValidationError):
        SignUp(name=name, email="pia@people.example", password=PASSWORD)


@pytest.mark.parametrize("email", ["pia@people.example\r\nBcc: all@people.example", "pia", "a@b@c.example"])
def test_an_address_is_one_address(email: str) -> None:
    with pytest.raises(ValidationError):
        SignUp(name="Pia", email=email, password=PASSWORD)


def test_nobody_chooses_their_own_role() -> None:
    with pytest.raises(ValidationError):
        SignUp.model_validate({"name": "Pia", "email": email_of("Pia"), "password": PASSWORD, "role": "administrator"})


def test_a_name_and_an_address_are_kept_encrypted(tenant: UUID, owner_sql) -> None:
    pia = seller(tenant, "Pia")

    ((kept,),) = owner_sql("SELECT row_to_json(users)::text FROM users WHERE id = :id", tenant, id=pia.id)
    assert "pia" not in str(kept).lower()


def test_administrators_hear_of_whoever_waits(tenant: UUID) -> None:
    administrator(tenant)
    sign_up(tenant, "Pia")

    assert "Somebody waits for your review" in notices_of(tenant)


def test_a_person_changes_their_name(tenant: UUID) -> None:
    pia = seller(tenant, "Pia")

    with Context(pia, tenant) as ctx:
        actions.rename(ctx, "Pia Maria")
    with Context(pia, tenant) as ctx:
        assert queries.my_name(ctx) == "Pia Maria"


def notices_of(tenant: UUID) -> list[str]:
    letters(tenant, "Ada")
    with Context(administrator(tenant), tenant) as ctx:
        return [notice.title for notice in messages.notices(ctx)]
