"""An app on Pia's phone, and a system of Bruno's organisation."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from tests.shared.oauth.scene import App, System, app_of, system_of


@pytest.fixture
def app(tenant: UUID, ada: Actor) -> App:
    """An app that an administrator registered, and that may ask for everything."""
    return app_of(tenant, ada)


@pytest.fixture
def system(tenant: UUID, bruno: Actor) -> System:
    """A system that Bruno registered; it reads what he may read of money."""
    return system_of(tenant, bruno)
