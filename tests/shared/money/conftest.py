"""People who buy and sell, known to money by their ids alone, and a till between them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import SecretStr

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.settings import settings
from salus.shared.money import actions
from salus.shared.money.gateways import configured
from salus.shared.money.models import TaxBase
from salus.worker import settle_everything
from tests.shared.money.till import KEY, WEBHOOK_SECRET, Till, open_till


@pytest.fixture
def sal() -> Actor:
    """A seller."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}), factor_at=datetime.now(UTC))


@pytest.fixture
def bea() -> Actor:
    """A buyer for an organisation."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.BUYER}), organisation_id=new_id())


@pytest.fixture
def ada() -> Actor:
    """An administrator."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.ADMINISTRATOR}))


@pytest.fixture
def till(tenant: UUID, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """Twelve per cent commission with 19 % tax on it; 25 % tax in the price where the buyer is Norwegian."""
    with Context(ada, tenant) as ctx:
        actions.set_commission(ctx, basis_points=1_200)
        actions.set_tax(ctx, country="DE", applies_to=TaxBase.COMMISSION, basis_points=1_900, reason="UStG § 12")
        actions.set_tax(ctx, country="NO", applies_to=TaxBase.SALE, basis_points=2_500, reason="mval. § 5-1")
    with open_till(tenant) as opened:
        monkeypatch.setattr(settings(), "gateway_url", str(opened.client.base_url))
        monkeypatch.setattr(settings(), "gateway_key", SecretStr(KEY))
        monkeypatch.setattr(settings(), "gateway_webhook_secret", SecretStr(WEBHOOK_SECRET))
        yield opened
        settle_everything()  # What is still owed here must not be asked of the next test's gateway.
        configured.configured().close()
        configured._sim.cache_clear()  # The next gateway may get the same port, and must not get the closed client.
