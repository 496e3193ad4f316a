"""Questions that lead over several records, and those that only the words of a record can answer."""

from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.shared.clinical.queries import searching
from tests.shared.clinical.scene import LOINC, observation, patient
from tests.shared.clinical.test_clinical_records import ids, made
from tests.shared.oauth.scene import App
from tests.shared.oauth.test_smart import bearing, chart

__all__ = ["chart"]


def organization(name: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "name": name, **more}


def practitioner(family: str) -> dict[str, Any]:
    return {"resourceType": "Practitioner", "name": [{"family": family, "given": ["Rosa"]}]}


def through(client: TestClient, address: str) -> list[str]:
    """The ids on all pages, in their order."""
    found: list[str] = []
    while address:
        answer = client.get(address)
        found += ids(answer)
        address = next((link["url"] for link in answer.json()["link"] if link["relation"] == "next"), "")
    return found


def test_a_chain_leads_over_several_records(doras: TestClient) -> None:
    whole = made(doras, organization("Nordic Health"))
    clinic = made(doras, organization("Harbour Clinic", partOf={"reference": f"Organization/{whole['id']}"}))
    rosa = made(doras, practitioner("Lindqvist"))
    his = made(doras, patient(generalPractitioner=[{"reference": f"Practitioner/{rosa['id']}"}]))
    hers = made(doras, patient("Medina", generalPractitioner=[{"reference": f"Organization/{clinic['id']}"}]))
    height, weight = made(doras, observation(his["id"])), made(doras, observation(hers["id"], "29463-7"))

    asked = {
        "patient.general-practitioner.name=lind": [height["id"]],
        "patient.general-practitioner.name=harbour": [weight["id"]],
        "patient.general-practitioner:Practitioner.name=harbour": [],
        "subject:Patient.general-practitioner:Organization.partof.name=nordic": [weight["id"]],
        "patient.general-practitioner:Organization.partof.partof.name=nordic": [],
        f"patient._has:Observation:patient:code={LOINC}|8302-2": [height["id"]],
    }
    for question, expected in asked.items():
        assert ids(doras.get(f"/fhir/Observation?{question}")) == expected, question


def test_a_chain_leads_only_over_what_the_scopes_of_a_program_reach(
    tenant: UUID, doras: TestClient, dora: Actor, chart: App
) -> None:
    rosa = made(doras, practitioner("Lindqvist"))
    made(doras, patient(generalPractitioner=[{"reference": f"Practitioner/{rosa['id']}"}]))

    with bearing(tenant, chart.let_in_by(dora, "user/Patient.rs user/Practitioner.rs")) as client:
        assert len(ids(client.get("/fhir/Patient?general-practitioner.name=lind"))) == 1
        named = client.get("/fhir/Patient?general-practitioner:Organization.name=lind")
    with bearing(tenant, chart.let_in_by(dora, "user/Patient.rs")) as client:
        none = client.get("/fhir/Patient?general-practitioner.name=lind")

    assert (named.status_code, none.status_code) == (403, 403)


def test_what_refers_to_a_record_may_itself_be_asked_what_refers_to_it(doras: TestClient) -> None:
    his, hers = made(doras, patient()), made(doras, patient("Medina"))
    height = made(doras, observation(his["id"]))
    made(doras, observation(hers["id"]))
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Growth"},
        "subject": {"reference": f"Patient/{his['id']}"}, "result": [{"reference": f"Observation/{height['id']}"}],
    }  # fmt: skip
    made(doras, report)

    its = "_has:Observation:patient:_has:DiagnosticReport:result:status"
    assert ids(doras.get(f"/fhir/Patient?{its}=final")) == [his["id"]]
    assert ids(doras.get(f"/fhir/Patient?{its}=preliminary")) == []
    assert ids(doras.get("/fhir/Patient?_has:Observation:patient:patient.family=medina")) == [hers["id"]]


def test_a_chain_that_leads_over_too_many_is_to_be_narrowed(monkeypatch: pytest.MonkeyPatch, doras: TestClient) -> None:
    monkeypatch.setattr(searching, "MOST_FOLLOWED", 1)
    his = made(
        doras, patient(generalPractitioner=[{"reference": f"Practitioner/{made(doras, practitioner('A'))['id']}"}])
    )
    height = made(doras, observation(his["id"]))
    assert ids(doras.get("/fhir/Observation?patient.general-practitioner.given=rosa")) == [height["id"]]

    made(doras, practitioner("B"))

    refused = doras.get("/fhir/Observation?patient.general-practitioner.given=rosa")
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (400, "invalid")
    assert "Practitioner" in refused.json()["issue"][0]["details"]["text"]


