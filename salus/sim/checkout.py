"""The hosted page on which a person pays; plain HTML that works without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from salus.formats.amounts import amount_text
from salus.sim.models import Payment
from salus.sim.processor import CONFIRMED_CARD, DECLINED_CARD, GOOD_CARD, Processor

TEMPLATES = Path(__file__).parent / "templates"
CARDS = {
    GOOD_CARD: "4242 4242 4242 4242 · pays at once",
    CONFIRMED_CARD: "4000 0000 0000 3220 · asks you to confirm",
    DECLINED_CARD: "4000 0000 0000 0002 · is declined",
}

_environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def pages(processor: Processor) -> APIRouter:
    """The page of each payment and what its buttons do. Its address is the secret that opens it."""
    router = APIRouter()

    @router.get("/checkout.css")
    def stylesheet() -> FileResponse:
        return FileResponse(TEMPLATES / "checkout.css")

    @router.get("/favicon.ico", status_code=204)
    def no_icon() -> None:
        """Browsers ask for one unbidden, and would report the 404 as an error of the page."""

    @router.get("/checkout/{payment_id}")
    def page(payment_id: str) -> HTMLResponse:
        return _page(processor.payment(payment_id))

    @router.post("/checkout/{payment_id}/pay")
    def pay(payment_id: str, card: Annotated[str, Form()]) -> RedirectResponse:
        return _onward(processor.pay(payment_id, card))

    @router.post("/checkout/{payment_id}/confirm")
    def confirm(payment_id: str, approved: Annotated[bool, Form()]) -> RedirectResponse:
        return _onward(processor.confirm(payment_id, approved=approved))

    @router.post("/checkout/{payment_id}/cancel")
    def cancel(payment_id: str) -> RedirectResponse:
        return _onward(processor.cancel(payment_id))

    return router


def _page(payment: Payment) -> HTMLResponse:
    shown = _environment.get_template("checkout.html").render(
        payment=payment, price=amount_text(payment.amount, payment.currency), cards=CARDS, declined=DECLINED_CARD
    )
    back = urlsplit(payment.return_url)
    return HTMLResponse(
        shown,
        headers={
            # Browsers hold a form to this list through redirects as well, so the shop's own origin stands in it.
            "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {back.scheme}://{back.netloc}",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
        },
    )


def _onward(payment: Payment) -> RedirectResponse:
    """Back to the shop, or once more to this page if the bank has a question."""
    where = payment.checkout_url if payment.status == "requires_action" else payment.return_url
    return RedirectResponse(where, status_code=303)
