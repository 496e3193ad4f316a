"""Whoever looks after an installation loads records from files, and may do it twice."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from salus.cli import app as command_line
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.tenants import tenant_named
from salus.shared.records import queries as records
from tests.cast import email_of
from tests.shared.clinical.scene import observation, patient
from tests.shared.clinical.test_clinical_records import ids

EDWARD = "Edward_Gulgowski_43481611-2459-44f5-ab20-4b142dac160f.json"


def load(folder: Path, tenant: UUID, *more: str) -> Result:
    return CliRunner().invoke(command_line, ["fhir", "load", str(folder), "--tenant", tenant_named(tenant).slug, *more])


def written(folder: Path, **files: Any) -> Path:
    """Files by their stems; a list is written as lines."""
    for name, content in files.items():
        lines = isinstance(content, list)
        text = "\n".join(map(json.dumps, content)) if lines else json.dumps(content)
        (folder / f"{name}.{'ndjson' if lines else 'json'}").write_text(text)
    return folder


@pytest.fixture
def exports(samples: Path, tmp_path: Path) -> Path:
    """Two patients, and the hospitals and practitioners whom their records name."""
    for file in (samples / "fhir" / "synthea_r4_bundles").glob("*.json"):
        if file.name.startswith(("hospital", "practitioner", "Edward_", "Denny_")):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_records_are_loaded_and_loading_them_again_changes_nothing(
    exports: Path, tenant: UUID, adas: TestClient
) -> None:
    count = sum(len(json.loads(file.read_text())["entry"]) for file in exports.iterdir())

    first, second = load(exports, tenant), load(exports, tenant)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "0 were changed" in first.output
    assert f"0 are new, 0 were changed, {count:,} are as they were" in second.output
    sent = json.loads((exports / EDWARD).read_text())
    (edward,) = ids(adas.get("/fhir/Patient?family=Gulgowski"))
    assert edward == sent["entry"][0]["resource"]["id"]
    his = sum(entry["resource"]["resourceType"] == "Observation" for entry in sent["entry"])
    assert adas.get(f"/fhir/Observation?patient={edward}&_count=0").json()["total"] == his
    assert ids(adas.get("/fhir/Encounter?patient.family=Gulgowski&service-provider.name:missing=false"))


def test_lines_of_resources_are_loaded_whatever_comes_first(samples: Path, tenant: UUID, adas: TestClient) -> None:
    folder = samples / "fhir" / "bulk_10_patients"
    for name in ("AllergyIntolerance", "Patient", "Device"):
        done = load(folder / f"{name}.000.ndjson", tenant)
        assert done.exit_code == 0, done.output

    assert adas.get("/fhir/Patient?_count=0").json()["total"] == 13
    allergy = adas.get("/fhir/AllergyIntolerance?_count=1&_include=AllergyIntolerance:patient").json()
    assert [entry["resource"]["resourceType"] for entry in allergy["entry"]] == ["AllergyIntolerance", "Patient"]


def test_what_changed_in_a_file_becomes_a_new_version(tmp_path: Path, tenant: UUID, adas: TestClient) -> None:
    his = patient(id="armstrong")
    load(written(tmp_path, people=[his, patient("Medina", id="medina")]), tenant)

    done = load(written(tmp_path, people=[his | {"gender": "other"}, patient("Medina", id="medina")]), tenant)

    assert "0 are new, 1 were changed, 1 are as they were" in done.output
    assert adas.get("/fhir/Patient/armstrong").headers["etag"] == 'W/"2"'


def test_a_resource_without_an_id_is_the_same_one_when_it_comes_again(
    tmp_path: Path, tenant: UUID, adas: TestClient
) -> None:
    collection = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient()}]}
    condition = {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:example:mrn|medina"}
    entry = {"resource": patient("Medina"), "request": condition}
    transaction = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    written(tmp_path, collection=collection, transaction=transaction, single=patient("Berg"))

    assert "3 are new" in load(tmp_path, tenant).output
    assert "0 are new, 0 were changed, 3 are as they were" in load(tmp_path, tenant).output
    assert len(ids(adas.get("/fhir/Patient"))) == 3


def test_a_file_that_is_refused_is_named_and_the_others_are_loaded(
    tmp_path: Path, tenant: UUID, adas: TestClient
) -> None:
    his = patient(id="armstrong")
    lines = [observation("armstrong", id="one"), observation("armstrong", id="two", status="guessed")]
    kept = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": his, "request": {"method": "PUT"}}]}
    written(tmp_path, good=his, lines=lines, no_url=kept, strange={"resourceType": "Starship", "id": "x"})
    (tmp_path / "broken.json").write_text("{")

    done = load(tmp_path, tenant)

    assert done.exit_code == 1
    told = done.output.replace("\n", "")
    for name, why in (
        ("lines.ndjson: line 2", "Observation.status"),
        ("no_url.json: Bundle.entry[0]", "needs a method and a url"),
        ("strange.json: Bundle.entry[0]", "Starship is not kept here"),
        ("broken.json", "is not JSON"),
    ):
        assert name in told
        assert why in told
    assert "guessed" not in told
    assert ids(adas.get("/fhir/Patient")) == ["armstrong"]
    assert ids(adas.get("/fhir/Observation")) == []


def test_an_administrator_answers_for_what_they_load(
    tmp_path: Path, tenant: UUID, ada: Actor, petra: Actor, dora: Actor
) -> None:
    its = written(tmp_path, petra=patient(id=str(petra.person_id)))

    assert load(its, tenant, "--as", email_of("Dora")).exit_code == 1
    assert load(its, tenant, "--as", "nobody@people.example").exit_code == 1
    assert load(its, tenant, "--as", email_of("Ada")).exit_code == 0

    with Context(petra, tenant) as ctx:
        looks = records.who_looked(ctx)
    assert "Loading records from files" in str(looks)


def test_there_must_be_a_tenant_and_something_to_load(tmp_path: Path, tenant: UUID) -> None:
    assert load(tmp_path, tenant).exit_code == 1
    unknown = CliRunner().invoke(command_line, ["fhir", "load", str(tmp_path), "--tenant", "nowhere"])
    assert (unknown.exit_code, "There is no tenant nowhere." in unknown.output) == (1, True)
