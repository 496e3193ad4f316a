"""What answers criteria is deleted, if it is the only one."""

import base64
import json
from typing import Any

from starlette.testclient import TestClient

from tests.shared.clinical.scene import MRN, observation, patient
from tests.shared.clinical.test_clinical_records import ids, made

ARMSTRONG = f"Patient?identifier={MRN}|armstrong"


def sent(client: TestClient, kind: str, *entries: dict[str, Any]) -> Any:
    return client.post("/fhir", json={"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def asked(method: str, url: str, resource: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return entry | ({"resource": resource} if resource is not None else {})


def test_the_one_that_answers_criteria_is_deleted(doras: TestClient) -> None:
    his = made(doras, patient())
    hers = made(doras, patient("Medina"))

    assert doras.delete(f"/fhir/{ARMSTRONG}").status_code == 204

    assert doras.get(f"/fhir/Patient/{his['id']}").status_code == 410
    assert ids(doras.get("/fhir/Patient")) == [hers["id"]]
    assert doras.delete(f"/fhir/{ARMSTRONG}").status_code == 204


def test_none_of_several_is_deleted(doras: TestClient) -> None:
    both = [made(doras, patient(given=given))["id"] for given in ("Álvaro", "Another")]

    refused = doras.delete(f"/fhir/{ARMSTRONG}")

    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (412, "conflict")
    assert ids(doras.get("/fhir/Patient")) == both


def test_nobody_deletes_by_criteria_what_is_not_theirs(doras: TestClient, dans: TestClient, petras: TestClient) -> None:
    his = made(doras, patient())

    assert dans.delete(f"/fhir/{ARMSTRONG}").status_code == 204
    assert petras.delete(f"/fhir/{ARMSTRONG}").status_code == 403

    assert ids(doras.get("/fhir/Patient")) == [his["id"]]
    assert doras.delete("/fhir/Appointment?status=booked").status_code == 405


def test_a_bundle_deletes_and_changes_by_criteria(doras: TestClient) -> None:
    his = made(doras, patient())
    height, weight = made(doras, observation(his["id"])), made(doras, observation(his["id"], "29463-7"))
    steps = json.dumps([{"op": "replace", "path": "/status", "value": "amended"}])
    carried = base64.b64encode(steps.encode()).decode()
    patch = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": carried}

    done = sent(
        doras,
        "batch",
        asked("DELETE", "Observation?code=8302-2"),
        asked("PATCH", "Observation?code=29463-7", patch),
        asked("DELETE", "Observation?code=none"),
        asked("DELETE", "Observation"),
    ).json()

    assert [entry["response"]["status"][:3] for entry in done["entry"]] == ["204", "200", "204", "412"]
    assert doras.get(f"/fhir/Observation/{height['id']}").status_code == 410
    assert doras.get(f"/fhir/Observation/{weight['id']}").json()["status"] == "amended"


def test_what_a_transaction_deletes_answers_no_criteria_of_it(doras: TestClient) -> None:
    old = made(doras, patient())
    its = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"

    done = sent(
        doras,
        "transaction",
        {"fullUrl": its} | asked("POST", "Patient", patient(), ifNoneExist=ARMSTRONG.partition("?")[2]),
        asked("POST", "Observation", observation("x") | {"subject": {"reference": its}}),
        asked("DELETE", ARMSTRONG),
    ).json()

    new, height, _ = done["entry"]
    assert new["response"]["status"] == "201 Created"
    assert new["resource"]["id"] != old["id"]
    assert height["resource"]["subject"]["reference"] == f"Patient/{new['resource']['id']}"
    assert doras.get(f"/fhir/Patient/{old['id']}").status_code == 410
