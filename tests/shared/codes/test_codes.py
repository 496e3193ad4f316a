"""What a buyer wants to do either fits what a seller permits, or is answered with plain reasons."""

import csv
from pathlib import Path
from uuid import UUID

import pytest

from salus.kernel.context import nobody
from salus.shared.codes import queries
from salus.shared.codes.rules import (
    DUTIES,
    MEANINGS,
    PERMITTED,
    PROHIBITED,
    TERMS,
    Condition,
    Field,
    Kind,
    Purpose,
    PurposeProhibited,
    StatedUse,
    TermsContradict,
    check_purpose,
    check_terms,
    fits,
)
from salus.shared.codes.rules.matching import _LIMITS, _PERMITS

TRIAL = StatedUse(
    Purpose.RESEARCH,
    country="DE",
    institution="Nordlys Institute",
    is_commercial=False,
    is_by_nonprofit=True,
    months=12,
    disease="atrial fibrillation",
    research="cardiology",
    project="Rhythm 3",
)
ANY_RESEARCH = Condition("GRU")


def use(**differences: object) -> StatedUse:
    return StatedUse(**(vars(TRIAL) | differences))  # type: ignore[arg-type]


def test_every_term_carries_the_identifier_that_the_ontology_gives_it(samples: Path) -> None:
    with (samples / "health/EBISPOT__DUO/duo.csv").open() as file:
        official = {row["shorthand"]: row["id"] for row in csv.DictReader(file) if row["shorthand"]}

    assert {term.shorthand: term.id for term in TERMS.values()} == official


def test_no_words_of_the_ontology_were_copied(samples: Path) -> None:
    with (samples / "health/EBISPOT__DUO/duo.csv").open() as file:
        theirs = {row["shorthand"]: row["description"] for row in csv.DictReader(file)}

    for term in TERMS.values():
        assert term.for_buyer not in theirs[term.shorthand]


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_every_term_speaks_to_both_sides_and_names_its_value(term) -> None:
    assert term.for_buyer.startswith(f"You {term.force}")
    assert term.for_buyer.endswith(".")
    assert "You " not in term.for_seller
    assert ("{value}" in term.for_buyer) == ("{value}" in term.for_seller) == (term.parameter is not None)


def test_every_term_is_matched_by_exactly_one_rule() -> None:
    rules = [*_PERMITS, *_LIMITS, *DUTIES]

    assert sorted(rules) == sorted(TERMS)
    assert {code for code in _PERMITS if TERMS[code].kind is Kind.MODIFIER} == {"CC"}


PERMITTING = [
    ("NRES", "", use(purpose=Purpose.POLICY), use(purpose=Purpose.ADVERTISING)),
    ("GRU", "", use(), use(purpose=Purpose.CARE)),
    ("HMB", "", use(purpose=Purpose.EDUCATION), use(fields=frozenset({Field.ANCESTRY}))),
    ("DS", "Atrial  Fibrillation", use(), use(disease="diabetes")),
    ("DS", "atrial fibrillation", use(), use(disease="")),
    ("POA", "", use(fields=frozenset({Field.ANCESTRY})), use()),
    ("CC", "", use(purpose=Purpose.CARE), use()),
]


@pytest.mark.parametrize(("code", "value", "fitting", "foreign"), PERMITTING)
def test_a_permission_permits_what_it_says_and_nothing_else(
    code: str, value: str, fitting: StatedUse, foreign: StatedUse
) -> None:
    assert fits([Condition(code, value)], fitting).holds
    assert not fits([Condition(code, value)], foreign).holds


LIMITING = [
    ("NPOA", "", use(), use(fields=frozenset({Field.ANCESTRY}))),
    ("NMDS", "", use(), use(purpose=Purpose.ALGORITHMS)),
    ("NMDS", "", use(), use(fields=frozenset({Field.METHODS}))),
    ("GSO", "", use(fields=frozenset({Field.GENETICS})), use()),
    ("RS", "cardiology", use(), use(research="dermatology")),
    ("NCU", "", use(), use(is_commercial=True)),
    ("NPU", "", use(is_commercial=True), use(is_by_nonprofit=False)),
    ("NPUNCU", "", use(), use(is_commercial=True)),
    ("NPUNCU", "", use(), use(is_by_nonprofit=False)),
    ("GS", "de, AT", use(), use(country="US")),
    ("GS", "EU", use(), use(country="NO")),
    ("GS", "EEA", use(country="NO"), use(country="CH")),
    ("IS", "nordlys institute", use(), use(institution="Helios")),
    ("PS", "rhythm 3", use(), use(project="Rhythm 4")),
    ("TS", "12", use(), use(months=13)),
    ("TS", "12", use(), use(months=None)),
    *((duty, "", use(accepts=frozenset({duty})), use()) for duty in sorted(DUTIES)),
]


@pytest.mark.parametrize(("code", "value", "fitting", "foreign"), LIMITING)
def test_a_modifier_stops_what_it_limits_and_says_why(
    code: str, value: str, fitting: StatedUse, foreign: StatedUse
) -> None:
    limit = Condition(code, value)

    assert fits([ANY_RESEARCH, limit], fitting).holds
    refused = fits([ANY_RESEARCH, limit], foreign)
    assert not refused.holds
    assert limit.for_buyer in " ".join(refused.reasons)


def test_one_of_several_permissions_is_enough_but_every_modifier_must_hold() -> None:
    offer = [Condition("DS", "asthma"), Condition("CC"), Condition("GS", "EU"), Condition("NCU")]

    assert fits(offer, use(purpose=Purpose.CARE)).reasons == ("You may also use the data to care for patients.",)
    assert fits(offer, use(disease="asthma")).holds
    both = fits(offer, use(disease="asthma", country="US", is_commercial=True))
    assert len(both.reasons) == 2


def test_a_modifier_alone_permits_nothing() -> None:
    assert not fits([Condition("PUB")], use(accepts=frozenset({"PUB"}))).holds
    assert not fits([], use()).holds


@pytest.mark.parametrize("purpose", PROHIBITED)
def test_what_the_law_prohibits_fits_no_terms_at_all(purpose: Purpose) -> None:
    assert not fits([Condition("NRES")], use(purpose=purpose)).holds
    with pytest.raises(PurposeProhibited):
        check_purpose(purpose)


def test_every_purpose_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Purpose) == {*PERMITTED, *PROHIBITED}
    for purpose in PERMITTED:
        check_purpose(purpose)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [Condition("PUB")],
        [Condition("XYZ")],
        [Condition("DS")],
        [Condition("DS", "  ")],
        [Condition("GRU"), Condition("TS", "a year")],
        [Condition("GRU"), Condition("TS", "0")],
        [Condition("GRU"), Condition("GRU")],
        [Condition("POA"), Condition("NPOA")],
    ],
)
def test_terms_that_make_no_sense_are_refused(conditions: list[Condition]) -> None:
    with pytest.raises(TermsContradict):
        check_terms(conditions)


def test_everyone_can_read_the_lists_prohibited_purposes_included(tenant: UUID) -> None:
    with nobody(tenant) as ctx:
        terms, purposes = queries.terms(ctx), queries.purposes(ctx)

    assert {term.shorthand for term in terms} == set(TERMS)
    assert {meaning.is_permitted for meaning in purposes} == {True, False}


def test_sensible_terms_are_accepted() -> None:
    check_terms([Condition("DS", "asthma"), Condition("NPU"), Condition("TS", "12"), Condition("PUB")])
