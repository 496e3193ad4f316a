"""Apple's names in plain words, and what a population's values look like."""

import json
from pathlib import Path

import pytest

from salus.formats.apple_health import PRIORS, TYPES, Kind, activity_name, plain_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("HKQuantityTypeIdentifierStepCount", "Steps"),
        ("HKCategoryTypeIdentifierSleepAnalysis", "Sleep"),
        ("HKQuantityTypeIdentifierMoonPhase", "Moon phase (unknown type)"),
        ("SomethingElse", "Something else (unknown type)"),
        ("", " (unknown type)"),
    ],
)
def test_a_type_has_a_plain_name_or_says_that_it_is_unknown(code: str, name: str) -> None:
    assert plain_name(code) == name


def test_an_activity_has_a_plain_name() -> None:
    assert activity_name("HKWorkoutActivityTypeHighIntensityIntervalTraining") == "High intensity interval training"


def test_no_two_types_share_a_code_and_every_type_has_a_name_and_a_group() -> None:
    assert all(known.code == code and known.name and known.group for code, known in TYPES.items())
    assert len({known.name for known in TYPES.values()}) >= len(TYPES) - 1


def test_the_loinc_codes_are_those_of_the_public_mapping(samples: Path) -> None:
    path = samples / "StanfordBDHG__HealthKitOnFHIR/Sources/HealthKitOnFHIR/Resources/HKSampleMapping.json"
    mapping = json.loads(path.read_text())
    for section in ("HKQuantitySamples", "HKCategorySamples", "HKCorrelations"):
        for code, entry in mapping[section].items():
            codes = [c["code"] for c in entry["codings"] if c["system"] == "http://loinc.org"]
            loinc = [code for code in codes if not code.startswith("LP")]
            assert code in TYPES, code
            assert TYPES[code].loinc == (loinc[0] if loinc else None), code


def test_priors_are_of_known_quantities_and_plausible() -> None:
    for code, prior in PRIORS.items():
        assert TYPES[code].kind is Kind.QUANTITY
        assert TYPES[code].unit == prior.unit
        assert prior.low <= prior.mean <= prior.high
        assert prior.spread >= 0
        assert prior.per_day > 0
