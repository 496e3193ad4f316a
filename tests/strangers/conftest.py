"""Two tenants, a world in the first, and everybody who has no business with it."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import ANONYMOUS
from salus.sim.running import running
from tests.cast import administrator, buyer, doctor, patient, seller
from tests.world import Sql, Visitor, World, build, let_overbook, till_of, visitor


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    """The application, served on the loopback interface."""
    with running(app) as address:
        yield address


@pytest.fixture(scope="module")
def here(found_tenant: Callable[[str], UUID]) -> UUID:
    return found_tenant("Here")


@pytest.fixture(scope="module")
def elsewhere(found_tenant: Callable[[str], UUID]) -> UUID:
    return found_tenant("Elsewhere")


@pytest.fixture(scope="module")
def world(here: UUID, owner_sql: Sql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with till_of(here) as till:
        yield build(here, till, tmp_path_factory.mktemp("exports"), owner_sql)


@pytest.fixture(scope="module")
def strangers(world: World, here: UUID, elsewhere: UUID) -> list[Visitor]:
    """Everyone but Pia and Bruno: nobody, people of each role beside them, and the same at another tenant."""
    found = []
    for tenant, where in (here, "here"), (elsewhere, "elsewhere"):
        seller(tenant, "Paul")
        buyer(tenant, "Ben", organisation="Northern Heart Institute")
        let_overbook(tenant, doctor(tenant, "Edda", organisation="Hill Clinic"))
        patient(tenant, "Pekka")
        administrator(tenant)
        found += [
            Visitor(f"nobody {where}", tenant, ANONYMOUS),
            visitor(tenant, f"a seller {where}", "Paul"),
            visitor(tenant, f"a buyer {where}", "Ben", has_factor=True),
            visitor(tenant, f"a doctor who may overbook {where}", "Edda", has_factor=True),
            visitor(tenant, f"a patient {where}", "Pekka"),
            visitor(tenant, f"an administrator {where}", "Ada", has_factor=True),
        ]
    return found
