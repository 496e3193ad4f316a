"""Pia sells to Bruno; Ada administers."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from tests.exchanges.health_data.scene import Trade
from tests.shared.money.conftest import till

__all__ = ["till"]


@pytest.fixture
def trade(tenant: UUID, pia: Actor, bruno: Actor, ada: Actor, tmp_path_factory: pytest.TempPathFactory) -> Trade:
    return Trade(tenant, pia, bruno, ada, tmp_path_factory.getbasetemp())
