"""Pia sells to Bruno, with a till between them, and the application answers over HTTP."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.tenants import tenant_named
from salus.sim.running import running
from tests.exchanges.health_data.conftest import trade
from tests.faults.front_door import FrontDoor
from tests.shared.money.conftest import till

__all__ = ["till", "trade"]


@pytest.fixture
def door(app: FastAPI, tenant: UUID) -> Iterator[FrontDoor]:
    with running(app) as url:
        yield FrontDoor(url, tenant_named(tenant).hosts[0])
