"""The gateway this installation takes payments through."""

from functools import lru_cache

from salus.kernel.settings import settings
from salus.shared.money.gateways.contract import PaymentGateway
from salus.shared.money.gateways.sim import SimGateway


def configured() -> PaymentGateway:
    """As the settings say; one client for the whole process."""
    chosen = settings()
    return _sim(chosen.gateway_url, chosen.secret("gateway_key"), chosen.secret("gateway_webhook_secret"))


@lru_cache(maxsize=4)
def _sim(url: str, key: str, webhook_secret: str) -> SimGateway:
    return SimGateway(url, key, webhook_secret)
