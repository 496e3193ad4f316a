from collections.abc import Iterator
from ipaddress import ip_network
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.settings import settings
from tests.cast import seller, with_factor
from tests.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def developing(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine may be reached, as a developer says."""
    monkeypatch.setattr(settings(), "outbound_allow", (ip_network("127.0.0.1/32"),))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def pia(tenant: UUID) -> Actor:
    """Pia has just given her second factor."""
    return with_factor(tenant, "Pia", seller(tenant, "Pia"))


@pytest.fixture
def paul(tenant: UUID) -> Actor:
    return with_factor(tenant, "Paul", seller(tenant, "Paul"))
