"""Slots are made when somebody asks for them, and are found in bundles and over references like what is kept."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.shared.oauth.models import ClientKind, GrantType
from tests.exchanges.appointments.scene import Surgery, next_monday
from tests.shared.clinical.conftest import doras, petras
from tests.shared.clinical.test_clinical_records import ids
from tests.shared.oauth.scene import SITE, App, registered
from tests.shared.oauth.test_smart import bearing, chart

__all__ = ["chart", "doras", "petras"]


def monday(surgery: Surgery) -> str:
    """What a program asks for that looks for Monday's first slots of Dora's usual visit."""
    day = next_monday()
    return f"start=ge{day}&start=lt{day + timedelta(days=1)}&schedule=Schedule/{surgery.visit_type.id}&_count=2"


def batch(client: TestClient, *urls: str, kind: str = "batch") -> Any:
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    return client.post("/fhir", json={"resourceType": "Bundle", "type": kind, "entry": entries})


def test_a_bundle_finds_the_slots_that_the_door_finds(surgery: Surgery, petras: TestClient) -> None:
    at_the_door = petras.get(f"/fhir/Slot?{monday(surgery)}")
    first = ids(at_the_door)[0]

    for kind in ("batch", "transaction"):
        done = batch(petras, f"Slot?{monday(surgery)}", f"Slot/{first}", "Patient", kind=kind).json()
        found, slot, _ = done["entry"]
        assert found["resource"] == at_the_door.json()
        assert (slot["resource"]["id"], slot["response"]["status"]) == (first, "200 OK")

    refused = batch(petras, "Slot", "Slot/none", f"Slot/{first}/_history", "Slot?start=soon&schedule=x").json()
    assert [entry["response"]["status"][:3] for entry in refused["entry"]] == ["400", "404", "404", "400"]


def test_a_slot_comes_with_its_schedule(surgery: Surgery, petras: TestClient) -> None:
    found = petras.get(f"/fhir/Slot?{monday(surgery)}&_include=Slot:schedule").json()

    told = [(entry["search"]["mode"], entry["resource"]["resourceType"]) for entry in found["entry"]]
    assert told == [("match", "Slot"), ("match", "Slot"), ("include", "Schedule")]
    assert found["entry"][2]["resource"]["id"] == str(surgery.visit_type.id)


def test_slots_are_found_by_whose_they_are(surgery: Surgery, dora: Actor, per: Actor, petras: TestClient) -> None:
    named = ids(petras.get(f"/fhir/Slot?{monday(surgery)}"))
    day = next_monday()
    when = f"start=ge{day}&start=lt{day + timedelta(days=1)}&_count=2"

    for whose in (f"schedule.actor=Practitioner/{dora.person_id}", "schedule.actor:Practitioner.name:contains=dora"):
        assert ids(petras.get(f"/fhir/Slot?{when}&{whose}")) == named, whose
    assert ids(petras.get(f"/fhir/Slot?{when}&schedule.actor=Practitioner/{per.person_id}")) == []


def test_a_program_reaches_in_a_bundle_only_what_its_scopes_reach(surgery: Surgery, chart: App, petra: Actor) -> None:
    with bearing(surgery.tenant, chart.let_in_by(petra, "patient/Patient.rs")) as client:
        done = batch(client, f"Slot?{monday(surgery)}", "Patient", "AuditEvent").json()

    assert [entry["response"]["status"][:3] for entry in done["entry"]] == ["403", "200", "403"]


def test_a_program_follows_only_references_that_its_scopes_reach(surgery: Surgery, chart: App, petra: Actor) -> None:
    with bearing(surgery.tenant, chart.let_in_by(petra, "patient/Slot.rs")) as client:
        assert len(ids(client.get(f"/fhir/Slot?{monday(surgery)}"))) == 2
        with_schedule = client.get(f"/fhir/Slot?{monday(surgery)}&_include=Slot:schedule")
        by_name = client.get("/fhir/Slot?schedule.actor:Practitioner.name:contains=dora")

    assert (with_schedule.status_code, by_name.status_code) == (403, 403)


def test_a_program_that_may_read_appointments_is_not_let_into_records(
    surgery: Surgery, ada: Actor, petra: Actor
) -> None:
    client_id, _ = registered(
        surgery.tenant,
        ada,
        kind=ClientKind.PUBLIC,
        grant_types={GrantType.AUTHORIZATION_CODE},
        redirect_uris=[SITE],
        scopes=["appointments:read"],
    )
    its = App(surgery.tenant, client_id, None, SITE)

    with bearing(surgery.tenant, its.let_in_by(petra, "appointments:read")) as client:
        assert len(ids(client.get(f"/fhir/Slot?{monday(surgery)}"))) == 2
        with_schedule = client.get(f"/fhir/Slot?{monday(surgery)}&_include=Slot:schedule")
        by_name = client.get("/fhir/Slot?schedule.actor:Practitioner.name=dora")

    assert (with_schedule.status_code, by_name.status_code) == (403, 403)
