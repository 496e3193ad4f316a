"""Programs that speak FHIR book like people do: what one takes, no other gets, whichever way they came in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from tests.cast import patient
from tests.exchanges.appointments.scene import Surgery, next_monday, on
from tests.shared.clinical.conftest import doras, petras
from tests.shared.clinical.scene import program
from tests.shared.clinical.test_clinical_records import ids

__all__ = ["doras", "petras"]


@pytest.fixture
def pers(tenant: UUID, per: Actor) -> Iterator[TestClient]:
    with program(tenant, "Per") as client:
        yield client


def slots(client: TestClient, surgery: Surgery, *more: str, weeks: int = 1) -> list[dict[str, Any]]:
    """What a program finds on a Monday morning, asked as calendars of programs ask."""
    day = next_monday(weeks)
    asked = [f"schedule=Schedule/{surgery.visit_type.id}", f"start=ge{day}", f"start=lt{day + timedelta(days=1)}"]
    found = client.get("/fhir/Slot?" + "&".join([*asked, "_count=3", *more])).json()
    return [entry["resource"] for entry in found.get("entry", [])]


def wanted(slot: dict[str, Any], person: Actor) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "reasonCode": [{"text": "A cough"}],
        "participant": [{"actor": {"reference": f"Patient/{person.id}"}, "status": "accepted"}],
    }


def test_a_patient_finds_a_slot_books_it_and_cancels(surgery: Surgery, petra: Actor, petras: TestClient) -> None:
    first = slots(petras, surgery, "status=free")[0]
    assert datetime.fromisoformat(first["start"]) == on(next_monday(), "09:00")

    made = petras.post("/fhir/Appointment", json=wanted(first, petra))
    assert made.status_code == 201, made.text
    appointment = petras.get(f"/fhir/Appointment/{made.json()['id']}").json()
    assert (appointment["status"], appointment["start"]) == ("booked", first["start"])
    assert ids(petras.get(f"/fhir/Appointment?patient={petra.id}&date=ge{next_monday()}")) == [appointment["id"]]
    assert petras.get(f"/fhir/Slot/{first['id']}").json()["status"] == "busy"
    assert first["id"] not in {slot["id"] for slot in slots(petras, surgery)}

    gone = petras.patch(
        f"/fhir/Appointment/{appointment['id']}",
        json=[{"op": "replace", "path": "/status", "value": "cancelled"}],
        headers={"content-type": "application/json-patch+json"},
    )
    assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
    assert petras.get(f"/fhir/Slot/{first['id']}").json()["status"] == "free"
    assert petras.get(f"/fhir/Appointment/{appointment['id']}/_history").json()["total"] == 2


def test_of_two_programs_one_gets_the_slot(
    surgery: Surgery, petra: Actor, per: Actor, petras: TestClient, pers: TestClient
) -> None:
    slot = slots(petras, surgery)[0]
    assert slots(pers, surgery)[0] == slot

    assert petras.post("/fhir/Appointment", json=wanted(slot, petra)).status_code == 201
    late = pers.post("/fhir/Appointment", json=wanted(slot, per))

    assert (late.status_code, late.json()["resourceType"]) == (409, "OperationOutcome")
    assert late.json()["issue"][0]["code"] == "conflict"
    assert ids(pers.get("/fhir/Appointment")) == []


def test_nobody_books_for_somebody_else(
    surgery: Surgery, petra: Actor, per: Actor, petras: TestClient, pers: TestClient
) -> None:
    slot = slots(pers, surgery)[0]
    assert pers.post("/fhir/Appointment", json=wanted(slot, petra)).status_code == 422
    booked = petras.post("/fhir/Appointment", json=wanted(slot, petra)).json()

    assert pers.get(f"/fhir/Appointment/{booked['id']}").status_code == 404
    assert pers.put(f"/fhir/Appointment/{booked['id']}", json=booked | {"status": "cancelled"}).status_code == 404
    assert petras.get(f"/fhir/Appointment/{booked['id']}").json()["status"] == "booked"


def test_the_doctor_reads_who_comes_and_a_patient_cannot_say_that_they_came(
    surgery: Surgery, petra: Actor, petras: TestClient, doras: TestClient
) -> None:
    booked = petras.post("/fhir/Appointment", json=wanted(slots(petras, surgery)[0], petra)).json()

    refused = petras.put(f"/fhir/Appointment/{booked['id']}", json=booked | {"status": "arrived"})
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (403, "forbidden")
    assert doras.get(f"/fhir/Appointment/{booked['id']}").json() == booked


def test_a_slot_moves_with_the_appointment(surgery: Surgery, petra: Actor, petras: TestClient) -> None:
    first, second, _ = slots(petras, surgery)
    booked = petras.post("/fhir/Appointment", json=wanted(first, petra)).json()

    for change in {"start": second["start"]}, {"slot": [{"reference": f"Slot/{first['id']}"}]}:
        moved = petras.put(f"/fhir/Appointment/{booked['id']}", json=booked | change)
        booked = moved.json()
        its, other = (second, first) if "start" in change else (first, second)
        assert (booked["start"], booked["slot"]) == (its["start"], [{"reference": f"Slot/{its['id']}"}])
        assert petras.get(f"/fhir/Slot/{its['id']}").json()["status"] == "busy"
        assert petras.get(f"/fhir/Slot/{other['id']}").json()["status"] == "free"


def test_slots_come_page_by_page_and_only_of_schedules_that_are_named(surgery: Surgery, petras: TestClient) -> None:
    page = petras.get(f"/fhir/Slot?schedule={surgery.visit_type.id}&_count=2").json()
    rest = petras.get(page["link"][1]["url"]).json()

    assert len(page["entry"]) == len(rest["entry"]) == 2
    assert page["total"] == rest["total"] > 100
    assert petras.get("/fhir/Slot").json()["issue"][0]["diagnostics"].startswith("schedule: ")
    assert petras.get(f"/fhir/Slot?schedule={petras.base_url.host}").json()["total"] == 0
    assert petras.get(f"/fhir/Slot?schedule={surgery.visit_type.id}&start=lt9999-12-31").status_code == 422
    assert petras.get(f"/fhir/Slot?schedule={surgery.visit_type.id}&start=ge9999-12-31").json()["total"] == 0
    for nothing in ("none", f"{surgery.visit_type.id.hex}-1", f"{surgery.visit_type.id.hex}-{10**20}"):
        assert petras.get(f"/fhir/Slot/{nothing}").status_code == 404


def test_strangers_see_no_slots_and_book_none(
    surgery: Surgery, petra: Actor, petras: TestClient, other_tenant: UUID
) -> None:
    slot = slots(petras, surgery)[0]
    stranger = patient(other_tenant, "Sten")

    with program(other_tenant, "Sten") as stens:
        assert slots(stens, surgery) == []
        assert stens.get(f"/fhir/Slot/{slot['id']}").status_code == 404
        assert stens.post("/fhir/Appointment", json=wanted(slot, stranger)).status_code == 404
    assert petras.get(f"/fhir/Slot/{slot['id']}", headers={"authorization": ""}).status_code == 401
