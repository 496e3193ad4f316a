"""The gateway speaks to us over HTTP, unsigned in and signed: by its signature alone."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from salus.kernel.actor import Actor
from salus.kernel.tenants import tenants
from salus.shared.money.models import GatewayMessage, PaymentState
from salus.sim.running import Told, running
from tests.shared.money.till import Till


@pytest.fixture
def web(app: FastAPI, till: Till) -> Iterator[httpx.Client]:
    """The application, at the address of the till's tenant."""
    (host,) = next(one.hosts for one in tenants() if one.id == till.tenant)
    with running(app) as url, httpx.Client(base_url=url, headers={"host": host}, trust_env=False) as client:
        yield client


def deliver(web: httpx.Client, told: Told, more: bytes = b"") -> httpx.Response:
    signed = {name: value for name, value in told.headers.items() if name.startswith("webhook-")}
    return web.post("/v1/webhooks/sim", content=told.body + more, headers=signed)


def test_a_webhook_settles_a_payment(web: httpx.Client, till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    told = till.inbox.next()
    for _ in range(2):
        assert deliver(web, told).status_code == 204

    assert till.payment(payment.id).state is PaymentState.SETTLED
    assert len(till.all_of(GatewayMessage)) == 1


def test_a_forged_webhook_is_answered_with_a_refusal(web: httpx.Client, till: Till, bea: Actor, sal: Actor) -> None:
    payment = till.requested(bea, sal)
    till.pay(payment)
    answer = deliver(web, till.inbox.next(), more=b" ")

    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert till.all_of(GatewayMessage) == []


@pytest.mark.parametrize("path", ["/v1/earnings", "/v1/payouts", "/v1/invoices", "/v1/ledger/trial-balance"])
def test_nobody_sees_money_without_signing_in(web: httpx.Client, path: str) -> None:
    assert web.get(path).status_code == 401
