"""Mistakes somebody could make, planted to see that the harness finds them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from salus.exchanges.health_data import reactions as health_data
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.shared.money.actions import payments
from salus.shared.money.gateways.sim import SimGateway
from salus.shared.money.models import Posting

FAULTS: dict[str, tuple[str, Callable[[], None]]] = {}
"""The step in which each fault shows, and what plants it."""


def plant(name: str) -> str:
    """Make the mistake in this process and those that come of it. Returns the step in which it shows."""
    step, make = FAULTS[name]
    make()
    return step


def _fault(*, shows_in: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def register(make: Callable[[], None]) -> Callable[[], None]:
        FAULTS[make.__name__] = (shows_in, make)
        return make

    return register


@_fault(shows_in="hear")
def books_first() -> None:
    """The books are written in a transaction of their own, before the payment is marked as settled."""
    payments.post = _post_alone(lambda key: key)


@_fault(shows_in="hear")
def books_first_under_a_new_key() -> None:
    """The same, and every attempt books under a key of its own."""
    payments.post = _post_alone(lambda key: f"{key}:{new_id()}")


@_fault(shows_in="request")
def new_key_for_every_attempt() -> None:
    """The gateway is asked under a fresh key, and so takes a retry for a second payment."""
    itself = SimGateway.create_payment

    def create_payment(gateway: SimGateway, order: Any, *, key: str) -> Any:
        return itself(gateway, order, key=f"{key}:{new_id()}")

    SimGateway.create_payment = create_payment  # type: ignore[method-assign]


@_fault(shows_in="react")
def readable_files_forgotten() -> None:
    """Nobody looks for the plain files of a delivery whose process died after it was done."""
    health_data._clear_away = lambda _work_id: None


def _post_alone(key_of: Callable[[str], str]) -> Any:
    itself = payments.post

    def post(ctx: Context, key: str, *arguments: Any, **options: Any) -> Posting:
        with ctx.again() as own:
            own.performing = replace(ctx.performing) if ctx.performing else None
            return itself(own, key_of(key), *arguments, **options)

    return post
