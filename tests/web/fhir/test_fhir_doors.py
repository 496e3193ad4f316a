"""What the FHIR door says of itself, and how it says no."""

import json
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.formats.fhir import parameters
from salus.formats.fhir.compartments import TYPES
from salus.shared.records.queries import audit
from tests.shared.clinical.scene import MRN, observation, patient
from tests.shared.clinical.test_clinical_records import ids, made


def bundled(entry: bytes) -> bytes:
    return b'{"resourceType":"Bundle","type":"transaction","entry":[' + entry + b"]}"


def test_what_is_served_is_told_to_everybody(doras: TestClient) -> None:
    told = doras.get("/fhir/metadata", headers={"authorization": ""}).json()

    (rest,) = told["rest"]
    served = {one["type"]: {code["code"] for code in one["interaction"]} for one in rest["resource"]}
    assert (told["fhirVersion"], served["Consent"]) == ("4.0.1", {"read", "search-type"})
    assert {"read", "vread", "search-type", "create", "update", "patch", "delete"} <= served["Observation"]
    (extension,) = rest["security"]["extension"]
    assert {"authorize", "token"} <= {uri["url"] for uri in extension["extension"]}


def test_where_programs_are_let_in_is_told_to_everybody(doras: TestClient) -> None:
    found = doras.get(
        "/fhir/.well-known/smart-configuration", headers={"authorization": "", "accept": "application/json"}
    )

    assert found.headers["content-type"] == "application/json"
    assert found.json()["code_challenge_methods_supported"] == ["S256"]
    assert found.json()["token_endpoint"].endswith("/oauth/token")


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/fhir/Nothing", None, 404, "not-found"),
        ("GET", "/fhir/Patient/unknown", None, 404, "not-found"),
        ("PATCH", "/fhir/Consent", None, 405, "not-supported"),
        ("DELETE", "/fhir/Patient", None, 412, "conflict"),
        ("DELETE", "/fhir/Patient?colour=blue", None, 400, "invalid"),
        ("POST", "/fhir/Patient", b"{", 400, "invalid"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Patient","resourceType":"Patient"}', 400, "invalid"),
        ("POST", "/fhir/Patient", b"\xff\xfe", 400, "invalid"),
        ("POST", "/fhir/Patient", b"[" * 100_000, 400, "invalid"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Observation"}', 400, "invalid"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Patient","gender":"robot"}', 422, "invariant"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Patient","name":[]}', 422, "invariant"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Patient","language":"a\\u0000b"}', 422, "invariant"),
        ("POST", "/fhir/Patient", b'{"resourceType":"Patient","language":"\\ud800"}', 400, "invalid"),
        (
            "POST",
            "/fhir/Patient",
            b'{"resourceType":"Patient","x":' + b'{"x":' * 450 + b"1" + b"}" * 451,
            422,
            "invariant",
        ),
        ("POST", "/fhir", b'{"resourceType":"Patient"}', 400, "invalid"),
        ("POST", "/fhir", bundled(b'{"request":{"method":"GET","url":"Nothing"}}'), 404, "not-found"),
        ("POST", "/fhir", bundled(b'{"request":{"method":"GET","url":"Slot"}}'), 400, "invalid"),
        ("POST", "/fhir", bundled(b'{"request":{"method":"DELETE","url":"Patient/a_b"}}'), 400, "invalid"),
        ("POST", "/fhir", bundled(b'{"request":{"method":"SHAKE","url":"Patient/1"}}'), 400, "invalid"),
        ("POST", "/fhir", bundled(b'{"x":' * 900 + b"1" + b"}" * 900), 400, "invalid"),
        ("GET", "/fhir/Patient?" + "name=x&" * 300, None, 400, "invalid"),
        ("GET", "/fhir/Patient?birthdate=soon", None, 400, "invalid"),
        ("GET", "/fhir/Patient?_sort=colour", None, 400, "invalid"),
        ("GET", "/fhir/Patient?_id:not=x", None, 400, "invalid"),
        ("GET", "/fhir/Patient?_sort=family&_cursor=AAAA", None, 400, "invalid"),
        ("GET", f"/fhir/Organization?{'partof:Organization.' * 5}name=x", None, 400, "invalid"),
        ("GET", "/fhir/Organization?partof.colour=x", None, 400, "invalid"),
        ("GET", "/fhir/Appointment?actor.organization.partof.partof.name=x", None, 400, "invalid"),
        ("GET", "/fhir/Patient?_cursor=AAAA", None, 400, "invalid"),
        ("GET", "/fhir/Patient?family:above=x", None, 400, "invalid"),
        ("GET", "/fhir/Observation/x/_history/x", None, 404, "not-found"),
    ],
)
def test_every_refusal_is_an_outcome(
    doras: TestClient, method: str, path: str, sent: bytes | None, status: int, code: str
) -> None:
    answer = doras.request(method, path, content=sent)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
    assert answer.json()["issue"][0]["code"] == code
    assert answer.headers["x-correlation-id"] in answer.text


