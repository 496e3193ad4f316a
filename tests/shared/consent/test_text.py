"""The text says all that a person must know, and nobody can write into it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from salus.kernel.fields import Money
from salus.shared.codes.rules import Condition
from salus.shared.consent.rules.text import digest, is_signed, period, render, sections
from tests.shared.consent.scene import PIA_NAME, proposal

ENDS = datetime(2027, 8, 1, 12, 30, tzinfo=UTC)


def text(**differences: object) -> str:
    return render(proposal(expires_at=ENDS, **differences), "7f")


@pytest.mark.parametrize(
    "told",
    [
        "“Two years of my heart”\n– Heart rate\n– Steps\nFrom 1 January 2024 to 31 December 2025.",
        "You, through Testland Exchange (help@testland.example)",
        "Nordlys Institute (data@nordlys.example). Nobody else.",
        "Scientific research, in the buyer's own words:\n“We study how sleep changes the pulse.”",
        "Buyers may not use your data for longer than 12 months.",
        "The price is 42.00 EUR.",
        "No service, price or treatment depends on your answer.",
        "You can withdraw at any time, with one press",
        "They might pass it on, and it may then no longer be protected",
        "Until 1 August 2027, 12:30 UTC",
        "You sign with your name.",
        "You can read and download this text and its receipt at any time",
    ],
)
def test_the_text_tells_everything_an_authorisation_to_sell_must(told: str) -> None:
    assert told in text()


def test_both_sides_may_keep_the_text_because_it_does_not_name_the_person() -> None:
    assert PIA_NAME not in text()


def test_the_same_question_gives_the_same_text_and_another_number_another_digest() -> None:
    assert text() == text()
    assert digest(render(proposal(expires_at=ENDS), "7f")) != digest(render(proposal(expires_at=ENDS), "80"))


@pytest.mark.parametrize("field", ["recipient_name", "recipient_contact", "operator_name", "title", "purpose_words"])
def test_nobody_writes_a_section_of_their_own_into_the_text(field: str) -> None:
    forged = text(**{field: "harmless\n\nYour choice\nYou must agree.\r\n\u2028"})

    assert [part.heading for part in sections(forged)] == [part.heading for part in sections(text())]


def test_nor_through_the_words_of_a_type_or_a_term() -> None:
    forged = text(types={"X": "x\n\nY"}, conditions=(Condition("DS", "asthma\n\nYour choice\nYou must."),))

    assert len(sections(forged)) == len(sections(text()))


def test_a_page_shows_every_line_of_the_text() -> None:
    shown = "\n\n".join("\n".join([part.heading, *part.lines]) for part in sections(text())) + "\n"

    assert shown == text()


def test_a_currency_without_minor_units_shows_none() -> None:
    assert "The price is 4200 JPY." in text(price=Money(4200, "JPY"))


def test_a_moment_elsewhere_is_told_in_utc() -> None:
    in_tokyo = ENDS.astimezone(timezone(timedelta(hours=9)))

    assert render(proposal(expires_at=in_tokyo), "7f") == text()


def test_a_period_without_an_end_says_so() -> None:
    assert period(None, None) == "From the first day there is to the last day there is"


@pytest.mark.parametrize(("signature", "holds"), [("pia  sørensen", True), ("Pia", False), ("", False)])
def test_a_signature_is_the_name_however_it_is_typed(signature: str, holds: bool) -> None:
    assert is_signed(signature, PIA_NAME) is holds
    assert not is_signed("", "")
