"""A tenant that people can come to with an account elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.kernel.tenants import tenants
from salus.shared.federation import actions, queries
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.schemas import ProviderWrite
from salus.web import security
from tests.browsing import Browser
from tests.shared.federation.oidc_house import House, running_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house() as running:
        yield running


@pytest.fixture(autouse=True)
def may_reach_this_machine(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers of the tests stand on the loopback interface, as in development."""
    monkeypatch.setattr(settings(), "outbound_allow", (ip_network("127.0.0.1/32"),))
    security._counts.clear()


@dataclass(frozen=True)
class Door:
    """The tenant's front door, and its administrator."""

    app: FastAPI
    tenant: UUID
    ada: Actor

    @property
    def host(self) -> str:
        return next(known.hosts[0] for known in tenants() if known.id == self.tenant)

    def browser(self) -> Browser:
        return Browser(self.app, self.host)

    def add(self, issuer: str, *, client_id: str, client_secret: str = "", **trust: bool) -> IdentityProvider:
        """Name a provider, as its administrator does."""
        described = ProviderWrite(
            name="Helmi", issuer=issuer, client_id=client_id, client_secret=client_secret, **trust
        )
        with Context(self.ada, self.tenant) as ctx:
            return actions.add_provider(ctx, described)

    def change(self, provider: IdentityProvider, **changes: object) -> None:
        with Context(self.ada, self.tenant) as ctx:
            known = queries.provider(ctx, provider.id).provider
            described = ProviderWrite(
                name=known.name,
                issuer=known.issuer,
                client_id=known.client_id,
                is_trusted_with_email=known.is_trusted_with_email,
                is_trusted_with_factor=known.is_trusted_with_factor,
            )
            actions.change_provider(ctx, known, described.model_copy(update=changes))

    def redirect_uri(self, provider: IdentityProvider) -> str:
        with Context(self.ada, self.tenant) as ctx:
            return queries.provider(ctx, provider.id).redirect_uri


@pytest.fixture
def door(app: FastAPI, tenant: UUID, ada: Actor) -> Door:
    return Door(app, tenant, ada)


@pytest.fixture
def helmi(door: Door, house: House) -> IdentityProvider:
    """The provider, registered on both sides, and trusted with addresses."""
    provider = door.add(house.issuer, client_id="not known yet", is_trusted_with_email=True)
    registered = house.register(door.redirect_uri(provider))
    door.change(provider, client_id=registered.client_id, client_secret=registered.client_secret)
    return provider
