"""Scopes of SMART on FHIR: a library asks for them, a person reads what they mean, the FHIR door holds to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.formats.fhir.scopes import read
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.tenants import tenant_named
from salus.shared.oauth import actions
from salus.shared.oauth.models import ClientKind, GrantType
from salus.shared.oauth.rules import scopes
from salus.shared.oauth.rules.refusals import InvalidScope, NoSuchScope
from salus.shared.oauth.schemas.protocol import Tokens
from tests.browsing import application, caller
from tests.shared.clinical.conftest import doras
from tests.shared.clinical.scene import observation
from tests.shared.clinical.test_clinical_records import ids, made
from tests.shared.clinical.test_clinical_sight import admitted
from tests.shared.oauth.scene import SITE, App, answer_in, registered, system_of
from tests.shared.oauth.test_third_party import VERIFIER, House, allows, house

__all__ = ["doras", "house"]
ALL = ["openid", "fhirUser", "launch/patient", "offline_access", "patient/*.cruds", "user/*.cruds", "system/*.cruds"]


@pytest.fixture
def chart(tenant: UUID, ada: Actor) -> App:
    """An app that may ask for medical records."""
    client_id, _ = registered(
        tenant,
        ada,
        kind=ClientKind.PUBLIC,
        grant_types={GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN},
        redirect_uris=[SITE],
        scopes=ALL,
    )
    return App(tenant, client_id, None, SITE)


@contextmanager
def bearing(tenant: UUID, given: Tokens) -> Iterator[TestClient]:
    headers = {"authorization": f"Bearer {given.access_token}", "content-type": "application/fhir+json"}
    with caller(application(), tenant_named(tenant).hosts[0], headers=headers) as client:
        yield client


@pytest.fixture
def height(tenant: UUID, petra: Actor, dora: Actor, doras: TestClient) -> str:
    """A measurement of Petra, by her doctor."""
    admitted(tenant, petra, dora)
    its: str = made(doras, observation(str(petra.person_id)))["id"]
    return its


@pytest.mark.parametrize("asked", ["patient/Observation.read", "patient/Observation.rs"])
def test_a_client_library_is_let_into_one_type_of_one_record(
    asked: str, house: House, chart: App, petra: Actor, height: str
) -> None:
    client = house.client(chart, f"openid fhirUser launch/patient {asked}", token_endpoint_auth_method="none")
    known = house.browser().get("/fhir/.well-known/smart-configuration").json()
    address, state = client.create_authorization_url(known["authorization_endpoint"], code_verifier=VERIFIER)

    answer = allows(
        house.browser(), address, "Petra", reads="Read and find measurements and findings in your medical record."
    )
    given = client.fetch_token(authorization_response=answer, state=state, code_verifier=VERIFIER)

    assert (given["patient"], asked in given["scope"]) == (str(petra.person_id), True)
    assert house.said_by(given["id_token"])["fhirUser"] == f"{house.origin}/fhir/Patient/{petra.person_id}"
    found = client.get(f"{house.origin}/fhir/Observation?patient={given['patient']}").json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == [height]
    refused = client.get(f"{house.origin}/fhir/Patient/{given['patient']}")
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (403, "security")
    assert client.get(f"{house.origin}/fhir/metadata").status_code == 200


def test_a_scope_opens_its_type_by_its_verbs_whichever_way_is_taken(
    tenant: UUID, chart: App, petra: Actor, height: str
) -> None:
    here, patient = f"/fhir/Observation/{height}", f"/fhir/Patient/{petra.person_id}"
    with bearing(tenant, chart.let_in_by(petra, "patient/Observation.r patient/Encounter.s")) as client:
        assert client.get(here).status_code == 200
        assert client.get(f"{here}/_history").status_code == 200
        assert client.get("/fhir/Encounter").status_code == 200
        for path in (
            patient,
            "/fhir/Observation",
            "/fhir/Encounter/1",
            f"{patient}/$everything",
            f"{patient}/Observation",
            "/fhir/Observation/_history",
            "/fhir/Encounter?patient.family=Armstrong",
            "/fhir/Encounter?_has:Observation:encounter:code=1",
            "/fhir/AuditEvent",
            "/v1/appointments",
        ):
            assert client.get(path).status_code == 403, path
        assert client.delete(here).status_code == 403
        entry = {"request": {"method": "GET", "url": f"Patient/{petra.person_id}"}}
        batch = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
        assert client.post("/fhir", json=batch).json()["entry"][0]["response"]["status"] == "403 Forbidden"
        assert client.post("/fhir", json=batch | {"type": "transaction"}).status_code == 403
    with bearing(tenant, chart.let_in_by(petra, "patient/Observation.rs")) as client:
        assert client.get("/fhir/Observation?_include=Observation:patient").status_code == 403
    with bearing(tenant, chart.let_in_by(petra, "patient/Patient.r patient/Encounter.rs")) as client:
        assert ids(client.get(f"{patient}/$everything")) == [str(petra.person_id)]


def test_a_scope_gives_nobody_more_than_they_may(
    tenant: UUID, chart: App, petra: Actor, per: Actor, dora: Actor, height: str
) -> None:
    with bearing(tenant, chart.let_in_by(per, "patient/*.cruds")) as client:
        assert client.get(f"/fhir/Observation/{height}").status_code == 404
        assert client.post("/fhir/Observation", json=observation(str(petra.person_id))).status_code == 403
    with bearing(tenant, chart.let_in_by(dora, "user/Observation.rs")) as client:
        assert ids(client.get("/fhir/Observation")) == [height]


def test_a_doctor_who_lets_a_program_into_a_record_shows_it_nobody_elses(
    tenant: UUID, chart: App, dora: Actor, height: str
) -> None:
    with bearing(tenant, chart.let_in_by(dora, "patient/*.rs user/*.rs")) as client:
        assert client.get(f"/fhir/Observation/{height}").status_code == 403
    given = chart.let_in_by(dora, "launch/patient openid fhirUser user/*.rs")
    assert given.patient is None


def test_a_system_asks_in_its_own_name_and_people_in_theirs(
    tenant: UUID, chart: App, petra: Actor, dora: Actor, height: str
) -> None:
    system = system_of(tenant, dora, ["system/*.read", "user/*.rs"])
    given = system.token("system/Observation.rs")

    with bearing(tenant, given) as client:
        assert ids(client.get("/fhir/Observation")) == [height]
        assert client.get("/fhir/Patient").status_code == 403
    assert system.token().scope == "system/*.read"
    for wanted in ("user/*.rs", "system/*.cruds", "launch/patient"):
        with pytest.raises(InvalidScope):
            system.token(wanted)
    assert _answered(chart, petra, "system/*.rs")["error"] == "invalid_scope"


def test_a_program_may_ask_for_less_than_it_was_registered_for_and_not_for_more(
    tenant: UUID, ada: Actor, chart: App, petra: Actor
) -> None:
    given = chart.let_in_by(petra, "patient/*.rs offline_access")
    narrowed = chart.refreshed(given.refresh_token, scope="patient/Condition.r")
    assert (narrowed.scope, narrowed.patient) == ("patient/Condition.r", str(petra.person_id))
    with pytest.raises(InvalidScope):
        chart.refreshed(narrowed.refresh_token, scope="patient/Condition.cr")

    assert "code" in _answered(chart, petra, "patient/Observation.write")
    for unknown in ("patient/Nothing.rs", "patient/Observation.sr", "launch", "patient/Observation.rs?category=x"):
        assert _answered(chart, petra, unknown)["error"] == "invalid_scope"
        with pytest.raises((NoSuchScope, ValueError)):
            system_of(tenant, ada, [unknown])


def _answered(chart: App, person: Actor, scope: str) -> dict[str, str]:
    with Context(person, chart.tenant) as ctx:
        return answer_in(actions.decide(ctx, chart.request(scope), is_allowed=True))


def test_both_ways_of_writing_a_scope_mean_the_same() -> None:
    assert read("patient/Observation.read") == read("patient/Observation.rs")
    assert read("user/*.*") == read("user/*.cruds")
    assert read("system/*.write") == read("system/*.cud")
    assert [read(scope) for scope in ("patient/Observation.", "patient/*", "patients/*.rs", "user/x.rs")] == [None] * 4


def test_a_scope_is_told_in_plain_words() -> None:
    assert scopes.in_words(["patient/*.rs", "patient/*.read", "user/Device.cud", "launch/patient"]) == [
        "Read and find everything in your medical record.",
        "Add, change and delete what is kept as Device that you may see yourself.",
        "Know which medical record is yours.",
    ]
