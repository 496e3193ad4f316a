"""Browsers for the tests of pages."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.tenants import tenants
from tests.browsing import Browser


@pytest.fixture
def browser(app: FastAPI, tenant: UUID) -> Iterator[Browser]:
    """A fresh browser at the tenant's own address."""
    host = next(known.hosts[0] for known in tenants() if known.id == tenant)
    opened = Browser(app, host)
    yield opened
    opened.close()
