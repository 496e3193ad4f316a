"""An organisation that buys much in a short time proves again that it is its own people who buy."""

from dataclasses import replace

import pytest

from salus.exchanges.health_data import rules
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.models import Request, RequestState
from salus.exchanges.health_data.queries import requests
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded
from tests.cast import later
from tests.exchanges.health_data.scene import Trade


def pay(trade: Trade, request: Request, buyer: Actor) -> Request:
    with Context(buyer, trade.tenant) as ctx:
        return request_actions.pay(ctx, requests.request(ctx, request.id))


def test_the_payment_after_the_fifth_within_an_hour_takes_a_fresh_factor(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two in place of five, to be done sooner."""
    assert (rules.is_bulk(4), rules.is_bulk(5)) == (False, True)
    monkeypatch.setattr(rules, "BULK_PAYMENTS", 2)
    trade.published(title="Set 0")
    agreed = [trade.agreed(trade.asked(trade.offered(title=f"Set {number}"))) for number in (1, 2, 3)]
    long_ago = replace(trade.buyer, factor_at=None)
    for request in agreed[:2]:
        pay(trade, request, long_ago)

    with pytest.raises(FreshFactorNeeded):
        pay(trade, agreed[2], long_ago)
    assert trade.request(agreed[2].id).state is RequestState.AGREED
    with later(minutes=61):
        assert rules.BULK_WINDOW.total_seconds() == 3600
        assert pay(trade, agreed[2], long_ago).state is RequestState.PAYING
