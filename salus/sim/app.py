"""The processor's HTTP interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from salus.sim import checkout
from salus.sim.faults import Misbehave, ProcessorFaults, ProcessorKnobs
from salus.sim.models import (
    Answer,
    AskedPayment,
    AskedPayout,
    AskedRefund,
    Card,
    Payment,
    PaymentPage,
    Payout,
    Refund,
)
from salus.sim.processor import NotPossible, Processor
from salus.sim.store import Store
from salus.sim.webhooks import Courier

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


def create_app(
    *,
    secret_key: str,
    webhook_secret: str,
    webhook_url: str = "",
    home: Path | None = None,
    seed: int | None = None,
    first_retry_s: float = 1.0,
) -> FastAPI:
    """A processor of its own. Without `home` it forgets everything when it stops.

    `webhook_secret` is base64, with or without the `whsec_` in front; failed deliveries are repeated after
    `first_retry_s`, then after twice as long each time.
    """
    store, faults = Store(home), ProcessorFaults(ProcessorKnobs(), seed)
    processor = Processor(store, faults, seed)
    courier = Courier(store, processor, faults, url=webhook_url, secret=webhook_secret, first_wait_s=first_retry_s)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        courier.start()
        yield
        courier.stop()
        store.close()

    def require_key(authorization: Annotated[str, Header()] = "") -> None:
        if not compare_digest(authorization.encode(), f"Bearer {secret_key}".encode()):
            raise NotPossible(401, "unauthorised", "The secret key is missing or wrong.")

    app = FastAPI(title="sim", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(Misbehave, faults=faults)
    app.add_exception_handler(NotPossible, _refuse)
    app.include_router(_api(processor), prefix="/v1", dependencies=[Depends(require_key)])
    app.include_router(_knobs(faults), prefix="/knobs", dependencies=[Depends(require_key)])
    app.include_router(checkout.pages(processor), include_in_schema=False)
    app.add_api_route("/healthz", lambda: {"status": "ok"})
    return app


async def _refuse(_request: Request, refused: Exception) -> JSONResponse:
    if not isinstance(refused, NotPossible):
        raise refused
    return JSONResponse({"error": {"code": refused.code, "message": refused.message}}, refused.status)


def _api(processor: Processor) -> APIRouter:
    router = APIRouter()

    @router.post("/payments", status_code=201)
    def create_payment(request: Request, key: Key, asked: AskedPayment) -> Payment:
        return processor.create_payment(asked, key=key, url=str(request.base_url).rstrip("/"))

    @router.get("/payments")
    def payments(
        reference: str | None = None, created_after: AwareDatetime | None = None, after: str | None = None
    ) -> PaymentPage:
        return processor.payments(reference, created_after, after)

    @router.get("/payments/{payment_id}")
    def payment(payment_id: str) -> Payment:
        return processor.payment(payment_id)

    @router.post("/payments/{payment_id}/pay")
    def pay(payment_id: str, card: Card) -> Payment:
        return processor.pay(payment_id, card.number)

    @router.post("/payments/{payment_id}/confirm")
    def confirm(payment_id: str, answer: Answer) -> Payment:
        return processor.confirm(payment_id, approved=answer.approved)

    @router.post("/payments/{payment_id}/cancel")
    def cancel(payment_id: str) -> Payment:
        return processor.cancel(payment_id)

    @router.post("/refunds", status_code=201)
    def refund(key: Key, asked: AskedRefund) -> Refund:
        return processor.refund(asked, key=key)

    @router.post("/payouts", status_code=201)
    def create_payout(key: Key, asked: AskedPayout) -> Payout:
        return processor.create_payout(asked, key=key)

    @router.get("/payouts/{payout_id}")
    def payout(payout_id: str) -> Payout:
        return processor.payout(payout_id)

    @router.get("/balance")
    def balance() -> dict[str, int]:
        return processor.balance()

    return router


def _knobs(faults: ProcessorFaults) -> APIRouter:
    router = APIRouter()

    @router.get("")
    def knobs() -> ProcessorKnobs:
        return faults.knobs

    @router.put("")
    def turn(knobs: ProcessorKnobs) -> ProcessorKnobs:
        faults.turn(knobs)
        return knobs

    return router
