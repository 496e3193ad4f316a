"""Prices are taken apart, and put together again, to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from salus.kernel.ids import new_id
from salus.shared.money.rules import (
    InvalidIban,
    NotRefundable,
    Split,
    Terms,
    allocate,
    iban,
    masked,
    part_of,
    reference,
    referenced,
    split,
)
from salus.shared.money.schemas import CommissionForm

PRICES = st.integers(1, 10**12)
RATES = st.integers(0, 10_000)
TERMS = st.builds(
    Terms, commission=RATES, commission_minimum=st.integers(0, 10**6), commission_tax=RATES, sale_tax=RATES
)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=6).filter(any))
def test_what_is_shared_out_is_all_there_is_and_nobody_is_a_cent_off(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)

    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_the_largest_remainders_get_the_odd_cents() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(11, [26, 74]) == [3, 8]


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0, 0]), (1, []), (1, [2, -1])])
def test_nothing_is_shared_out_by_weights_that_make_no_sense(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weigh"):
        allocate(amount, weights)


@given(PRICES, TERMS)
def test_the_parts_of_a_price_are_the_price_and_none_is_negative(price: int, terms: Terms) -> None:
    parts = split(price, terms)

    assert parts.total == price
    assert min(parts.parts()) >= 0


def test_a_price_contains_its_tax_and_the_seller_bears_commission_and_the_tax_on_it() -> None:
    parts = split(10_000, Terms(commission=1_200, commission_tax=1_900, sale_tax=2_500))

    assert parts == Split(seller_share=6_858, commission=960, commission_tax=182, sale_tax=2_000)


def test_a_small_price_pays_the_least_commission_and_never_more_than_itself() -> None:
    terms = Terms(commission=100, commission_minimum=50, commission_tax=2_000)

    assert split(1_000, terms) == Split(940, 50, 10, 0)
    assert split(30, terms) == Split(0, 25, 5, 0)


@given(PRICES, TERMS, st.data())
def test_refunds_in_pieces_give_back_each_part_exactly(price: int, terms: Terms, data: st.DataObject) -> None:
    left = split(price, terms)
    while left.total:
        piece = part_of(data.draw(st.integers(max(1, left.total // 4), left.total)), left)
        left = left.less(piece)
        assert min(left.parts()) >= 0

    assert left == Split(0, 0, 0, 0)


def test_nobody_gets_back_more_than_is_left() -> None:
    with pytest.raises(NotRefundable):
        part_of(101, Split(80, 10, 5, 5))
    with pytest.raises(NotRefundable):
        part_of(0, Split(80, 10, 5, 5))


@pytest.mark.parametrize("written", ["DE89 3704 0044 0532 0130 00", "gb82west12345698765432", "NO9386011117947"])
def test_an_iban_may_be_written_as_people_write_it(written: str) -> None:
    assert iban(written) == written.replace(" ", "").upper()


@pytest.mark.parametrize(
    "written", ["", "DE89 3704 0044 0532 0130 01", "DEAA370400440532013000", "DE89", "1" * 20, "DÉ89370400440532013000"]
)
def test_a_slip_of_the_finger_in_an_iban_is_noticed(written: str) -> None:
    with pytest.raises(InvalidIban):
        iban(written)


def test_an_iban_is_shown_by_its_ends() -> None:
    assert masked("DE89370400440532013000") == "DE•• •••• 3000"


def test_a_reference_leads_back_to_its_row_and_only_for_its_tenant() -> None:
    tenant, row = new_id(), new_id()

    assert referenced(reference(tenant, row), tenant) == row
    assert referenced(reference(tenant, row), new_id()) is None
    assert referenced("order-1", tenant) is None


@pytest.mark.parametrize(("typed", "basis_points"), [("12", 1200), ("12.5", 1250), (" 25,55 ", 2555), ("0", 0)])
def test_a_share_is_typed_in_per_cent(typed: str, basis_points: int) -> None:
    assert CommissionForm(basis_points=typed).basis_points == basis_points


@pytest.mark.parametrize("typed", ["", "a lot", "12.555", "101", "-1", "NaN", "Infinity"])
def test_what_is_no_share_is_not_taken(typed: str) -> None:
    with pytest.raises(ValidationError):
        CommissionForm(basis_points=typed)