def test_an_address_may_end_with_a_slash(doras: TestClient) -> None:
    doras.follow_redirects = False
    his = doras.post("/fhir/Patient/", json=patient()).json()
    entry = {"request": {"method": "GET", "url": "Patient/"}}
    large = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [entry]}) + " " * (2 << 20)

    assert doras.get(f"/fhir/Patient/{his['id']}/").json() == his
    assert ids(doras.get("/fhir/Patient/?family=arm")) == [his["id"]]
    assert doras.get("/fhir/metadata/").status_code == 200
    done = doras.post("/fhir/", content=large).json()
    assert done["entry"][0]["resource"]["total"] == 1


def test_only_json_is_taken_and_given(doras: TestClient) -> None:
    xml = doras.post("/fhir/Patient", content=b"<Patient/>", headers={"content-type": "application/fhir+xml"})
    wanted = doras.get("/fhir/metadata", headers={"accept": "application/fhir+xml"})
    plain = doras.post("/fhir/Patient", json=patient(), headers={"content-type": "application/json"})

    assert (xml.status_code, wanted.status_code, plain.status_code) == (415, 406, 201)


def test_a_body_that_is_too_large_is_refused(doras: TestClient) -> None:
    answer = doras.post("/fhir/Patient", content=b" " * (2 << 20))

    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-long")


def test_a_resource_may_be_checked_without_being_kept(doras: TestClient) -> None:
    good = doras.post("/fhir/Patient/$validate", json=patient())
    bad = doras.post("/fhir/Patient/$validate", json=patient(gender="robot"))

    assert good.json()["issue"][0]["severity"] == "information"
    assert bad.json()["issue"][0]["expression"] == ["Patient.gender"]
    assert ids(doras.get("/fhir/Patient")) == []


def test_a_record_is_asked_for_as_a_whole_and_by_type(doras: TestClient) -> None:
    his, hers = made(doras, patient()), made(doras, patient(family="Medina"))
    height = made(doras, observation(his["id"]))
    made(doras, observation(hers["id"]))

    assert ids(doras.get(f"/fhir/Patient/{his['id']}/$everything")) == [his["id"], height["id"]]
    assert ids(doras.get(f"/fhir/Patient/{his['id']}/Observation?code=8302-2")) == [height["id"]]


def test_what_changed_within_a_type_is_told_the_newest_first(doras: TestClient) -> None:
    his = made(doras, patient())
    doras.put(f"/fhir/Patient/{his['id']}", json=his | {"gender": "other"})
    made(doras, patient(family="Medina"))

    told = doras.get("/fhir/Patient/_history?_count=2").json()
    rest = doras.get(told["link"][1]["url"]).json()

    assert [entry["response"]["etag"] for entry in told["entry"] + rest["entry"]] == ['W/"1"', 'W/"2"', 'W/"1"']


def test_only_the_elements_that_were_asked_for_come(doras: TestClient) -> None:
    made(doras, patient())

    (entry,) = doras.get("/fhir/Patient?_elements=gender").json()["entry"]

    assert entry["resource"].keys() == {"resourceType", "id", "meta", "gender"}
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_who_looked_is_served_as_audit_events(doras: TestClient, dora: Any, tenant: UUID) -> None:
    his = made(doras, patient())
    doras.get(f"/fhir/Patient/{his['id']}")

    found = doras.get(f"/fhir/AuditEvent?patient={his['id']}&subtype=clinical.read&_count=1").json()
    (entry,) = found["entry"]
    event = entry["resource"]

    assert (event["action"], event["outcome"]) == ("R", "0")
    assert event["agent"][0]["who"] == {"reference": f"Practitioner/{dora.person_id}"}
    assert doras.get(f"/fhir/AuditEvent/{event['id']}").json()["id"] == event["id"]
    assert doras.get("/fhir/AuditEvent/none").status_code == 404
    entry = {"request": {"method": "GET", "url": f"AuditEvent?patient={his['id']}&subtype=clinical.read"}}
    (answer,) = doras.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json()["entry"]
    assert [found["resource"]["id"] for found in answer["resource"]["entry"]] == [event["id"]]


def test_an_administrator_finds_what_is_long_ago_by_whose_it_is(
    monkeypatch: pytest.MonkeyPatch, doras: TestClient, adas: TestClient
) -> None:
    his, hers = made(doras, patient()), made(doras, patient(family="Medina"))
    monkeypatch.setattr(audit, "MOST", 2)

    def found(question: str) -> set[str]:
        told = adas.get(f"/fhir/AuditEvent?{question}").json()
        entities = [entity for entry in told.get("entry", []) for entity in entry["resource"].get("entity", [])]
        named = {entity["what"].get("reference", "").removeprefix("Patient/") for entity in entities}
        return named & {his["id"], hers["id"]}

    assert found("") != {his["id"], hers["id"]}
    for question in (f"patient={his['id']}", "patient.family=armstrong", f"patient=Patient/{his['id']},none"):
        assert found(question) == {his["id"]}, question


