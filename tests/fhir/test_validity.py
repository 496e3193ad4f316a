"""Whatever leaves by the FHIR door is valid by the definitions of R4: a validator that nobody here wrote says so."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.exchanges.appointments.scene import next_monday, on
from tests.fhir.conftest import Clinic
from tests.shared.clinical.scene import observation
from tests.shared.consent.scene import Exchange
from tests.shared.insurance.scene import answered

LEAVES = frozenset(
    {
        "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Schedule",
        "Slot", "Appointment", "Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "AuditEvent",
        "Consent", "CapabilityStatement", "OperationOutcome", "Bundle",
    }
)  # fmt: skip
"""Every type that is made here: of what modules own, of what the door says, and of what it puts together."""
MADE_BY_DOOR = frozenset({"CapabilityStatement", "OperationOutcome", "Bundle"})


@pytest.fixture
def lived(clinic: Clinic) -> Clinic:
    """Petra is insured, agreed to something, was measured, and has one appointment before her and one cancelled."""
    petra, surgery = clinic.people["Petra"], clinic.surgery
    answered(surgery.tenant, clinic.people["Ada"], petra)
    exchange = Exchange(surgery.tenant)
    exchange.pia = petra
    exchange.given()
    exchange.ask()
    surgery.book(petra, on(next_monday(2), "09:00"), reason="A cough")
    surgery.cancel(petra, surgery.book(petra, on(next_monday(2), "11:00")))
    with _program(clinic, "Dora") as doras:
        doras.post("/Observation", json=observation(str(petra.id))).raise_for_status()
    return clinic


def test_every_resource_that_leaves_is_valid(lived: Clinic) -> None:
    told = [*_told_to(lived, "Petra"), *_told_to(lived, "Dora"), *_told_to(lived, "Ada"), *_refusals(lived)]

    assert {resource["resourceType"] for resource in told} >= LEAVES
    assert len(told) > 200
    said = lived.run("validate.mjs", sent="".join(f"{json.dumps(resource)}\n" for resource in told))
    assert sorted(set(said.splitlines())) == []


def test_the_validator_sees_what_is_wrong(clinic: Clinic) -> None:
    wrong = {"resourceType": "Slot", "start": "soon", "status": "free"}

    said = clinic.run("validate.mjs", sent=json.dumps(wrong)).splitlines()

    assert [line.partition(" at ")[2] for line in said if "error" in line] == [
        "Slot.schedule",
        "Slot.start",
        "Slot.end",
    ]


def _program(clinic: Clinic, name: str) -> httpx2.Client:
    headers = {"authorization": f"Bearer {clinic.token(name)}", "x-purpose": "A complaint, number 12"}
    return httpx2.Client(base_url=clinic.fhir, headers=headers, trust_env=False, timeout=60)


def _told_to(clinic: Clinic, name: str) -> Iterator[dict[str, Any]]:
    """All that somebody's program can have: bundles, and what is in them, and single resources and their histories."""
    schedule = f"schedule={clinic.surgery.visit_type.id}"
    asked = [f"/{kind}?_count=30&{schedule if kind == 'Slot' else ''}" for kind in sorted(LEAVES - MADE_BY_DOOR)]
    patient = f"/Patient/{clinic.people['Petra'].id}"
    asked += [
        "/metadata", "/Observation?_summary=count", "/Observation?_elements=code&nothing=x", f"{patient}/$everything",
        f"{patient}/_history", "/Appointment/_history", "/Appointment?_include=Appointment:actor", patient,
    ]  # fmt: skip
    with _program(clinic, name) as program:
        for path in asked:
            answer = program.get(path)
            assert answer.status_code == 200, (name, path, answer.text)
            yield from _unpacked(answer.json())
        entries = [
            {"request": {"method": "GET", "url": url}} for url in (patient.lstrip("/"), "Patient/none", "Patient")
        ]
        batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        yield from _unpacked(program.post(clinic.fhir, json=batch).json())


def _unpacked(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield resource
    for entry in resource.get("entry", []):
        yield from _unpacked(entry["resource"]) if "resource" in entry else ()
        yield from [entry["response"]["outcome"]] if "outcome" in entry.get("response", {}) else ()


def _refusals(clinic: Clinic) -> Iterator[dict[str, Any]]:
    with _program(clinic, "Dora") as program:
        refused = [
            program.get("/Patient/none"),
            program.get("/Nothing"),
            program.get("/Patient?birthdate=soon"),
            program.get("/Patient", headers={"authorization": ""}),
            program.post("/Patient", content=b"{"),
            program.post("/Patient", json={"resourceType": "Patient", "gender": "robot", "name": []}),
            program.post("/Patient/$validate", json={"resourceType": "Patient"}),
            program.delete("/Consent/none"),
        ]
    for answer in refused:
        assert answer.json()["resourceType"] == "OperationOutcome", answer.text
        yield answer.json()
