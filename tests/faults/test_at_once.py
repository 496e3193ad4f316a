"""Several people, or several clicks of one, at the same moment."""

from collections.abc import Callable
from io import BytesIO
from uuid import UUID

from salus.exchanges.health_data.actions import imports as import_actions
from salus.exchanges.health_data.actions import requests as actions
from salus.exchanges.health_data.models import ImportState, Request, RequestState
from salus.exchanges.health_data.queries import imports, requests
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consents
from salus.shared.money.models import Payment
from salus.worker import settle_everything
from tests.cast import at_once
from tests.exchanges.health_data.scene import Trade, export
from tests.shared.money.till import Till, together

ROUNDS = 4


def test_of_sixteen_clicks_on_pay_one_payment_comes(trade: Trade, till: Till) -> None:
    request = trade.agreed(trade.asked(trade.published()))

    def press() -> UUID | None:
        with Context(trade.buyer, trade.tenant) as ctx:
            return actions.pay(ctx, requests.request(ctx, request.id)).payment_id

    pressed = set(at_once(press, 16))
    settle_everything()

    (payment,) = till.all_of(Payment)
    assert pressed == {payment.id}
    assert [one["reference"] for one in till.client.get("/v1/payments").json()["payments"]] == [
        f"{trade.tenant}/{payment.id}"
    ]


def test_an_exclusive_offer_goes_to_one_of_two_whose_authorisations_are_signed_at_once(
    trade: Trade, ben: Actor
) -> None:
    trade.published()

    for number in range(ROUNDS):
        offer = trade.offered(title=f"For one buyer only, {number}", is_exclusive=True)
        both = [trade.asked(offer), trade.asked(offer, buyer=ben)]
        together([lambda asked=asked: _sign(trade, asked) for asked in both])
        together([settle_everything, settle_everything])
        settle_everything()

        states = sorted(trade.request(one.id).state for one in both)
        assert states == [RequestState.AGREED, RequestState.ENDED]


def test_ten_copies_of_an_export_brought_twice_are_counted_once(trade: Trade, owner_sql: Callable[..., object]) -> None:
    content = export(trade.folder, days=10, owner="Pia10")
    once = trade.bring_in(content)

    for _ in range(2):
        copies = at_once(lambda: _bring(trade, content), 10)
        together([settle_everything] * 3)
        # Two that finish at the same instant: one fails on the other's series, and is read again a moment later.
        owner_sql("UPDATE owed SET due_at = now()")
        settle_everything()

    with Context(trade.seller, trade.tenant) as ctx:
        series = imports.my_series(ctx)
        states = {imports.arrived(ctx, one).state for one in copies}
    assert states == {ImportState.DONE}
    assert sum(one.count for one in series) == once.records
    assert len({(one.code, one.kind) for one in series}) == len(series)


def _sign(trade: Trade, request: Request) -> None:
    with Context(trade.seller, trade.tenant) as ctx:
        text = consents.consent(ctx, request.authorisation_id)
        consent_actions.give(ctx, text, text_sha256=text.text_sha256, signature="Pia", agreed=True)


def _bring(trade: Trade, content: bytes) -> UUID:
    with Context(trade.seller, trade.tenant) as ctx:
        return import_actions.bring_in(ctx, BytesIO(content), name="export.zip").id
