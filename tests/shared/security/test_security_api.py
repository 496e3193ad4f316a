"""Events and incidents for programs."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from salus.kernel.actor import Actor
from salus.kernel.context import Origin, nobody
from salus.kernel.tenants import tenant_named
from salus.shared.people import actions as people
from salus.worker import settle_everything
from tests.browsing import caller
from tests.cast import PASSWORD, code, email_of
from tests.shared.security.alarm import refused
from tests.shared.security.watchman import Watchman


@pytest.fixture
def program(app: FastAPI, tenant: UUID, ada: Actor) -> Iterator[TestClient]:
    """A program that the administrator signed in with both factors."""
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        token = people.sign_in(ctx, email=email_of("Ada"), password=PASSWORD, code=code()).token
    opened = caller(app, tenant_named(tenant).hosts[0], headers={"authorization": f"Bearer {token}"})
    yield opened
    opened.close()


@pytest.fixture
def stranger_program(app: FastAPI, tenant: UUID) -> Iterator[TestClient]:
    opened = caller(app, tenant_named(tenant).hosts[0])
    yield opened
    opened.close()


def test_events_and_rules(program: TestClient, tenant: UUID, pia: Actor, watchman: Watchman) -> None:
    refused(tenant, pia, 10)
    watchman.watch()

    (event,) = program.get("/v1/security/events", params={"severity": "medium"}).json()["events"]
    assert (event["code"], event["key"], event["counted"]) == ("refusals", str(pia.id), 10)
    seen = program.post(f"/v1/security/events/{event['id']}/acknowledgement", json={"note": "A program's mistake."})
    assert seen.status_code == 201
    assert program.get(f"/v1/security/events/{event['id']}").json()["note"] == "A program's mistake."
    rule = program.get(f"/v1/security/rules/{event['rule_id']}").json()
    numbers = {"threshold": 20, "window_s": 300, "severity": "low", "response": "event", "enabled": True}
    assert program.put(f"/v1/security/rules/{rule['id']}", json=numbers).json()["threshold"] == 20
    hours = {"time_zone": "Europe/Helsinki", "work_days": [1, 2]}
    assert program.put("/v1/security/office-hours", json=hours).json() == hours
    dashboard = program.get("/v1/security/dashboard").json()
    assert sum(hour["refused"] for hour in dashboard["hours"]) == 10
    assert not dashboard["is_watch_late"]


def test_an_incident_from_declaration_to_notification(program: TestClient, pia: Actor, ada: Actor) -> None:
    declaration = {"category": "disclosure", "severity": "high", "words": "A list lay open."}
    here = f"/v1/incidents/{program.post('/v1/incidents', json=declaration).json()['id']}"

    step = program.post(f"{here}/steps", json={"state": "confirmed", "because": "It was read."})
    assert (step.status_code, step.json()["to_state"]) == (201, "confirmed")
    asked = program.post(f"{here}/scopes", json={"actor_id": str(ada.id), "operations": ["people.review_seller"]})
    assert asked.json()["added"] == 1
    assert program.get(f"{here}/affected").json()["shown"][0]["person_id"] == str(pia.id)
    assert str(pia.id) in program.get(f"{here}/affected.csv").text
    assert program.post(f"{here}/notification", json={"told": "It is closed now."}).status_code == 202
    settle_everything()
    story = program.get(here).json()
    assert (story["affected"], story["notified"]) == (1, 1)
    met, excused = story["clocks"][:2]
    assert program.post(f"{here}/clocks/{met['id']}/completion").json()["met_at"]
    assert program.post(f"{here}/clocks/{excused['id']}/exemption", json={"because": "No."}).json()["excused_at"]


def test_anybody_reports_and_nobody_else_lists(stranger_program: TestClient) -> None:
    sent = stranger_program.post("/v1/incidents/reports", json={"words": "Your door is open."})

    assert sent.status_code == 201
    assert set(sent.json()) == {"reference"}
    for address in ("/v1/incidents", "/v1/security/events", "/v1/security/rules", "/v1/security/dashboard"):
        assert stranger_program.get(address).status_code == 401
