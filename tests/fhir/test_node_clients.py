"""fhir-kit-client and Medplum's client, from npm and as they come, do with the FHIR door what they are for."""

from tests.exchanges.appointments.scene import next_monday
from tests.fhir.conftest import Clinic


def test_fhir_kit_client_works_with_records_and_books(clinic: Clinic) -> None:
    clinic.run("fhir_kit.mjs", clinic.fhir, *_asked(clinic))


def test_the_client_of_medplum_works_with_records_and_books(clinic: Clinic) -> None:
    clinic.run("medplum.mjs", clinic.url, *_asked(clinic))


def _asked(clinic: Clinic) -> list[str]:
    schedule = f"Schedule/{clinic.surgery.visit_type.id}"
    per = clinic.people["Per"]
    return [clinic.token("Dora"), clinic.token("Per"), schedule, str(per.id), str(next_monday())]
