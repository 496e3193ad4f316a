"""Patients see their own record, doctors those of their patients, administrators all, and say why."""

from uuid import UUID

from starlette.testclient import TestClient

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.clinical import actions
from salus.shared.records import queries as records
from tests.shared.clinical.scene import observation, patient, program
from tests.shared.clinical.test_clinical_records import ids, made


@action(roles={"system"})
def admit_patient(ctx: Context, *, patient_id: UUID, doctor_id: UUID) -> None:
    """What a booking does: the patient's resource, and the doctor who may see it."""
    actions.keep(ctx, patient(id=str(patient_id), family="Armstrong"), about=patient_id)
    actions.assign(ctx, patient_id=patient_id, doctor_id=doctor_id)


@action(roles={"system"})
def discharge_patient(ctx: Context, *, patient_id: UUID, doctor_id: UUID) -> None:
    """The end of it."""
    actions.unassign(ctx, patient_id=patient_id, doctor_id=doctor_id)


def admitted(tenant: UUID, petra: Actor, dora: Actor) -> str:
    with Context(SYSTEM, tenant) as ctx:
        admit_patient(ctx, patient_id=petra.person_id, doctor_id=dora.person_id)
    return str(petra.person_id)


def test_a_patient_and_her_doctor_see_her_record_and_nobody_else_does(
    tenant: UUID, petra: Actor, dora: Actor, petras: TestClient, doras: TestClient, dans: TestClient
) -> None:
    here = f"/fhir/Patient/{admitted(tenant, petra, dora)}"
    height = made(doras, observation(str(petra.person_id)))

    for client in (petras, doras):
        assert client.get(here).status_code == 200
        assert ids(client.get("/fhir/Observation")) == [height["id"]]
    assert dans.get(here).status_code == 404
    assert dans.get(f"/fhir/Observation/{height['id']}").status_code == 404
    assert ids(dans.get("/fhir/Observation")) == []
    assert ids(dans.get("/fhir/Observation?patient.family=Armstrong")) == []
    assert dans.get("/fhir/Observation?_total=accurate").json()["total"] == 0
    assert dans.put(f"/fhir/Observation/{height['id']}", json=height).status_code == 403
    assert dans.post("/fhir/Observation", json=observation(str(petra.person_id))).status_code == 403


def test_what_somebody_may_not_know_of_is_deleted_like_what_is_not_there(
    tenant: UUID, petra: Actor, dora: Actor, doras: TestClient, dans: TestClient
) -> None:
    admitted(tenant, petra, dora)
    here = f"/fhir/Observation/{made(doras, observation(str(petra.person_id)))['id']}"

    theirs, nothing = dans.delete(here), dans.delete("/fhir/Observation/never-there")

    assert (theirs.status_code, theirs.content) == (nothing.status_code, nothing.content) == (204, b"")
    assert doras.get(here).status_code == 200


def test_a_doctor_whose_patient_left_sees_only_what_she_wrote(
    tenant: UUID, petra: Actor, dora: Actor, doras: TestClient
) -> None:
    here = f"/fhir/Patient/{admitted(tenant, petra, dora)}"
    height = made(doras, observation(str(petra.person_id)))

    with Context(SYSTEM, tenant) as ctx:
        discharge_patient(ctx, patient_id=petra.person_id, doctor_id=dora.person_id)

    assert doras.get(here).status_code == 404
    assert doras.get(f"/fhir/Observation/{height['id']}").status_code == 200


def test_a_patient_writes_nothing_into_the_record(tenant: UUID, petra: Actor, dora: Actor, petras: TestClient) -> None:
    admitted(tenant, petra, dora)

    assert petras.post("/fhir/Observation", json=observation(str(petra.person_id))).status_code == 403


def test_an_administrator_says_why_and_the_patient_reads_it(
    tenant: UUID, petra: Actor, dora: Actor, ada: Actor, adas: TestClient
) -> None:
    here = f"/fhir/Patient/{admitted(tenant, petra, dora)}"
    without = adas.get(here, headers={"x-purpose": ""})
    assert (without.status_code, without.json()["issue"][0]["code"]) == (403, "forbidden")
    assert "x-purpose" in without.json()["issue"][0]["details"]["text"]

    assert adas.get(here).status_code == 200
    assert ids(adas.get("/fhir/Patient?family=arm")) == [str(petra.person_id)]

    with Context(petra, tenant) as ctx:
        looks = records.who_looked(ctx)
    assert "A complaint, number 12" in str(looks)


def test_strangers_and_buyers_are_told_to_go(tenant: UUID, bruno: Actor, petras: TestClient) -> None:
    nobody = petras.get("/fhir/Patient", headers={"authorization": ""})
    assert (nobody.status_code, nobody.json()["issue"][0]["code"]) == (401, "login")
    with program(tenant, "Bruno", factor=True) as brunos:
        assert brunos.get("/fhir/Patient").status_code == 403


def test_what_is_about_nobody_is_open_to_all_who_are_signed_in(petras: TestClient, doras: TestClient) -> None:
    clinic = made(doras, {"resourceType": "Organization", "name": "Harbour Clinic"})

    assert ids(petras.get("/fhir/Organization?name=harbour")) == [clinic["id"]]


def test_a_colleague_changes_nothing_that_is_about_nobody(doras: TestClient, dans: TestClient) -> None:
    clinic = made(doras, {"resourceType": "Organization", "name": "Harbour Clinic"})

    assert dans.put(f"/fhir/Organization/{clinic['id']}", json=clinic | {"name": "Mine"}).status_code == 403
    assert dans.delete(f"/fhir/Organization/{clinic['id']}").status_code == 403


def test_a_resource_stays_with_its_patient(doras: TestClient) -> None:
    his, hers = made(doras, patient()), made(doras, patient(family="Medina"))
    height = made(doras, observation(his["id"]))

    moved = doras.put(f"/fhir/Observation/{height['id']}", json=observation(hers["id"], id=height["id"]))

    assert moved.status_code == 422


def test_another_tenant_sees_nothing(doras: TestClient, other_tenant: UUID) -> None:
    from tests.cast import doctor

    his = made(doras, patient())
    doctor(other_tenant, "Elsa", organisation="Elsewhere Clinic")

    with program(other_tenant, "Elsa", factor=True) as elsas:
        assert elsas.get(f"/fhir/Patient/{his['id']}").status_code == 404
        assert ids(elsas.get("/fhir/Patient?family=arm")) == []
