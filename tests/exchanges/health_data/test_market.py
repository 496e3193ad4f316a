"""What everyone may see of an offer, how it is found, and how little that tells of the person."""

from datetime import date
from uuid import UUID

import pyarrow as pa
import pytest

from salus.exchanges.health_data.actions import offers as offer_actions
from salus.exchanges.health_data.models import Series
from salus.exchanges.health_data.queries import imports, market, offers
from salus.exchanges.health_data.queries.market import MarketPage
from salus.exchanges.health_data.rules import NothingShared, NotYourTurn, coarse, months_between
from salus.exchanges.health_data.rules.search import Search
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid, NotFound
from salus.kernel.operations import query
from salus.shared.codes.rules import TermsContradict
from tests.exchanges.health_data.scene import HEART, STEPS, Trade


@query(roles={Role.SELLER})
def all_samples(ctx: Context, series: Series) -> pa.Table:
    return imports.read_series(ctx, series)


def found(trade: Trade, search: Search, *, by: Actor | None = None, tenant: UUID | None = None) -> MarketPage:
    with Context(by or trade.buyer, tenant or trade.tenant) as ctx:
        return market.market(ctx, search)


def titles(page: MarketPage) -> list[str]:
    return [offer["title"] for offer in page.offers]


@pytest.fixture
def three(trade: Trade) -> Trade:
    """Three offers on the market: two of heart rate, one of steps alone."""
    trade.bring_in()
    trade.switch_on(STEPS, HEART)
    trade.offered(title="Heart at rest", codes=[HEART], price="30.00", modifiers=["NCU"])
    trade.offered(title="Heart and steps", codes=[HEART, STEPS], price="10.00")
    trade.offered(title="Steps alone", codes=[STEPS], price="20.00", is_exclusive=True)
    return trade


def test_words_find_what_is_written_in_any_form_of_the_word(three: Trade) -> None:
    assert set(titles(found(three, Search("hearts")))) == {"Heart at rest", "Heart and steps"}
    assert titles(found(three, Search("bicycle"))) == []


def test_filters_narrow_each_other_and_tell_what_each_would_leave(three: Trade) -> None:
    page = found(three, Search(filters=["t:HeartRate"]))

    counts = {facet["value"]: facet["count"] for facet in page.facets}
    assert page.total == 2
    assert (counts["t:HeartRate"], counts["t:StepCount"], counts["d:NCU"]) == (2, 1, 1)
    assert titles(found(three, Search(filters=["t:HeartRate", "d:NCU"]))) == ["Heart at rest"]
    assert titles(found(three, Search(filters=["x:exclusive"]))) == ["Steps alone"]


def test_prices_bound_and_order(three: Trade) -> None:
    assert titles(found(three, Search(sort="cheapest"))) == ["Heart and steps", "Steps alone", "Heart at rest"]
    assert titles(found(three, Search(sort="dearest", max_cents=2_000))) == ["Steps alone", "Heart and steps"]
    assert titles(found(three, Search(min_cents=2_500))) == ["Heart at rest"]


def test_the_best_match_has_the_word_in_its_title(three: Trade) -> None:
    assert titles(found(three, Search("rest", sort="best")))[0] == "Heart at rest"


@pytest.mark.parametrize("typed", ["'; DROP TABLE users; --", "heart & | !", "(((", "%(tenant)s", "\\", "<script>"])
def test_whatever_is_typed_is_only_looked_for(three: Trade, typed: str) -> None:
    assert isinstance(found(three, Search(typed)).total, int)
    assert found(three, Search(filters=[typed])).total == 3


def test_an_offer_of_another_tenant_is_on_no_market_but_its_own(
    three: Trade, stranger: Actor, other_tenant: UUID
) -> None:
    offer_id = found(three, Search()).offers[0]["offer_id"]

    assert found(three, Search(), by=stranger, tenant=other_tenant).total == 0
    with pytest.raises(NotFound), Context(stranger, other_tenant) as ctx:
        market.market_offer(ctx, offer_id)


