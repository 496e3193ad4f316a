"""One id for all that follows from one deed, which is the id of its trace too."""

import pytest

from salus.kernel import correlation
from salus.kernel.correlation import Arrival, Span, arrival, trace_id, traceparent
from salus.kernel.ids import new_id

THEIRS = "4bf92f3577b34da6a3ce929d0e0e4736"
STEP = "00f067aa0ba902b7"
CALLER = f"00-{THEIRS}-{STEP}-01"


def test_a_callers_id_is_kept() -> None:
    assert arrival("from-a-phone-1", "") == Arrival("from-a-phone-1")


def test_a_callers_trace_gives_the_id_where_it_sends_no_other() -> None:
    assert arrival("", CALLER) == Arrival(THEIRS, Span(THEIRS, STEP))


def test_an_id_and_a_trace_of_the_caller_are_both_kept() -> None:
    assert arrival("from-a-phone-1", CALLER) == Arrival("from-a-phone-1", Span(THEIRS, STEP))


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"ff-{THEIRS}-{STEP}-01",
        f"00-{'0' * 32}-{STEP}-01",
        f"00-{THEIRS}-{'0' * 16}-01",
        f"00-{THEIRS.upper()}-{STEP}-01",
        f"00-{THEIRS}-{STEP}-01-more",
        f"00-{THEIRS[:-1]}-{STEP}-01",
        "Pia Lindqvist",
    ],
)
def test_what_is_no_traceparent_counts_for_nothing(header: str) -> None:
    """W3C Trace Context, section 3.2.2."""
    came = arrival("", header)

    assert came.caller is None
    assert trace_id(came.id) == came.id


def test_a_later_version_may_say_more() -> None:
    assert arrival("", f"01-{THEIRS}-{STEP}-01-more").id == THEIRS


@pytest.mark.parametrize("given", ["short", "Pia Lindqvist", "<script>alert(1)</script>", "x" * 65])
def test_what_is_no_plain_token_is_replaced(given: str) -> None:
    assert arrival(given, "").id != given


def test_an_id_of_ours_is_the_id_of_its_trace_and_any_other_leads_to_one() -> None:
    ours = new_id().hex

    assert trace_id(ours) == ours
    assert trace_id("from-a-phone-1") == "2fd6982a50a66c9b04968c6142a247a0"


def test_what_is_sent_on_is_what_others_understand() -> None:
    ours = new_id().hex

    sent_on = arrival("", traceparent(ours, STEP, is_sampled=True))

    assert sent_on == Arrival(ours, Span(ours, STEP))
    assert arrival("", traceparent(ours)).id == ours


def test_an_id_counts_within_its_block_alone() -> None:
    with correlation.under("outer-deed"):
        with correlation.under("inner-deed"):
            assert correlation.current() == "inner-deed"
        assert correlation.current() == "outer-deed"
    assert correlation.current() is None
