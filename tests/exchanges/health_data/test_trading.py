"""A trade of real health data, from the phone's export to the buyer's download."""

import hashlib
import json

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from salus.exchanges.health_data.actions import offers as offer_actions
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.models import RequestState
from salus.exchanges.health_data.queries import imports, requests
from salus.exchanges.health_data.rules import AlreadyAsked, NotOnOffer, NotYourTurn, PurposeDoesNotFit
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.shared.codes.rules import Purpose
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consents
from salus.shared.money import queries as money
from salus.worker import settle_everything
from tests.cast import letters
from tests.exchanges.health_data.scene import HEART, STEPS, Trade
from tests.shared.money.till import Till


def test_a_buyer_gets_exactly_what_the_person_agreed_to(trade: Trade, till: Till) -> None:
    request = trade.delivered(till)

    files = trade.files(request)
    assert request.state is RequestState.DELIVERED
    assert set(files) == {
        "manifest.json", "LICENCE.txt", "StepCount.parquet", "StepCount.csv", "HeartRate.parquet", "HeartRate.csv"
    }  # fmt: skip
    steps = pq.read_table(pa.BufferReader(trade.read(files["StepCount.parquet"])))
    days = [start.date().isoformat() for start in steps.column("start").to_pylist()]
    assert steps.num_rows > 0
    assert (min(days) >= "2026-05-10", max(days) <= "2026-06-10") == (True, True)
    assert pa_csv.read_csv(pa.BufferReader(trade.read(files["StepCount.csv"]))).num_rows == steps.num_rows


def test_the_manifest_names_every_file_with_the_hash_of_what_is_downloaded(trade: Trade, till: Till) -> None:
    request = trade.delivered(till)

    files = trade.files(request)
    manifest = json.loads(trade.read(files["manifest.json"]))
    assert {file["name"] for file in manifest["files"]} == set(files) - {"manifest.json", "LICENCE.txt"}
    for file in manifest["files"]:
        assert hashlib.sha256(trade.read(files[file["name"]])).hexdigest() == file["sha256"]
    assert manifest["licence"]["authorisation_id"] == str(request.authorisation_id)
    assert "Helix Research" in trade.read(files["LICENCE.txt"]).decode()


def test_nothing_in_a_delivery_names_the_person(trade: Trade, till: Till) -> None:
    request = trade.delivered(till)

    for file in trade.files(request).values():
        content = trade.read(file)
        if file.name.endswith(".parquet"):
            content = json.dumps(pq.read_table(pa.BufferReader(content)).to_pylist(), default=str).encode()
        assert b"Pia" not in content
        assert b"HKDevice: 0x" not in content


def test_the_preview_is_what_the_delivery_holds(trade: Trade, till: Till) -> None:
    request = trade.delivered(till)

    with Context(trade.seller, trade.tenant) as ctx:
        series = next(one for one in imports.my_series(ctx) if one.code == STEPS)
        preview = imports.preview(ctx, series, *(trade.described().from_day, trade.described().to_day))
    delivered = pq.read_table(pa.BufferReader(trade.read(trade.files(request)["StepCount.parquet"])))
    assert (preview.count, preview.columns) == (delivered.num_rows, delivered.column_names)
    assert [row[preview.columns.index("value")] for row in preview.rows] == delivered.column("value")[:20].to_pylist()


def test_a_buyer_cannot_pay_before_the_person_agreed(trade: Trade, till: Till) -> None:
    request = trade.asked(trade.published())

    with pytest.raises(NotYourTurn):
        trade.pay(request, till)
    assert trade.request(request.id).payment_id is None


def test_one_organisation_asks_once(trade: Trade) -> None:
    offer = trade.published()
    trade.asked(offer)

    with pytest.raises(AlreadyAsked):
        trade.asked(offer)


def test_a_draft_is_to_buyers_as_if_it_were_not_there(trade: Trade) -> None:
    trade.bring_in()
    trade.switch_on(STEPS, HEART)
    with Context(trade.seller, trade.tenant) as ctx:
        drafted = offer_actions.draft(ctx, trade.described())

    with pytest.raises(NotFound):
        trade.asked(drafted)


def test_a_purpose_that_the_terms_forbid_is_not_even_asked(trade: Trade) -> None:
    offer = trade.published(modifiers=["NCU"])

    with pytest.raises(PurposeDoesNotFit, match="earn money"):
        trade.asked(offer, purpose=Purpose.PRODUCTS, is_commercial=True)


def test_of_two_buyers_of_an_exclusive_offer_one_gets_it(trade: Trade, ben: Actor) -> None:
    offer = trade.published(is_exclusive=True)
    first, second = trade.asked(offer), trade.asked(offer, buyer=ben)

    trade.agreed(first)
    trade.agreed(second)

    assert trade.request(first.id).state is RequestState.AGREED
    assert trade.request(second.id).state is RequestState.ENDED
    with pytest.raises(NotOnOffer):
        trade.asked(offer, buyer=ben)


def test_another_organisation_can_neither_see_nor_read_a_delivery(trade: Trade, till: Till, ben: Actor) -> None:
    files = trade.files(trade.delivered(till))

    with pytest.raises(NotFound):
        trade.read(files["StepCount.parquet"], reader=ben)


def test_a_withdrawal_closes_the_delivery_and_tells_the_buyer(trade: Trade, till: Till) -> None:
    request = trade.delivered(till)
    files = trade.files(request)

    withdrawn = trade.withdrawn(request)

    assert withdrawn.state is RequestState.ENDED
    assert trade.delivery(request).stopped_because == "The person withdrew their consent."
    with pytest.raises(Exception, match="withdrew"):
        trade.read(files["StepCount.parquet"])


def test_the_heart_rate_is_not_delivered_when_only_steps_were_agreed(trade: Trade, till: Till) -> None:
    request = trade.delivered(till, codes=[STEPS])

    assert not [name for name in trade.files(request) if "HeartRate" in name]
    assert HEART not in json.loads(trade.read(trade.files(request)["manifest.json"]))["licence"]


def test_a_person_who_declines_ends_the_request_and_tells_the_buyer(trade: Trade) -> None:
    request = trade.asked(trade.published())

    with Context(trade.seller, trade.tenant) as ctx:
        consent_actions.decline(ctx, consents.consent(ctx, request.authorisation_id))
    settle_everything()

    assert trade.request(request.id).state is RequestState.DECLINED
    assert any("ended" in letter.subject for letter in letters(trade.tenant, "Bruno"))


def test_who_paid_for_what_was_never_delivered_gets_all_of_it_back(trade: Trade, till: Till) -> None:
    request = trade.agreed(trade.asked(trade.published()))
    with Context(trade.buyer, trade.tenant) as ctx:
        paying = request_actions.pay(ctx, requests.request(ctx, request.id))
    settle_everything()

    trade.withdrawn(request)
    with Context(trade.buyer, trade.tenant) as ctx:
        till.pay(money.payment(ctx, paying.payment_id))
    for _ in ("the payment", "the refund"):
        till.hear()
        settle_everything()

    assert trade.request(request.id).state is RequestState.ENDED
    with Context(trade.administrator, trade.tenant) as ctx:
        (refund,) = money.refunds(ctx, money.payment(ctx, paying.payment_id))
        assert (refund.amount, refund.reason) == (4_200, "withdrawn")
    with Context(trade.seller, trade.tenant) as ctx:
        assert all(one.available.amount == 0 for one in money.earnings(ctx))
