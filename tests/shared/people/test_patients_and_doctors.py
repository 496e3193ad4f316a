"""Patients sign up for themselves, doctors for a practice; whoever is here already becomes a patient by one press."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, nobody
from salus.shared.people import actions, queries, rules
from tests.cast import PASSWORD, actor_of, email_of, letters, sign_up, signed_in, ticket


def test_a_patient_needs_no_review(tenant: UUID, petra: Actor) -> None:
    assert petra.has(Role.PATIENT)
    assert petra.organisation_id is None


def test_a_doctor_acts_for_their_practice(tenant: UUID, dora: Actor) -> None:
    assert dora.has(Role.DOCTOR)
    with Context(dora, tenant) as ctx:
        practice = queries.my_organisation(ctx)

    assert practice is not None
    assert practice.name == "Harbour Clinic"


def test_a_doctor_is_none_without_a_second_factor(tenant: UUID) -> None:
    sign_up(tenant, "Doro", role=Role.DOCTOR, organisation="Meadow Practice")

    assert not actor_of(tenant, ticket(tenant, "Doro").token).is_signed_in


def test_a_doctor_whose_practice_waits_for_review_is_not_approved(tenant: UUID) -> None:
    sign_up(tenant, "Doro", role=Role.DOCTOR, organisation="Meadow Practice")
    doro = signed_in(tenant, "Doro")

    with Context(doro, tenant) as ctx:
        assert not queries.is_approved(ctx, doro.person_id, Role.DOCTOR)


def test_a_doctor_lets_in_colleagues_as_doctors(tenant: UUID, dora: Actor) -> None:
    with Context(dora, tenant) as ctx:
        actions.invite(ctx, email_of("Didi"))
    with nobody(tenant) as ctx:
        invitation = queries.invitation(ctx, letters(tenant, "Didi")[0].token)
        actions.accept_invitation(ctx, invitation, name="Didi", password=PASSWORD)

    didi = signed_in(tenant, "Didi")

    assert didi.has(Role.DOCTOR)
    assert not didi.has(Role.BUYER)
    assert didi.organisation_id == dora.organisation_id


def test_a_seller_becomes_a_patient_and_stays_a_seller(tenant: UUID, pia: Actor) -> None:
    for _ in range(2):
        with Context(pia, tenant) as ctx:
            actions.become_patient(ctx)

    assert {Role.SELLER, Role.PATIENT} <= signed_in(tenant, "Pia").roles


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.BUYER])
def test_nobody_acts_for_no_organisation(tenant: UUID, role: Role) -> None:
    with pytest.raises(rules.OrganisationNeeded), nobody(tenant) as ctx:
        actions.sign_up(ctx, name="Nils", email=email_of("Nils"), password=PASSWORD, role=role)


def test_a_patient_brings_no_organisation(tenant: UUID) -> None:
    with pytest.raises(rules.NoOrganisationNeeded):
        sign_up(tenant, "Nils", role=Role.PATIENT, organisation="Meadow Practice")