def test_a_transaction_is_done_whole_or_not_at_all(doras: TestClient) -> None:
    its = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": observation("x") | {"subject": {"reference": its}},
                "request": {"method": "POST", "url": "Observation"},
            },
            {"fullUrl": its, "resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        ],
    }
    done = doras.post("/fhir", json=bundle).json()
    height, his = (entry["resource"] for entry in done["entry"])
    assert height["subject"] == {"reference": f"Patient/{his['id']}"}
    assert [entry["response"]["status"] for entry in done["entry"]] == ["201 Created"] * 2

    bundle["entry"][1]["resource"] = patient(family="Medina")
    bundle["entry"].append(
        {"request": {"method": "PUT", "url": f"Patient/{his['id']}", "ifMatch": 'W/"7"'}, "resource": his}
    )
    refused = doras.post("/fhir", json=bundle)

    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (412, ["Bundle.entry[2]"])
    assert ids(doras.get("/fhir/Patient?family=medina")) == []
    assert len(ids(doras.get("/fhir/Observation"))) == 1


def test_a_transaction_changes_each_resource_once(doras: TestClient) -> None:
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))
    entries = [
        {
            "resource": height | {"status": "amended"},
            "request": {"method": "PUT", "url": f"Observation/{height['id']}"},
        },
        {"request": {"method": "DELETE", "url": f"Observation/{height['id']}"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    refused = doras.post("/fhir", json=bundle)

    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (400, ["Bundle.entry[1]"])
    assert doras.get(f"/fhir/Observation/{height['id']}").json()["status"] == height["status"]
    in_a_batch = doras.post("/fhir", json=bundle | {"type": "batch"}).json()
    assert [entry["response"]["status"][:3] for entry in in_a_batch["entry"]] == ["200", "204"]


def test_entries_of_a_batch_stand_for_themselves(doras: TestClient) -> None:
    entries = [
        {"resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": patient(gender="robot"), "request": {"method": "POST", "url": "Patient"}},
        {"request": {"method": "GET", "url": "Patient?family=arm"}},
        {"request": {"method": "GET", "url": "Patient?birthdate=soon"}},
        {"request": {"method": "GET", "url": "Patient/none"}},
        {"request": {"method": "GET", "url": "Patient/none/Observation?code=8302-2"}},
        {"request": {"method": "GET", "url": "Patient/none/Organization"}},
    ]
    answer = doras.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": entries}).json()

    statuses = [entry["response"]["status"][:3] for entry in answer["entry"]]
    assert statuses == ["201", "422", "200", "400", "404", "200", "400"]
    assert answer["entry"][2]["resource"]["total"] == 1
    assert answer["entry"][1]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]


def test_references_by_criteria_lead_to_what_answers_them(doras: TestClient) -> None:
    his = made(doras, patient())
    by_number = observation("x") | {"subject": {"reference": f"Patient?identifier={MRN}|armstrong"}}
    entry = {"resource": by_number, "request": {"method": "POST", "url": "Observation"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}

    assert doras.post("/fhir", json=bundle).json()["entry"][0]["resource"]["subject"] == {
        "reference": f"Patient/{his['id']}"
    }
    by_number["subject"]["reference"] = "Patient?identifier=nobody"
    assert doras.post("/fhir", json=bundle).status_code == 409


def test_the_sample_patients_are_loaded_and_found(doras: TestClient, samples: Any) -> None:
    folder = samples / "fhir" / "synthea_r4_bundles"
    for name in ("hospitalInformation*", "practitionerInformation*", "Edward_Gulgowski*"):
        (file,) = folder.glob(f"{name}.json")
        sent = json.loads(file.read_text())
        done = doras.post("/fhir", content=file.read_bytes())
        assert (done.status_code, len(done.json()["entry"])) == (200, len(sent["entry"]))

    (edward,) = ids(doras.get("/fhir/Patient?family=Gulgowski"))
    count = sum(entry["resource"]["resourceType"] == "Observation" for entry in sent["entry"])
    assert doras.get(f"/fhir/Observation?patient={edward}&_count=0").json()["total"] == count
    seen = doras.get("/fhir/Encounter?patient.family=Gulgowski&_include=Encounter:service-provider&_count=100").json()
    kinds = {(entry["search"]["mode"], entry["resource"]["resourceType"]) for entry in seen["entry"]}
    assert kinds == {("match", "Encounter"), ("include", "Organization")}


def test_every_type_that_is_kept_can_be_searched() -> None:
    assert {name for name in TYPES if len(parameters.of(name)) <= 5} <= {"ActivityDefinition", "ClinicalImpression",
        "Endpoint", "FamilyMemberHistory", "Media", "Substance", "SupplyDelivery"}  # fmt: skip
