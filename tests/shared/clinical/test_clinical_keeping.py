"""How records are kept: found by indexes under row-level security, written through, and gone with their person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from salus.formats.fhir.search import read
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.operations import action, query
from salus.shared.clinical import actions
from salus.shared.clinical.queries.searching import _asked
from salus.shared.clinical.rules.owners import OWNERS, Owner
from tests.shared.clinical.scene import observation, patient
from tests.shared.clinical.test_clinical_records import ids, made

Sql = Callable[..., list[tuple[Any, ...]]]
LEAKPROOF = """
SELECT proname FROM pg_proc WHERE oid IN ('int8eq'::regproc, 'int8lt'::regproc, 'int8le'::regproc, 'int8gt'::regproc,
  'int8ge'::regproc, 'float8lt'::regproc, 'float8le'::regproc, 'float8gt'::regproc, 'float8ge'::regproc,
  'uuid_eq'::regproc, 'uuid_gt'::regproc, 'texteq'::regproc) AND NOT proleakproof
"""


@action(roles={"system"})
def keep_for(ctx: Context, resource: dict[str, Any], *, about: UUID | None) -> dict[str, Any]:
    """What a module does that owns a type."""
    return actions.keep(ctx, resource, about=about)


@query(roles={"doctor"})
def plan(ctx: Context, asked: str) -> str:
    """How PostgreSQL would find what answers a search, if it had much to look through."""
    resource_type, _, criteria = asked.partition("?")
    question = read(resource_type, [tuple(pair.split("=", 1)) for pair in criteria.split("&")])
    ctx.rows("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")
    statement, values = _asked(ctx, question).page("SELECT resource.id", 20)
    return "\n".join(str(row["QUERY PLAN"]) for row in ctx.rows(f"EXPLAIN {statement}", values))


def test_every_comparison_of_a_search_keeps_what_it_compares_to_itself(owner_sql: Sql) -> None:
    """PostgreSQL would otherwise compare only what a policy let through, row by row, and use no index for it."""
    assert owner_sql(LEAKPROOF) == []


@pytest.mark.parametrize(
    "asked", ["Observation?code=8302-2", "Observation?patient=x&code=8302-2", "Patient?family=arm", "Patient?_id=a,b"]
)
def test_a_search_goes_by_an_index_under_the_policy(tenant: UUID, dora: Actor, asked: str) -> None:
    with Context(dora, tenant) as ctx:
        found = plan(ctx, asked)

    naming_words = [line for line in found.splitlines() if "word_digest" in line]
    assert naming_words
    assert all("Index Cond" in line for line in naming_words), found


def test_what_another_module_owns_is_read_like_everything_else(
    tenant: UUID, petra: Actor, petras: TestClient, doras: TestClient
) -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "01a20d92-310a-7394-b3af-0e1c58eb1198",
        "status": "active",
        "beneficiary": {"reference": f"Patient/{petra.person_id}"},
        "payor": [{"display": "Nordic Health"}],
    }
    for status in ("active", "active", "cancelled"):
        with Context(SYSTEM, tenant) as ctx:
            keep_for(ctx, coverage | {"status": status}, about=petra.person_id)

    assert petras.get(f"/fhir/Coverage/{coverage['id']}").headers["etag"] == 'W/"2"'
    assert ids(petras.get("/fhir/Coverage?status=cancelled&beneficiary=Patient/" + str(petra.person_id))) == [
        coverage["id"]
    ]
    assert ids(doras.get("/fhir/Coverage")) == []


def test_writing_what_a_module_owns_is_done_by_the_module(
    monkeypatch: pytest.MonkeyPatch, doras: TestClient, tenant: UUID
) -> None:
    def make(ctx: Context, resource: dict[str, Any]) -> dict[str, Any]:
        return actions.keep(ctx, resource | {"id": "made-by-its-owner"}, about=None)

    monkeypatch.setitem(OWNERS, "HealthcareService", Owner(create=make))

    created = doras.post("/fhir/HealthcareService", json={"resourceType": "HealthcareService", "name": "Physiotherapy"})
    assert (created.status_code, created.json()["id"]) == (201, "made-by-its-owner")
    assert ids(doras.get("/fhir/HealthcareService?name=phys")) == ["made-by-its-owner"]
    changed = doras.put("/fhir/HealthcareService/made-by-its-owner", json=created.json() | {"name": "Other"})
    assert (changed.status_code, changed.json()["resourceType"]) == (405, "OperationOutcome")
    assert doras.delete("/fhir/HealthcareService/made-by-its-owner").status_code == 405


def test_nothing_of_a_record_is_left_when_its_person_is_erased(doras: TestClient, tenant: UUID, owner_sql: Sql) -> None:
    """The erasure of a person deletes by `Table.concerns`; here it is seen that this reaches everything."""
    his = made(doras, patient())
    height = made(doras, observation(his["id"]))
    doras.put(f"/fhir/Observation/{height['id']}", json=height | {"status": "amended"})
    tables = ("versions", "words", "moments", "amounts", "resources")

    counts = {}
    for table in tables:
        ((counts[table],),) = owner_sql(
            f"SELECT count(*) FROM clinical_{table} WHERE person_id = CAST(:person AS uuid)", tenant, person=his["id"]
        )
        ((every,),) = owner_sql(f"SELECT count(*) FROM clinical_{table}", tenant)
        assert every == counts[table]

    assert all(counts.values())
