"""fhirpy and SMART's fhirclient, both from PyPI and as they come, do with the FHIR door what they are for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import fhirclient.models.appointment
import fhirclient.models.observation
import fhirclient.models.patient
import fhirclient.models.slot
import pytest
from fhirclient.client import FHIRClient
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from salus.kernel.context import Context
from salus.shared.oauth import actions
from salus.shared.oauth.schemas.protocol import AuthorizationRequest
from tests.exchanges.appointments.scene import next_monday
from tests.fhir.conftest import Clinic
from tests.shared.clinical.scene import observation, patient
from tests.shared.oauth.scene import answer_in

MRN = "urn:example:mrn"


@pytest.fixture
def doras(clinic: Clinic) -> SyncFHIRClient:
    return SyncFHIRClient(clinic.fhir, authorization=f"Bearer {clinic.token('Dora')}")


def of(client: Any, resource: dict[str, Any]) -> Any:
    """A resource in the hands of a client of fhirpy."""
    return client.resource(
        resource["resourceType"], **{name: resource[name] for name in resource.keys() - {"resourceType"}}
    )


def test_fhirpy_creates_reads_changes_and_deletes(doras: SyncFHIRClient) -> None:
    person = of(doras, patient("Fhirpyson"))
    person.save()
    assert person.id
    height = of(doras, observation(person.id))
    height.save()

    person.patch(gender="other", birthDate="1961-05-04")
    person["name"][0]["given"] = ["Alva"]
    person.save()
    there = doras.reference("Patient", person.id).to_resource()
    assert (there["gender"], there["birthDate"], there["name"][0]["given"]) == ("other", "1961-05-04", ["Alva"])
    assert there["meta"]["versionId"] == "3"
    assert height.to_reference().to_resource()["subject"].to_resource().id == person.id

    height.delete()
    with pytest.raises(ResourceNotFound):
        doras.reference("Observation", height.id).to_resource()
    with pytest.raises(OperationOutcome) as refused:
        doras.resource("Patient", gender="robot").save()
    assert refused.value.resource["issue"][0]["expression"] == ["Patient.gender"]


def test_fhirpy_creates_one_of_many_who_are_the_same(doras: SyncFHIRClient) -> None:
    same = doras.resources("Patient").search(identifier=f"{MRN}|once")
    wanted = of(doras, patient("Once"))

    first, was_made = same.get_or_create(wanted)
    again, was_made_again = same.get_or_create(of(doras, patient("Once")))

    assert (bool(was_made), bool(was_made_again), again.id) == (True, False, first.id)
    assert same.count() == 1
    changed, _ = same.update(of(doras, patient("Once", gender="female")))
    assert (changed.id, changed["gender"]) == (first.id, "female")
    same.patch(gender="other")
    assert same.get()["gender"] == "other"


def test_fhirpy_pages_includes_and_chains(doras: SyncFHIRClient) -> None:
    person = of(doras, patient("Pagerson"))
    person.save()
    made = [of(doras, observation(person.id, effectiveDateTime=f"2024-03-{day:02}")) for day in range(1, 8)]
    for each in made:
        each.save()

    hers = doras.resources("Observation").search(patient=person.id)
    newest = hers.sort("-date").limit(3)
    assert [each.id for each in newest.fetch_all()] == [each.id for each in reversed(made)]
    assert [each.id for each in hers.sort("date").limit(3).fetch()] == [each.id for each in made[:3]]
    assert hers.count() == 7
    assert (
        doras.resources("Observation").search(patient__Patient__family="Pagerson", date__ge="2024-03-06").count() == 2
    )
    bundle = hers.include("Observation", "subject").limit(1).fetch_raw()
    assert [entry.resource["resourceType"] for entry in bundle["entry"]] == ["Observation", "Patient"]
    assert len(list(hers.limit(2))) == 7


def test_fhirpy_books_as_a_patient_and_hears_who_was_first(clinic: Clinic) -> None:
    async def book(name: str) -> Any:
        client = AsyncFHIRClient(clinic.fhir, authorization=f"Bearer {clinic.token(name)}")
        wanted = client.resources("Slot").search(schedule=f"Schedule/{clinic.surgery.visit_type.id}", status="free")
        slot = await wanted.search(start__ge=str(next_monday())).first()
        actor = {"reference": f"Patient/{clinic.people[name].id}"}
        made = client.resource(
            "Appointment", status="booked", slot=[{"reference": f"Slot/{slot.id}"}],
            participant=[{"actor": actor, "status": "accepted"}],
        )  # fmt: skip
        other = of(client, made.serialize())
        await made.save()
        with pytest.raises(OperationOutcome) as refused:
            await other.save()
        assert refused.value.resource["issue"][0]["code"] == "conflict"
        assert [each.id for each in await client.resources("Appointment").fetch_all()] == [made.id]
        await made.patch(status="cancelled")
        return await made.to_reference().to_resource()

    # In a thread of its own, because pages of other tests keep an event loop open in this one.
    with ThreadPoolExecutor(1) as alone:
        assert alone.submit(lambda: asyncio.run(book("Petra"))).result()["status"] == "cancelled"


def test_fhirclient_finds_its_way_in_and_is_let_in_by_the_patient(clinic: Clinic) -> None:
    petra = clinic.people["Petra"]
    asked = {"app_id": str(clinic.app.client_id), "api_base": clinic.fhir, "redirect_uri": clinic.app.redirect_uri}
    smart = FHIRClient(settings=asked | {"scope": "launch/patient patient/*.read openid profile"})
    assert not smart.ready
    assert smart.prepare() is False

    query = parse_qs(urlsplit(smart.authorize_url).query)
    request = AuthorizationRequest(**{name: values[0] for name, values in query.items()})
    with Context(petra, clinic.surgery.tenant) as ctx:
        answer = actions.decide(ctx, request, is_allowed=True)
    assert answer_in(answer)["state"] == request.state
    smart.handle_callback(answer)

    assert (smart.ready, smart.patient_id) == (True, str(petra.id))
    assert smart.human_name(smart.patient.name[0]) or smart.patient.name[0].text == "Petra"


def test_fhirclient_creates_searches_pages_and_deletes(clinic: Clinic) -> None:
    smart = _bearing(clinic, "Dora")
    person = fhirclient.models.patient.Patient(patient("Smartson"))
    its = person.create(smart.server)["id"]
    for day in range(1, 4):
        made = fhirclient.models.observation.Observation(observation(its, effectiveDateTime=f"2024-04-{day:02}"))
        made.create(smart.server)

    there = fhirclient.models.patient.Patient.read(its, smart.server)
    there.gender = "other"
    assert there.update(smart.server)["meta"]["versionId"] == "2"
    search = fhirclient.models.observation.Observation.where({"patient": its, "_count": "2", "_sort": "date"})
    found = list(search.perform_resources_iter(smart.server))
    assert [each.effectiveDateTime.date.day for each in found] == [1, 2, 3]
    found[0].delete()
    assert next(iter(search.perform_iter(smart.server))).total == 2


def test_fhirclient_books_the_slot_it_finds(clinic: Clinic) -> None:
    smart = _bearing(clinic, "Petra")
    asked = {"schedule": f"Schedule/{clinic.surgery.visit_type.id}", "start": f"ge{next_monday()}", "_count": "1"}
    slot = next(iter(fhirclient.models.slot.Slot.where(asked).perform_resources_iter(smart.server)))
    wanted = {
        "resourceType": "Appointment",
        "status": "booked",
        "slot": [{"reference": f"Slot/{slot.id}"}],
        "participant": [
            {"actor": {"reference": f"Patient/{clinic.people['Petra'].id}"}, "status": "accepted"},
        ],
    }
    its = fhirclient.models.appointment.Appointment(wanted).create(smart.server)["id"]

    booked = fhirclient.models.appointment.Appointment.read(its, smart.server)
    assert (booked.status, booked.start.date) == ("booked", slot.start.date)
    booked.status = "cancelled"
    assert booked.update(smart.server)["status"] == "cancelled"


def _bearing(clinic: Clinic, name: str) -> FHIRClient:
    smart = FHIRClient(settings={"app_id": "by-hand", "api_base": clinic.fhir})
    smart.server.session.headers["authorization"] = f"Bearer {clinic.token(name)}"
    return smart
