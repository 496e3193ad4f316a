"""The records by page and by API, each for whoever may see them."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from recorder import Recorder
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.tenants import tenants
from salus.shared.people import actions as people
from salus.shared.records.sealing import seal
from tests.browsing import caller
from tests.cast import PASSWORD, actor_of, code, email_of, ticket

Opened = Callable[..., TestClient]


@pytest.fixture
def call(app: Any, tenant: UUID) -> Iterator[Opened]:
    """Opens callers with credentials, at the tenant's host."""
    host = next(known.hosts[0] for known in tenants() if known.id == tenant)
    opened: list[TestClient] = []

    def open_with(**credentials: Any) -> TestClient:
        opened.append(caller(app, host, **credentials))
        return opened[-1]

    yield open_with
    for one in opened:
        one.close()


@pytest.fixture
def browser_of(call: Opened, tenant: UUID) -> Opened:
    """The browser of somebody who is signed in."""

    def open_for(name: str, **factor: str) -> TestClient:
        return call(cookies={"sid": ticket(tenant, name, **factor).token})

    return open_for


@pytest.fixture
def program_of(call: Opened, tenant: UUID) -> Opened:
    """A program that somebody with both factors signed in."""

    def open_for(name: str, factor: str) -> TestClient:
        api = Origin(channel="api")
        with nobody(tenant, origin=api) as ctx:
            first = people.sign_in(ctx, email=email_of(name), password=PASSWORD)
        with Context(actor_of(tenant, first.token, "api"), tenant, origin=api) as ctx:
            token = people.confirm_totp(ctx, factor).token
        return call(headers={"authorization": f"Bearer {token}"})

    return open_for


def test_an_administrator_reads_filters_and_takes_records_away(
    tenant: UUID, ada: Actor, pia: Actor, recorder: Recorder, browser_of: Opened
) -> None:
    record_id = recorder.record(operation="test.page", person_id=pia.id, purpose="complaint 17")
    seal(tenant)
    browser = browser_of("Ada", code=code())

    listed = browser.get("/records", params={"operation": "test.page", "outcome": "", "actor_id": ""})
    assert listed.status_code == 200
    assert f'href="/records/{record_id}"' in listed.text
    assert "Pia" in listed.text
    shown = browser.get(f"/records/{record_id}").text
    assert "complaint 17" in shown
    taken = browser.get("/records/export?operation=test.page")
    assert taken.headers["content-type"].startswith("text/csv")
    assert str(record_id) in taken.text
    entry = browser.get(f"/records/{record_id}/record.json")
    assert json.loads(entry.text)["purpose"] == "complaint 17"
    assert browser.get(f"/records/{record_id}/proof.txt").text.startswith("c2sp.org/tlog-proof@v1\nindex ")


def test_an_administrator_sees_that_the_log_is_whole_and_then_that_it_is_not(
    tenant: UUID, ada: Actor, recorder: Recorder, browser_of: Opened, owner_sql: Any
) -> None:
    record_id = recorder.record()
    seal(tenant)
    browser = browser_of("Ada", code=code())

    def verify_now() -> str:
        page = browser.get("/records/log").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        answer = browser.post(
            "/records/log/verification",
            data={"csrf_token": token},
            headers={"origin": str(browser.base_url).rstrip("/")},
        )
        assert answer.status_code == 200
        return answer.text

    assert "Nothing was changed" in verify_now()
    owner_sql("UPDATE records SET purpose = 'none' WHERE id = :id", tenant, id=record_id)
    assert f"Record {record_id} at place" in verify_now()
    assert "The log is damaged" in browser.get("/records/log").text


def test_pia_sees_who_looked_and_no_records(
    tenant: UUID, pia: Actor, ada: Actor, recorder: Recorder, browser_of: Opened
) -> None:
    recorder.record(actor_id=ada.id, person_id=pia.id, purpose="complaint 17")
    browser = browser_of("Pia")

    assert "complaint 17" in browser.get("/who-looked").text
    assert browser.get("/who-looked?own=true").status_code == 200
    for path in ("/records", "/records/log", "/records/export"):
        assert browser.get(path).status_code == 403


def test_a_program_reads_records_proofs_and_the_log(
    tenant: UUID, ada: Actor, recorder: Recorder, program_of: Opened
) -> None:
    record_id = recorder.record(operation="test.api")
    seal(tenant)
    program = program_of("Ada", code())

    assert [deed["id"] for deed in program.get("/v1/records?operation=test.api").json()["deeds"]] == [str(record_id)]
    assert program.get(f"/v1/records/{record_id}").json()["deed"]["operation"] == "test.api"
    assert program.get(f"/v1/records/{record_id}/proof").json()["key"].startswith("salus/")
    assert program.get("/v1/records/log").json()["is_late"] is False
    assert program.post("/v1/records/log/verification").json()["is_whole"] is True
    assert program.get("/v1/records/who-looked").json()["next"] is None
    assert program.get("/v1/records/export?form=json&operation=test.api").json()[0]["id"] == str(record_id)
    assert program.get("/v1/records?operatoin=x").status_code == 422
