"""A tenant with one insurer, which is simulated and really asked over HTTP."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.settings import settings
from tests.shared.insurance.scene import Desk
from tests.shared.insurance.sim_office import SimOffice, open_office


@pytest.fixture
def office(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimOffice]:
    with open_office() as office:
        monkeypatch.setattr(settings(), "insurer_url", office.url)
        yield office


@pytest.fixture
def desk(tenant: UUID, ada: Actor, office: SimOffice) -> Desk:
    """Petra's and Per's exchange, which asks one insurer."""
    return Desk.at(tenant, ada, office)
