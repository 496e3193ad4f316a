"""Programs that speak FHIR for somebody, and the resources they send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.tenants import tenant_named
from salus.shared.clinical import actions
from salus.shared.people import actions as people
from salus.web import security
from tests.browsing import application, caller
from tests.cast import PASSWORD, code_of, email_of

LOINC = "http://loinc.org"
MRN = "urn:example:mrn"


@contextmanager
def program(tenant: UUID, name: str, *, factor: bool = False, **headers: str) -> Iterator[TestClient]:
    """A program that somebody signed in to, with their second factor if they have one."""
    security._counts.clear()
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        given = people.sign_in(
            ctx, email=email_of(name), password=PASSWORD, code=code_of(tenant, name) if factor else None
        )
    sent = {"authorization": f"Bearer {given.token}", "content-type": "application/fhir+json"} | headers
    client = caller(application(), tenant_named(tenant).hosts[0], headers=sent)
    try:
        yield client
    finally:
        client.close()


def cared_for(tenant: UUID, dora: Actor) -> None:
    """Dora writes a record, and corrects it."""
    with Context(dora, tenant) as ctx:
        his = actions.create(ctx, patient()).kept
        height = actions.create(ctx, observation(his.fhir_id)).kept
        actions.update(ctx, height.fhir_id, height.resource | {"status": "amended"})


def patient(family: str = "Armstrong", given: str = "Álvaro", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": MRN, "value": family.lower()}],
        "name": [{"family": family, "given": [given]}],
        "gender": "male",
        "birthDate": "1961-04",
        **more,
    }


def observation(patient_id: str, code: str = "8302-2", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code, "display": "Body Height"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2024-03-05T10:15:00+02:00",
        "valueQuantity": {"value": 180.5, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm"},
        **more,
    }
