"""What people say of their insurance and insurers of them can be read as FHIR, and be said and asked as FHIR too."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.tenants import tenant_named
from salus.shared.insurance import actions
from salus.shared.people import actions as people
from salus.web import security
from tests.browsing import application, caller
from tests.cast import PASSWORD, email_of, later
from tests.shared.insurance.scene import Desk, in_days
from tests.shared.insurance.sim_office import PAYER, SimOffice


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    security._counts.clear()


def program_of(desk: Desk, name: str) -> TestClient:
    with nobody(desk.tenant, origin=Origin(channel="api")) as ctx:
        token = people.sign_in(ctx, email=email_of(name), password=PASSWORD).token
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
    return caller(application(), tenant_named(desk.tenant).hosts[0], headers=headers)


@pytest.fixture
def program(desk: Desk, petra: Actor) -> Iterator[TestClient]:
    """Petra's."""
    with program_of(desk, "Petra") as opened:
        yield opened


def read(program: TestClient, kind: str, its: object) -> dict[str, Any]:
    answer = program.get(f"/fhir/{kind}/{its}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def told(program: TestClient, kind: str, resource: dict[str, Any]) -> Any:
    return program.post(f"/fhir/{kind}", content=json.dumps({"resourceType": kind, "status": "active"} | resource))


def test_insurance_and_what_the_insurer_said_are_in_the_clinical_record(
    desk: Desk, petra: Actor, program: TestClient
) -> None:
    coverage = desk.insured(petra)
    check = desk.asks(petra, coverage)

    insured = read(program, "Coverage", coverage.id)
    answer = read(program, "CoverageEligibilityResponse", check.id)
    question = read(program, "CoverageEligibilityRequest", check.id)
    assert insured["beneficiary"] == {"reference": f"Patient/{petra.id}"}
    assert (insured["status"], insured["subscriberId"]) == ("active", desk.office.covered)
    assert question["insurance"][0]["coverage"] == {"reference": f"Coverage/{coverage.id}"}
    assert answer["request"] == {"reference": f"CoverageEligibilityRequest/{check.id}"}
    assert (answer["outcome"], answer["insurance"][0]["inforce"]) == ("complete", True)
    assert answer["disposition"] == "The plan covers this."


def test_what_the_insurer_has_not_said_is_queued_and_stays_so_in_one_version(
    desk: Desk, petra: Actor, program: TestClient
) -> None:
    coverage = desk.insured(petra)
    with desk.office.failure():
        check = desk.asks(petra, coverage)
        with later(minutes=1):
            desk.worker_looks()
    waiting = read(program, "CoverageEligibilityResponse", check.id)
    with later(hours=1):
        desk.worker_looks()
    answer = read(program, "CoverageEligibilityResponse", check.id)

    assert (waiting["outcome"], waiting["meta"]["versionId"]) == ("queued", "1")
    assert (answer["outcome"], answer["meta"]["versionId"]) == ("complete", "2")


def test_insurance_that_was_removed_is_cancelled(desk: Desk, petra: Actor, program: TestClient) -> None:
    coverage = desk.insured(petra)
    with Context(petra, desk.tenant) as ctx:
        actions.remove_coverage(ctx, coverage)

    assert read(program, "Coverage", coverage.id)["status"] == "cancelled"


@pytest.mark.usefixtures("per")
def test_nobody_reads_of_anothers_insurance(desk: Desk, petra: Actor) -> None:
    coverage = desk.insured(petra)
    check = desk.asks(petra, coverage)

    with program_of(desk, "Per") as pers:
        found = [
            pers.get(f"/fhir/{kind}/{its}").status_code
            for kind, its in (("Coverage", coverage.id), ("CoverageEligibilityResponse", check.id))
        ]
        listed = pers.get("/fhir/Coverage?_total=accurate").json()

    assert found == [404, 404]
    assert listed["total"] == 0


def test_a_program_adds_insurance_and_asks_as_fhir_and_is_answered(
    desk: Desk, petra: Actor, program: TestClient, office: SimOffice
) -> None:
    insured = told(
        program,
        "Coverage",
        {
            "subscriberId": office.asks_first,
            "beneficiary": {"reference": f"Patient/{petra.id}"},
            "payor": [{"identifier": {"value": PAYER}}],
            "period": {"start": "2026-01-01"},
            "class": [{"type": {"text": "plan"}, "value": "Everything and teeth"}],
        },
    )
    assert insured.status_code == 201, insured.text
    asked = told(
        program,
        "CoverageEligibilityRequest",
        {
            "purpose": ["benefits"],
            "patient": {"reference": f"Patient/{petra.id}"},
            "created": "2026-11-24",
            "servicedDate": in_days(9).isoformat(),
            "insurer": {"identifier": {"value": PAYER}},
            "insurance": [{"coverage": {"reference": f"Coverage/{insured.json()['id']}"}}],
            "item": [{"category": {"coding": [{"code": "62"}]}}],
        },
    )
    assert asked.status_code == 201, asked.text
    assert read(program, "CoverageEligibilityResponse", asked.json()["id"])["outcome"] == "queued"

    with later(seconds=11):
        desk.worker_looks()

    answer = read(program, "CoverageEligibilityResponse", asked.json()["id"])
    (item,) = answer["insurance"][0]["item"]
    assert (answer["outcome"], item["authorizationRequired"]) == ("complete", True)
    assert item["category"]["coding"][0]["code"] == "62"
    assert insured.json()["class"][0]["value"] == "Everything and teeth"


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("Coverage", {"payor": [{"identifier": {"value": "NOBODY"}}]}, "Coverage.payor"),
        ("Coverage", {"payor": [{"display": "mine"}]}, "Coverage.payor"),
        ("Coverage", {"beneficiary": {"reference": "Patient/01a20da2-a9fa-726a-97ce-28f80d629389"}}, "Coverage"),
        ("Coverage", {"period": {"start": "2026"}}, "Coverage"),
        ("Coverage", {"subscriberId": None}, "Coverage"),
        ("CoverageEligibilityRequest", {"servicedDate": "2026"}, "CoverageEligibilityRequest"),
        ("CoverageEligibilityRequest", {"insurance": []}, "CoverageEligibilityRequest"),
        (
            "CoverageEligibilityRequest",
            {"item": [{"category": {"coding": [{"code": "none"}]}}]},
            "CoverageEligibilityRequest",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_with_an_operation_outcome(
    desk: Desk, petra: Actor, program: TestClient, kind: str, wrong: dict[str, Any], field: str
) -> None:
    coverage, patient = desk.insured(petra), {"reference": f"Patient/{petra.id}"}
    right = {
        "Coverage": {
            "subscriberId": "NH 7",
            "beneficiary": patient,
            "payor": [{"identifier": {"value": PAYER}}],
        },
        "CoverageEligibilityRequest": {
            "purpose": ["benefits"],
            "patient": patient,
            "created": "2026-11-24",
            "servicedDate": in_days(9).isoformat(),
            "insurer": {"identifier": {"value": PAYER}},
            "insurance": [{"coverage": {"reference": f"Coverage/{coverage.id}"}}],
        },
    }[kind]
    sent = {name: value for name, value in (right | wrong).items() if value is not None}

    refused = told(program, kind, sent)

    assert (refused.status_code, refused.json()["resourceType"]) == (422, "OperationOutcome")
    assert field in refused.text
    assert told(program, kind, right).status_code == 201


def test_nobody_writes_the_insurers_answer(desk: Desk, petra: Actor, program: TestClient) -> None:
    check = desk.asks(petra, desk.insured(petra, desk.office.lapsed))
    answer = read(program, "CoverageEligibilityResponse", check.id)
    forged = answer | {"outcome": "complete", "insurance": [{"coverage": {"display": "mine"}, "inforce": True}]}

    answers = [
        program.put(f"/fhir/CoverageEligibilityResponse/{check.id}", content=json.dumps(forged)).status_code,
        told(program, "CoverageEligibilityResponse", forged).status_code,
        program.delete(f"/fhir/CoverageEligibilityResponse/{check.id}").status_code,
        program.put(
            f"/fhir/Coverage/{check.coverage_id}", content=json.dumps(read(program, "Coverage", check.coverage_id))
        ).status_code,
    ]

    assert answers == [405, 405, 405, 405]
    assert read(program, "CoverageEligibilityResponse", check.id) == answer
