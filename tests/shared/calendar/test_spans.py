"""Arithmetic with stretches of time, against the plainest way to do it: minute by minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.spans import joined, within, without
from tests.shared.calendar.scene import MONDAY, span

MINUTE = timedelta(minutes=1)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 60))
    return Span(MONDAY + start * MINUTE, MONDAY + (start + draw(st.integers(1, 20))) * MINUTE)


several = st.lists(spans(), max_size=8)


def minutes(of: list[Span]) -> set[datetime]:
    return {one.start + number * MINUTE for one in of for number in range(one.length // MINUTE)}


def are_in_order_and_apart(found: list[Span]) -> bool:
    return all(one.end < other.start for one, other in pairwise(found))


@given(several)
def test_joined_spans_are_the_same_time_in_order_and_apart(some: list[Span]) -> None:
    assert minutes(joined(some)) == minutes(some)
    assert are_in_order_and_apart(joined(some))


@given(several, several)
def test_what_is_left_is_what_was_not_taken(some: list[Span], taken: list[Span]) -> None:
    left = without(some, taken)

    assert minutes(left) == minutes(some) - minutes(taken)
    assert left == joined(left)


@given(several, spans())
def test_what_lies_within_bounds_is_what_both_have(some: list[Span], bounds: Span) -> None:
    inside = within(some, bounds)

    assert minutes(inside) == minutes(some) & minutes([bounds])
    assert are_in_order_and_apart(inside)


@given(spans(), spans())
def test_spans_meet_if_they_share_time(one: Span, other: Span) -> None:
    shared = minutes([one]) & minutes([other])

    assert one.meets(other) is other.meets(one) is bool(shared)
    assert one.holds(other) is (shared == minutes([other]))


def test_a_span_ends_after_it_starts_and_has_a_zone() -> None:
    with pytest.raises(ValueError, match="ends after"):
        span("10:00", "10:00")
    with pytest.raises(ValueError, match="zone"):
        Span(datetime(2027, 3, 1, 9), datetime(2027, 3, 1, 10, tzinfo=UTC))  # noqa: DTZ001
