"""The world of the strangers, served, and the five who use its API."""

import pytest

from tests.strangers.conftest import here, url, world
from tests.world import Visitor, World, visitor

__all__ = ["here", "url", "world"]


@pytest.fixture(scope="module")
def callers(world: World) -> dict[str, Visitor]:
    return {
        "seller": visitor(world.tenant, "the seller", "Pia", has_factor=True),
        "buyer": visitor(world.tenant, "the buyer", "Bruno", has_factor=True),
        "doctor": visitor(world.tenant, "the doctor", "Dora", has_factor=True),
        "patient": visitor(world.tenant, "the patient", "Petra"),
        "administrator": visitor(world.tenant, "the administrator", "Ada", has_factor=True),
    }
