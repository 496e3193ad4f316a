"""Dora and her practice."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from tests.cast import doctor, patient
from tests.shared.calendar.scene import Practice


@pytest.fixture
def dora(tenant: UUID) -> Actor:
    return doctor(tenant, "Dora", organisation="Harbour Clinic")


@pytest.fixture
def petra(tenant: UUID) -> Actor:
    return patient(tenant, "Petra")


@pytest.fixture
def practice(tenant: UUID, dora: Actor) -> Practice:
    return Practice(tenant, dora)
