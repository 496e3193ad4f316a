"""Addresses that people and programs look for by rule, and callers behind a proxy."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from salus import app as assembled
from salus.kernel.settings import settings


@pytest.fixture
def anybody(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://salus.example", follow_redirects=False) as client:
        yield client


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets what an operator sets, until the test ends."""

    def choose(**chosen: str) -> None:
        for name, value in chosen.items():
            monkeypatch.setenv(f"SALUS_{name.upper()}", value)
        settings.cache_clear()

    yield choose
    settings.cache_clear()


def test_who_found_a_weakness_learns_where_to_report_it(anybody: TestClient, set_up: Any) -> None:
    set_up(security_contact="mailto:security@salus.example", public_url="https://salus.example")

    answer = anybody.get("/.well-known/security.txt")

    lines = [line.partition(": ") for line in answer.text.splitlines()]
    told = {name: value for name, _, value in lines}
    contacts = [value for name, _, value in lines if name == "Contact"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert contacts == ["mailto:security@salus.example", "https://salus.example/report"]
    assert told["Canonical"] == "https://salus.example/.well-known/security.txt"
    assert told["Policy"] == "https://salus.example/disclosure"
    assert told["Preferred-Languages"] == "en"


def test_what_security_txt_says_expires_within_a_year_and_not_soon(anybody: TestClient) -> None:
    text = anybody.get("/.well-known/security.txt").text

    (expires,) = [line.removeprefix("Expires: ") for line in text.splitlines() if line.startswith("Expires: ")]
    left = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=90) < left < timedelta(days=365)


def test_the_policy_can_be_read_by_anybody(
    anybody: TestClient, tenant: UUID, owner_sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    ((hosts,),) = owner_sql("SELECT hosts FROM tenants WHERE id = :id", tenant, id=tenant)

    page = anybody.get("/disclosure", headers={"host": hosts[0]})

    assert page.status_code == 200
    assert 'href="/report"' in page.text


def test_a_password_manager_is_led_to_where_the_password_is_changed(anybody: TestClient) -> None:
    answer = anybody.get("/.well-known/change-password")

    assert (answer.status_code, answer.headers["location"]) == (303, "/account/security")


@pytest.mark.parametrize(
    ("proxies", "asked_from", "believed"),
    [
        ("", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.4"),
    ],
    ids=["no proxy is trusted", "a stranger who says so", "the trusted proxy"],
)
def test_only_a_trusted_proxy_says_who_asks(
    set_up: Any, monkeypatch: pytest.MonkeyPatch, proxies: str, asked_from: str, believed: str
) -> None:
    """The last address that is not the proxy's counts: everything before it the caller may have made up."""
    seen: list[Any] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    async def nothing(*_: Message) -> Any:
        return None

    set_up(trusted_proxies=proxies)
    monkeypatch.setattr(assembled, "create_app", lambda: application)
    monkeypatch.setattr(assembled.log, "configure", lambda: None)
    scope = {
        "type": "http",
        "client": (asked_from, 4711),
        "headers": [(b"x-forwarded-for", b"127.0.0.1, 198.51.100.4")],
    }

    with ThreadPoolExecutor(1) as elsewhere:  # the tests of pages keep an event loop open in this thread
        elsewhere.submit(asyncio.run, assembled.serving()(scope, nothing, nothing)).result()

    assert seen == [believed]