def test_patients_are_sorted_by_their_names(doras: TestClient) -> None:
    names = (("Östberg", "Åsa"), ("armstrong", "Bo"), ("Medina", "Ana"), ("Armstrong", "Ada"))
    oest, bo, ana, ada = (made(doras, patient(family, given))["id"] for family, given in names)
    nameless = made(doras, {"resourceType": "Patient", "gender": "female"})["id"]

    upwards = [ada, bo, ana, oest, nameless]
    for asked, expected in (
        ("family,given", upwards),
        ("-family,given", [oest, ana, ada, bo, nameless]),
        ("gender,family,given", [nameless, *upwards[:-1]]),
    ):
        assert through(doras, f"/fhir/Patient?_sort={asked}") == expected, asked
        assert through(doras, f"/fhir/Patient?_sort={asked}&_count=2") == expected, asked
    counted = doras.get("/fhir/Patient?_sort=family&_summary=count").json()
    assert (counted["total"], counted.get("entry")) == (5, None)


def test_records_are_sorted_by_codes_amounts_and_to_whom_they_belong(doras: TestClient) -> None:
    his = made(doras, patient())
    codes = (("29463-7", 92.5), ("8302-2", 180.5), ("39156-5", 24))
    weight, height, mass = (
        made(doras, observation(his["id"], code, valueQuantity={"value": value, "unit": "1"}))["id"]
        for code, value in codes
    )

    for asked, expected in (
        ("code", [weight, mass, height]),
        ("-code", [height, mass, weight]),
        ("value-quantity", [mass, weight, height]),
        ("-value-quantity", [height, weight, mass]),
        ("subject,-date,code", [weight, mass, height]),
    ):
        assert through(doras, f"/fhir/Observation?_sort={asked}&_count=1") == expected, asked


def test_of_several_amounts_the_least_or_the_greatest_counts(doras: TestClient) -> None:
    his = made(doras, patient())

    def pressure(*values: int) -> str:
        parts = [{"code": {"text": "Pressure"}, "valueQuantity": {"value": value}} for value in values]
        its: str = made(doras, observation(his["id"], "85354-9", component=parts))["id"]
        return its

    high, low = pressure(140, 60), pressure(120, 90)

    assert through(doras, "/fhir/Observation?_sort=component-value-quantity") == [high, low]
    assert through(doras, "/fhir/Observation?_sort=-component-value-quantity") == [high, low]


def test_nobody_is_shown_twice_when_somebody_comes_between_two_pages(doras: TestClient) -> None:
    first, second, third = (made(doras, patient(family))["id"] for family in ("Berg", "Dahl", "Falk"))
    page = doras.get("/fhir/Patient?_sort=family&_count=1").json()
    assert page["entry"][0]["resource"]["id"] == first

    made(doras, patient("Aalto"))

    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert through(doras, following) == [second, third]
    assert "Berg" not in following


def test_words_are_found_in_the_middle_of_a_name(doras: TestClient) -> None:
    his = made(doras, patient("Armstrong", "Álvaro"))
    made(doras, patient("Medina", "Ana"))

    for question in (
        "family:contains=MSTR",
        "name:contains=lvar",
        "given:contains=varo,nobody",
        "name:contains=ström,arm",
    ):
        assert ids(doras.get(f"/fhir/Patient?{question}")) == [his["id"]], question
    assert ids(doras.get("/fhir/Patient?family:contains=arms&gender=female")) == []
    height = made(doras, observation(his["id"]))
    assert ids(doras.get("/fhir/Observation?patient.family:contains=strong")) == [height["id"]]
    assert ids(doras.get("/fhir/Patient?_has:Observation:patient:code:text=body")) == [his["id"]]
    assert doras.get("/fhir/Patient?family:contains=mstr&_count=0").json()["total"] == 1


def test_codes_are_found_by_what_they_are_called(doras: TestClient) -> None:
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))
    worded = observation(his["id"], code="1234-5") | {"code": {"text": "Mood of the day"}}
    mood = made(doras, worded)

    assert ids(doras.get("/fhir/Observation?code:text=body+height")) == [height["id"]]
    assert ids(doras.get("/fhir/Observation?code:text=MOOD")) == [mood["id"]]
    assert ids(doras.get("/fhir/Observation?code:text=height")) == []


def test_what_leaves_too_many_to_be_read_is_to_be_narrowed(monkeypatch: pytest.MonkeyPatch, doras: TestClient) -> None:
    monkeypatch.setattr(searching, "MOST_READ", 2)
    hers = made(doras, patient("Medina", gender="female"))
    for _ in range(2):
        made(doras, patient())

    for question in ("_sort=family", "name:contains=med"):
        refused = doras.get(f"/fhir/Patient?{question}")
        assert (refused.status_code, refused.json()["resourceType"]) == (400, "OperationOutcome")
        assert "narrow it" in refused.json()["issue"][0]["details"]["text"]
        assert ids(doras.get(f"/fhir/Patient?{question}&gender=female")) == [hers["id"]]


def test_nobody_finds_by_words_what_they_may_not_see(doras: TestClient, dans: TestClient, adas: TestClient) -> None:
    his = made(doras, patient())

    assert ids(dans.get("/fhir/Patient?family:contains=strong")) == []
    assert ids(dans.get("/fhir/Patient?_sort=family")) == []
    assert ids(adas.get("/fhir/Patient?family:contains=strong")) == [his["id"]]
