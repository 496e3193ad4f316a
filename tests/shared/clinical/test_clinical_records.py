"""Resources are kept as they came, version by version, and found by what stands in them."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from tests.cast import at_once
from tests.shared.clinical.scene import LOINC, MRN, observation, patient

Sql = Callable[..., list[tuple[Any, ...]]]


def made(client: TestClient, resource: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/fhir/{resource['resourceType']}", json=resource)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", []) if entry["search"]["mode"] == "match"]


def test_a_resource_comes_back_with_every_digit(doras: TestClient) -> None:
    his = made(doras, patient())
    sent = json.dumps(observation(his["id"])).replace("180.5", "180.50")

    answer = doras.post("/fhir/Observation", content=sent)

    assert '"value":180.50' in answer.text
    read = doras.get(answer.headers["location"])
    assert read.text == answer.text
    assert read.headers["etag"] == 'W/"1"'
    assert read.headers["content-type"].startswith("application/fhir+json")


def test_nothing_of_a_resource_lies_about_in_plain_words(doras: TestClient, tenant: UUID, owner_sql: Sql) -> None:
    his = made(doras, patient(family="Quixotic"))
    made(doras, observation(his["id"], "quixotic-1", note=[{"text": "Unmistakable words"}]))

    for table in ("resources", "words", "moments", "amounts"):
        rows = owner_sql(f"SELECT row_to_json(t)::text FROM clinical_{table} AS t", tenant)
        assert rows
        assert not [row for (row,) in rows if "uixotic" in row or "Unmistakable" in row]


def test_a_patient_is_found_by_the_beginning_of_a_name_without_accents(doras: TestClient) -> None:
    his = made(doras, patient(family="Armstrong", given="Álvaro"))
    made(doras, patient(family="Bernhard", given="Bruno", birthDate="1984-01-02"))

    for question in ("family=arm", "given=alv", "name=ARMSTRONG", "family:exact=Armstrong", "birthdate=1961"):
        assert ids(doras.get(f"/fhir/Patient?{question}")) == [his["id"]], question
    assert ids(doras.get("/fhir/Patient?family:exact=armstrong")) == []
    assert ids(doras.get("/fhir/Patient?family=rmstrong")) == []


def test_tokens_are_found_with_and_without_their_system(doras: TestClient) -> None:
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))
    made(doras, observation(his["id"], "29463-7"))

    for code in (f"{LOINC}|8302-2", "8302-2", "8302-2,0000-0"):
        assert ids(doras.get("/fhir/Observation", params={"code": code})) == [height["id"]], code
    assert len(ids(doras.get("/fhir/Observation", params={"code": f"{LOINC}|"}))) == 2
    assert ids(doras.get("/fhir/Observation", params={"code": "urn:other|8302-2"})) == []
    assert ids(doras.get("/fhir/Observation", params={"code:not": "29463-7"})) == [height["id"]]
    assert ids(doras.get("/fhir/Observation", params={"category:missing": "false"})) == []


def test_dates_and_amounts_are_compared(doras: TestClient) -> None:
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))

    found = ("date=2024-03-05", "date=ge2024", "date=lt2024-04", "date=sa2024-03-04", "date=2024-03-05T08:15:00Z",
             "value-quantity=180.5", "value-quantity=gt180", "value-quantity=le180.5||cm",
             "value-quantity=ap185|http://unitsofmeasure.org|cm", "combo-value-quantity=gt1")  # fmt: skip
    missed = ("date=2024-03-06", "date=lt2024", "date=eb2024-03-05", "value-quantity=gt180.5", "value-quantity=182",
              "value-quantity=gt1||kg")  # fmt: skip
    for question in found:
        assert ids(doras.get(f"/fhir/Observation?{question}")) == [height["id"]], question
    for question in missed:
        assert ids(doras.get(f"/fhir/Observation?{question}")) == [], question


def test_blood_pressure_is_found_in_its_components(doras: TestClient) -> None:
    his = made(doras, patient())
    pressure = observation(his["id"], "85354-9")
    del pressure["valueQuantity"]
    pressure["component"] = [
        {"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, "valueQuantity": {"value": 140, "code": "mm[Hg]"}}
    ]
    its = made(doras, pressure)

    assert ids(doras.get("/fhir/Observation?combo-code=8480-6&component-value-quantity=gt139")) == [its["id"]]
    assert ids(doras.get("/fhir/Observation?code=8480-6")) == []


def test_references_are_followed_there_and_back(doras: TestClient) -> None:
    his = made(doras, patient())
    hers = made(doras, patient(family="Medina", given="María"))
    height = made(doras, observation(his["id"]))
    made(doras, observation(hers["id"], "29463-7"))

    for question in (
        f"patient={his['id']}",
        f"subject=Patient/{his['id']}",
        "subject:Patient.family=armstrong",
        "patient.identifier=" + f"{MRN}|armstrong",
    ):
        assert ids(doras.get(f"/fhir/Observation?{question}")) == [height["id"]], question
    assert ids(doras.get("/fhir/Patient?_has:Observation:patient:code=8302-2")) == [his["id"]]
    assert ids(doras.get("/fhir/Patient?_has:Observation:patient:code=none")) == []
    with_him = doras.get(f"/fhir/Observation?_id={height['id']}&_include=Observation:patient").json()
    assert [entry["search"]["mode"] for entry in with_him["entry"]] == ["match", "include"]
    with_it = doras.get(f"/fhir/Patient?_id={his['id']}&_revinclude=Observation:subject").json()
    assert [entry["resource"]["id"] for entry in with_it["entry"]] == [his["id"], height["id"]]


def test_pages_lead_through_all_of_them_once(doras: TestClient) -> None:
    his = made(doras, patient())
    every = [
        made(doras, observation(his["id"], effectiveDateTime=f"2024-03-{day:02}"))["id"] for day in (5, 3, 4, 1, 2)
    ]

    for order, expected in (("", every), ("&_sort=-date", [every[i] for i in (0, 2, 1, 4, 3)])):
        found, address = [], f"/fhir/Observation?patient={his['id']}&_count=2&_total=accurate{order}"
        while address:
            page = doras.get(address).json()
            assert page["total"] == 5
            found += [entry["resource"]["id"] for entry in page["entry"]]
            address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        assert found == expected


def test_how_many_there_are_is_told_without_them(doras: TestClient) -> None:
    made(doras, patient())

    for question in ("_count=0&_totalMethod=count", "_summary=count"):
        counted = doras.get(f"/fhir/Patient?{question}").json()
        assert (counted["total"], counted.get("entry")) == (1, None)


def test_what_is_not_understood_is_said_or_refused(doras: TestClient) -> None:
    lenient = doras.get("/fhir/Patient?family=x&colour=blue")
    assert "colour" in lenient.json()["entry"][0]["resource"]["issue"][0]["diagnostics"]
    assert "colour" not in lenient.json()["link"][0]["url"]

    strict = doras.get("/fhir/Patient?colour=blue", headers={"prefer": "handling=strict"})
    assert (strict.status_code, strict.json()["resourceType"]) == (400, "OperationOutcome")


def test_a_posted_search_finds_the_same(doras: TestClient) -> None:
    his = made(doras, patient())

    form = {"content-type": "application/x-www-form-urlencoded"}
    found = doras.post("/fhir/Patient/_search", content="family=arm&gender=male", headers=form)

    assert ids(found) == [his["id"]]


def test_every_version_stays_readable(doras: TestClient) -> None:
    his = made(doras, patient())
    here = f"/fhir/Patient/{his['id']}"
    changed = doras.put(here, json=his | {"gender": "other"}, headers={"if-match": 'W/"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, 'W/"2"')

    again = doras.put(here, json=his, headers={"if-match": 'W/"1"'})

    assert (again.status_code, again.json()["issue"][0]["code"]) == (412, "conflict")
    assert doras.get(f"{here}/_history/1").json()["gender"] == "male"
    assert doras.get(f"{here}/_history/2").json()["gender"] == "other"
    assert doras.get(f"{here}/_history/3").status_code == 404
    assert ids(doras.get("/fhir/Patient?gender=male")) == []
    assert ids(doras.get("/fhir/Patient?gender=other&family=arm")) == [his["id"]]


def test_what_did_not_change_makes_no_version(doras: TestClient) -> None:
    his = made(doras, patient())

    answer = doras.put(f"/fhir/Patient/{his['id']}", json=his)

    assert answer.json()["meta"]["versionId"] == "1"


def test_a_deleted_resource_is_gone_and_its_history_is_not(doras: TestClient) -> None:
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))
    here = f"/fhir/Observation/{height['id']}"

    assert doras.delete(here).status_code == 204
    assert doras.delete(here).status_code == 204

    assert doras.get(here).status_code == 410
    assert ids(doras.get("/fhir/Observation?code=8302-2")) == []
    past = doras.get(f"{here}/_history").json()
    assert [(entry["request"]["method"], "resource" in entry) for entry in past["entry"]] == [
        ("DELETE", False),
        ("POST", True),
    ]
    back = doras.put(here, json=height)
    assert (back.status_code, back.json()["meta"]["versionId"]) == (200, "3")
    assert ids(doras.get("/fhir/Observation?code=8302-2")) == [height["id"]]


def test_a_part_is_changed_by_steps_or_by_merging(doras: TestClient) -> None:
    his = made(doras, patient())
    here = f"/fhir/Patient/{his['id']}"
    steps = [{"op": "test", "path": "/gender", "value": "male"}, {"op": "add", "path": "/active", "value": True}]

    patched = doras.patch(here, json=steps, headers={"content-type": "application/json-patch+json"})
    assert (patched.status_code, patched.json()["active"]) == (200, True)
    merged = doras.patch(here, json={"gender": None}, headers={"content-type": "application/json"})
    assert (merged.status_code, "gender" in merged.json()) == (200, False)

    refused = doras.patch(here, json=steps, headers={"content-type": "application/json-patch+json"})
    assert (refused.status_code, refused.json()["resourceType"]) == (422, "OperationOutcome")
    renamed = doras.patch(here, json={"id": "other"}, headers={"content-type": "application/merge-patch+json"})
    assert renamed.status_code == 422


def test_of_many_who_create_one_only_one_does(doras: TestClient) -> None:
    condition = {"if-none-exist": f"identifier={MRN}|armstrong"}

    answers = at_once(lambda: doras.post("/fhir/Patient", json=patient(), headers=condition), 8)

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    by_address = doras.post(f"/fhir/Patient?identifier={MRN}|armstrong", json=patient())
    assert (by_address.status_code, by_address.json()["id"]) == (200, answers[0].json()["id"])
    made(doras, patient(given="Another"))
    assert doras.post("/fhir/Patient", json=patient(), headers=condition).status_code == 412


def test_what_answers_criteria_is_replaced(doras: TestClient) -> None:
    address = f"/fhir/Patient?identifier={MRN}|armstrong"

    created = doras.put(address, json=patient())
    replaced = doras.put(address, json=patient(gender="other"))

    assert (created.status_code, replaced.status_code) == (201, 200)
    assert replaced.json()["id"] == created.json()["id"]


def test_a_caller_gets_back_as_much_as_it_prefers(doras: TestClient) -> None:
    minimal = doras.post("/fhir/Patient", json=patient(), headers={"prefer": "return=minimal"})
    told = doras.post("/fhir/Patient", json=patient(), headers={"prefer": "return=OperationOutcome"})

    assert (minimal.status_code, minimal.content) == (201, b"")
    assert told.json()["resourceType"] == "OperationOutcome"
    here = minimal.headers["location"].partition("/_history")[0]
    assert doras.get(here, headers={"if-none-match": 'W/"1"'}).status_code == 304
