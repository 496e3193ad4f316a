"""Who watches, and browsers for the tests of pages."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import Actor
from salus.kernel.tenants import tenants
from tests.browsing import Browser
from tests.cast import code, ticket
from tests.shared.security.watchman import Watchman


@pytest.fixture
def watchman(tenant: UUID, ada: Actor) -> Watchman:
    """Has seen what happened until now."""
    watchman = Watchman(tenant, ada)
    watchman.watch()
    return watchman


@pytest.fixture
def browser(app: FastAPI, tenant: UUID) -> Iterator[Browser]:
    """A fresh browser at the tenant's own address."""
    host = next(known.hosts[0] for known in tenants() if known.id == tenant)
    opened = Browser(app, host)
    yield opened
    opened.close()


@pytest.fixture
def adas_browser(browser: Browser, tenant: UUID, ada: Actor) -> Browser:
    """The administrator's browser, signed in with both factors a moment ago."""
    browser.cookies.set("sid", ticket(tenant, "Ada", code=code()).token)
    return browser
