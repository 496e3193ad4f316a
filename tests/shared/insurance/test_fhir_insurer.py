"""The adapter that speaks FHIR does what every insurer's must, and believes nothing that it should not."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from salus.kernel import outbound
from salus.kernel.ids import new_id
from salus.kernel.outbound import Answer
from salus.shared.insurance.gateways import Eligibility, FhirInsurer, InsurerGateway, InsurerUnavailable, Question
from salus.shared.insurance.models import Because, CheckState, Service
from tests.shared.insurance.insurer_contract import InsurerContract
from tests.shared.insurance.sim_office import KEY, PAYER, SimOffice, open_office

ASKED = Question(new_id(), "NH 1234 0001", Service.X_RAY, date(2026, 12, 1), datetime(2026, 11, 24, tzinfo=UTC))


@pytest.fixture(scope="module")
def outside() -> Iterator[SimOffice]:
    with open_office() as office:
        yield office


@pytest.fixture
def insurer(outside: SimOffice) -> InsurerGateway:
    return FhirInsurer(outside.url, PAYER, KEY, is_ours=True)


class TestFhirInsurer(InsurerContract):
    pass


def test_an_insurer_inside_the_network_is_asked_only_if_it_is_the_operators(outside: SimOffice) -> None:
    with pytest.raises(InsurerUnavailable) as told:
        FhirInsurer(outside.url, PAYER, KEY).check(ASKED)

    assert told.value.because is Because.UNREACHABLE


class Dictated:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.asked: dict[str, Any] = {}
        self.answer: dict[str, Any] = {
            "resourceType": "CoverageEligibilityResponse",
            "status": "active",
            "outcome": "complete",
            "request": {"reference": f"https://fhir.example/CoverageEligibilityRequest/{ASKED.id}"},
            "patient": {"identifier": {"value": ASKED.member_number}},
            "insurer": {"reference": f"Organization/{PAYER}"},
        }
        patch.setattr(outbound, "request", self._answer)

    def _answer(self, *_: object, content: bytes, **__: object) -> Answer:
        self.asked = json.loads(content)
        return Answer(200, {}, json.dumps(self.answer).encode())

    def says(self, *insurance: dict[str, Any], **other: Any) -> Eligibility:
        self.answer |= {"insurance": list(insurance)} | other
        return FhirInsurer("https://fhir.example", PAYER, KEY).check(ASKED)


@pytest.fixture
def dictated(monkeypatch: pytest.MonkeyPatch) -> Dictated:
    return Dictated(monkeypatch)


def item(code: str, **other: Any) -> dict[str, Any]:
    return {"category": {"coding": [{"code": code}]}} | other


def test_the_insurer_learns_the_member_number_and_nothing_else_of_the_person(dictated: Dictated) -> None:
    dictated.says({"inforce": True, "item": [item("4")]})

    asked = dictated.asked
    assert asked["patient"]["identifier"]["value"] == "NH 1234 0001"
    assert (asked["servicedDate"], asked["item"][0]["category"]["coding"][0]["code"]) == ("2026-12-01", "4")
    assert set(asked["patient"]) == {"type", "identifier"}
    assert asked.keys() == {
        *("resourceType", "id", "identifier", "status", "purpose", "patient", "servicedDate", "created"),
        *("insurer", "insurance", "item"),
    }


@pytest.mark.parametrize(
    ("insurance", "because"),
    [
        ([{"inforce": True, "item": [item("4")]}], Because.IN_FORCE),
        ([{"inforce": True, "item": [item("4", excluded=True)]}], Because.NOT_COVERED),
        ([{"inforce": True, "item": [item("4", excluded=True), item("4")]}], Because.IN_FORCE),
        ([{"inforce": True, "item": [item("35")]}], Because.NOT_SAID),
        ([{"inforce": True}], Because.NOT_SAID),
        ([{"inforce": False, "item": [item("4")]}], Because.NOT_IN_FORCE),
        ([{"inforce": False}, {"inforce": True, "item": [item("4")]}], Because.IN_FORCE),
        ([{"item": [item("4")]}], Because.NOT_KNOWN),
        ([], Because.NOT_KNOWN),
        ([{"inforce": True, "benefitPeriod": {"start": "2026-12-02"}}], Because.NOT_IN_FORCE),
        ([{"inforce": True, "benefitPeriod": {"end": "2026-11"}}], Because.NOT_IN_FORCE),
        (
            [{"inforce": True, "benefitPeriod": {"start": "2026", "end": "2026-12-01T23:59:59Z"}, "item": [item("4")]}],
            Because.IN_FORCE,
        ),
    ],
)
def test_what_the_insurer_says_is_taken_as_it_says_it(
    dictated: Dictated, insurance: list[dict[str, Any]], because: Because
) -> None:
    assert dictated.says(*insurance).because is because


def test_only_what_was_asked_for_needs_an_authorisation(dictated: Dictated) -> None:
    mri = item("62", authorizationRequired=True)

    assert not dictated.says({"inforce": True, "item": [mri, item("4")]}).needs_authorization
    assert dictated.says({"inforce": True, "item": [mri, item("4", authorizationRequired=True)]}).needs_authorization


@pytest.mark.parametrize(
    "lie",
    [
        {"status": "cancelled"},
        {"patient": {"reference": "Patient/NH 1234 0002"}},
        {"patient": {}},
        {"request": {"reference": f"Claim/{ASKED.id}"}},
        {"insurer": {"identifier": {"value": "NORDIC-10"}}},
        {"insurance": [{"inforce": "true"}]},
        {"insurance": {}},
        {"disposition": 7},
        {"disposition": "x" * 2_001},
    ],
)
def test_an_answer_about_something_else_or_of_another_shape_is_not_believed(
    dictated: Dictated, lie: dict[str, Any]
) -> None:
    dictated.says({"inforce": True, "item": [item("4")]})

    with pytest.raises(InsurerUnavailable) as told:
        dictated.says({"inforce": True, "item": [item("4")]}, **lie)

    assert told.value.because is Because.NOT_BELIEVED


def test_the_state_is_decided_only_by_what_is_in_force(dictated: Dictated) -> None:
    assert dictated.says({"inforce": True, "item": [item("4")]}).state is CheckState.ELIGIBLE
    assert dictated.says({"inforce": True}).state is CheckState.UNKNOWN
    assert dictated.says({"inforce": False}).state is CheckState.NOT_ELIGIBLE
