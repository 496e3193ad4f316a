"""Somebody's consents, as FHIR has them."""

from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from tests.shared.clinical.scene import program
from tests.shared.clinical.test_clinical_records import ids
from tests.shared.consent.scene import Exchange


@pytest.fixture
def exchange(tenant: UUID, pia: Actor) -> Exchange:
    """Nordlys asks Pia, who has an account and so a program."""
    made = Exchange(tenant)
    made.pia = pia
    return made


def test_a_person_reads_their_own_consents(tenant: UUID, exchange: Exchange, petras: TestClient) -> None:
    given, asked = exchange.given(), exchange.ask()

    with program(tenant, "Pia") as pias:
        consent = pias.get(f"/fhir/Consent/{given}").json()
        assert (consent["status"], consent["patient"]["reference"]) == ("active", f"Patient/{exchange.pia.person_id}")
        assert {code["text"] for code in consent["provision"]["code"]} == {"Heart rate", "Steps"}
        assert ids(pias.get("/fhir/Consent?status=proposed")) == [str(asked)]
        assert ids(pias.get("/fhir/Consent?_sort=date")) == [str(given), str(asked)]
        assert pias.post("/fhir/Consent", json=consent).status_code == 405
    assert petras.get(f"/fhir/Consent/{given}").status_code == 404
    assert ids(petras.get("/fhir/Consent")) == []
