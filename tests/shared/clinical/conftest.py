"""Those who care for people, and those who are cared for, each with a program of their own."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from tests.shared.clinical.scene import program


@pytest.fixture
def doras(tenant: UUID, dora: Actor) -> Iterator[TestClient]:
    """Dora's program. She is a doctor."""
    with program(tenant, "Dora", factor=True) as client:
        yield client


@pytest.fixture
def dans(tenant: UUID, dan: Actor) -> Iterator[TestClient]:
    """Dan's program. He is a doctor elsewhere."""
    with program(tenant, "Dan", factor=True) as client:
        yield client


@pytest.fixture
def petras(tenant: UUID, petra: Actor) -> Iterator[TestClient]:
    """Petra's program. She is a patient."""
    with program(tenant, "Petra") as client:
        yield client


@pytest.fixture
def adas(tenant: UUID, ada: Actor) -> Iterator[TestClient]:
    """Ada's program. She administers, and says why she looks."""
    with program(tenant, "Ada", factor=True, **{"x-purpose": "A complaint, number 12"}) as client:
        yield client
