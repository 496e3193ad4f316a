"""Dora's practice, which can be booked."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from tests.exchanges.appointments.scene import Surgery


@pytest.fixture
def surgery(tenant: UUID, dora: Actor) -> Surgery:
    return Surgery(tenant, dora)
