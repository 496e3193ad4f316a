"""Pia, whose data it is, and Nordlys, who wants it."""

from uuid import UUID

import pytest

from tests.shared.consent.scene import Exchange


@pytest.fixture
def exchange(tenant: UUID) -> Exchange:
    return Exchange(tenant)
