"""Dora's practice, which can be booked, and a browser at its door."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.tenants import tenant_named
from tests.browsing import Browser, application
from tests.exchanges.appointments.scene import Surgery


@pytest.fixture
def surgery(tenant: UUID, dora: Actor) -> Surgery:
    return Surgery(tenant, dora)


@pytest.fixture
def host(tenant: UUID) -> str:
    return tenant_named(tenant).hosts[0]


@pytest.fixture
def browser(host: str) -> Iterator[Browser]:
    browser = Browser(application(), host)
    yield browser
    browser.close()
