"""Systems that come in with a key, and people who make them, at the real application."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.tenants import tenants
from salus.shared.api_keys import actions
from salus.web import security
from tests.browsing import Browser, caller
from tests.cast import PASSWORD, code_of, email_of

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def host(tenant: UUID) -> str:
    return next(known.hosts[0] for known in tenants() if known.id == tenant)


@pytest.fixture
def system(app: FastAPI, host: str) -> Iterator[Any]:
    security._counts.clear()
    client = caller(app, host)
    yield client
    client.close()


@pytest.fixture
def browser(app: FastAPI, host: str, tenant: UUID, bruno: Actor) -> Iterator[Browser]:
    """Bruno's, signed in with both factors."""
    security._counts.clear()
    opened = Browser(app, host)
    opened.submit("/sign-in", on="/sign-in", email=email_of("Bruno"), password=PASSWORD)
    opened.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, "Bruno"))
    yield opened
    opened.close()


def key_of(of: Actor, tenant: UUID, *scopes: str, networks: tuple[str, ...] = ()) -> str:
    with Context(of, tenant) as ctx:
        return actions.make(ctx, name="Nightly download", scopes=scopes, networks=networks).key


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_a_system_reads_what_its_scope_says(system: Any, tenant: UUID, bruno: Actor) -> None:
    key = key_of(bruno, tenant, "money:read")

    assert system.get("/v1/payments", headers=bearer(key)).status_code == 200


def test_what_its_scopes_do_not_say_is_refused_and_recorded(
    system: Any, tenant: UUID, bruno: Actor, owner_sql: Sql
) -> None:
    key = key_of(bruno, tenant, "people.me")

    answer = system.get("/v1/payments", headers=bearer(key))

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:salus:refusal:scope-missing"
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
    refused = owner_sql(
        "SELECT channel FROM records WHERE tenant_id = :its AND outcome = 'refused' AND operation = 'money.payments'",
        tenant,
        its=tenant,
    )
    assert refused == [(f"key/{UUID(key.split('_')[1])}",)]


def test_nor_does_it_learn_there_what_is_wrong_with_a_question(system: Any, tenant: UUID, bruno: Actor) -> None:
    key = key_of(bruno, tenant, "people.me")

    answer = system.post(f"/v1/health-data/market/{tenant}/requests", json={"surprise": 1}, headers=bearer(key))

    assert answer.status_code == 403
    assert answer.json()["errors"] == []


def test_a_deed_through_a_key_is_recorded_as_its_owners_through_the_key(
    system: Any, tenant: UUID, ada: Actor, owner_sql: Sql
) -> None:
    key = key_of(ada, tenant, "money.set_commission")

    answer = system.post("/v1/commission-rules", json={"basis_points": 1_200}, headers=bearer(key))

    assert answer.status_code in {200, 201}, answer.text
    done = owner_sql(
        "SELECT actor_id, channel FROM records WHERE tenant_id = :its AND operation = 'money.set_commission'",
        tenant,
        its=tenant,
    )
    assert done == [(ada.id, f"key/{UUID(key.split('_')[1])}")]


def test_what_asks_for_a_fresh_factor_is_refused_to_a_key(system: Any, tenant: UUID, bruno: Actor) -> None:
    key = key_of(bruno, tenant, "people:read")

    answer = system.post("/v1/api-keys", json={"name": "Another", "scopes": ["people:read"]}, headers=bearer(key))

    assert answer.status_code == 403


def test_a_key_that_does_not_work_says_so_and_is_counted(
    system: Any, tenant: UUID, bruno: Actor, owner_sql: Sql
) -> None:
    key = key_of(bruno, tenant, "money:read", networks=("198.51.100.0/24",))

    answer = system.get("/v1/payments", headers=bearer(key))

    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:salus:refusal:key-not-good"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    ((tried,),) = owner_sql(
        "SELECT tried FROM attempts WHERE tenant_id = :its AND scope = 'api-key/network'", tenant, its=tenant
    )
    assert tried == 1


def test_a_key_counts_in_the_header_and_nowhere_else(system: Any, tenant: UUID, bruno: Actor, host: str) -> None:
    key = key_of(bruno, tenant, "money:read", "people:read")
    assert system.get("/v1/payments", headers=bearer(key)).status_code == 200

    for parameter in ("access_token", "api_key", "key", "token"):
        assert system.get("/v1/payments", params={parameter: key}).status_code == 401
    assert system.get("/account", headers=bearer(key)).status_code == 303
    system.cookies.set(security.session_cookie(), key)
    assert system.get("/v1/payments").status_code == 401
    assert system.get("/account").status_code == 303


def test_a_person_makes_a_key_on_the_page_and_sees_it_once(system: Any, browser: Browser) -> None:
    assert "No keys yet" in browser.get("/account/keys").text

    answer = browser.submit("/account/keys", on="/account/keys/new", name="Nightly", scopes="money:read", days="30")

    found = re.search(r'data-copy="(hx_[0-9a-f]{32}_[0-9a-f]{64})"', answer.text)
    assert found is not None
    assert answer.headers["cache-control"] == "no-store"
    assert system.get("/v1/payments", headers=bearer(found[1])).status_code == 200
    listed = browser.get("/account/keys").text
    assert "Nightly" in listed
    assert found[1][-64:] not in listed


def test_a_form_that_chose_nothing_comes_back_with_what_was_typed(browser: Browser) -> None:
    answer = browser.submit("/account/keys", on="/account/keys/new", name="Nightly", days="30")

    assert answer.status_code == 422
    assert "Please choose at least one thing" in answer.text
    assert "Nightly" in answer.text


def test_a_person_rotates_and_revokes_a_key_on_its_page(
    system: Any, browser: Browser, tenant: UUID, bruno: Actor
) -> None:
    key = key_of(bruno, tenant, "money:read")
    page = f"/account/keys/{UUID(key.split('_')[1])}"

    answer = browser.submit(f"{page}/rotate", on=page, days="90")
    assert "The key from before still works" in answer.text
    assert "Two secrets work at the moment" in browser.get(page).text

    assert browser.submit(f"{page}/revoke", on=page).status_code == 303
    assert system.get("/v1/payments", headers=bearer(key)).status_code == 401
    assert "Revoked" in browser.get(page).text