def test_an_offer_that_is_taken_back_is_found_no_more(three: Trade) -> None:
    with Context(three.seller, three.tenant) as ctx:
        mine = next(offer for offer in offers.my_offers(ctx) if offer.title == "Steps alone")
        offer_actions.take_back(ctx, mine)

    assert "Steps alone" not in titles(found(three, Search()))


def test_an_offer_says_nothing_of_who_made_it(three: Trade) -> None:
    with Context(three.buyer, three.tenant) as ctx:
        offer = market.market_offer(ctx, found(three, Search()).offers[0]["offer_id"])

    shown = str(offer)
    assert str(three.seller.person_id) not in shown
    assert "Pia" not in shown


def test_a_synthetic_preview_holds_no_row_of_the_person(three: Trade) -> None:
    offer = next(one for one in found(three, Search()).offers if one["title"] == "Heart at rest")
    with Context(three.buyer, three.tenant) as ctx:
        synthetic = market.synthetic_preview(ctx, offer["offer_id"])
    with Context(three.seller, three.tenant) as ctx:
        series = next(one for one in imports.my_series(ctx) if one.code == HEART)
        real = all_samples(ctx, series)

    columns = (real.column(name).to_pylist() for name in ("start", "value"))
    truth = {(f"{start:%Y-%m-%d %H:%M}", f"{value:.3g}") for start, value in zip(*columns, strict=True)}
    assert len(truth) > 50
    assert len(synthetic.rows) == 3
    assert not {(row[1], row[3]) for row in synthetic.rows} & truth


def test_only_what_is_switched_on_can_be_offered(trade: Trade) -> None:
    trade.bring_in()
    trade.switch_on(STEPS)

    with pytest.raises(NothingShared), Context(trade.seller, trade.tenant) as ctx:
        offer_actions.draft(ctx, trade.described())


def test_a_period_without_data_cannot_be_offered(trade: Trade) -> None:
    trade.bring_in()
    trade.switch_on(STEPS, HEART)

    with pytest.raises(Invalid, match="no data"), Context(trade.seller, trade.tenant) as ctx:
        offer_actions.draft(ctx, trade.described(from_day="2011-01-01", to_day="2011-02-01"))


def test_terms_that_contradict_each_other_cannot_be_offered(trade: Trade) -> None:
    trade.bring_in()
    trade.switch_on(STEPS, HEART)

    with pytest.raises(TermsContradict), Context(trade.seller, trade.tenant) as ctx:
        offer_actions.draft(ctx, trade.described(permission="DS"))


def test_a_rejected_offer_can_be_changed_and_handed_in_again(trade: Trade) -> None:
    trade.bring_in()
    trade.switch_on(STEPS, HEART)
    with Context(trade.seller, trade.tenant) as ctx:
        offer = offer_actions.submit(ctx, offer_actions.draft(ctx, trade.described()))
        with pytest.raises(NotYourTurn):
            offer_actions.change(ctx, offer, trade.described())
    with Context(trade.administrator, trade.tenant) as ctx:
        offer_actions.reject(ctx, offers.reviewed_offer(ctx, offer.id), reason="The title names a town.")

    with Context(trade.seller, trade.tenant) as ctx:
        mine = offers.my_offer(ctx, offer.id)
        assert mine.reason == "The title names a town."
        changed = offer_actions.change(ctx, mine, trade.described(title="Steps and heart"))
        assert offer_actions.submit(ctx, changed).state == "submitted"


@pytest.mark.parametrize(("exact", "shown"), [(7, 7), (99, 99), (101, 100), (1_999, 1_900), (123_456, 120_000)])
def test_counts_on_the_market_are_rounded_down_to_two_digits(exact: int, shown: int) -> None:
    assert coarse(exact) == shown


def test_months_between_two_days_run_over_the_turn_of_the_year() -> None:
    assert months_between(date(2025, 11, 30), date(2026, 2, 1)) == ["2025-11", "2025-12", "2026-01", "2026-02"]
