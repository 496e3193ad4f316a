"""What answers and cookies carry where people come by HTTPS (OWASP ASVS 5.0, V3 and V14.3)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from salus.app import create_app
from salus.kernel.settings import settings
from tests.cast import PASSWORD, email_of, sign_up


@pytest.fixture(scope="module")
def app(home: Path) -> FastAPI:
    """One of its own: what the frame sends is made ready at the first request, and here that is by HTTPS."""
    return create_app()


@pytest.fixture
def browser(
    app: FastAPI, tenant: UUID, owner_sql: Callable[..., list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """Somebody's browser at a tenant that is reached by HTTPS."""
    ((hosts,),) = owner_sql("SELECT hosts FROM tenants WHERE id = :id", tenant, id=tenant)
    monkeypatch.setenv("SALUS_PUBLIC_URL", f"https://{hosts[0]}")
    settings.cache_clear()
    with TestClient(app, base_url=f"https://{hosts[0]}", follow_redirects=False) as client:
        yield client
    settings.cache_clear()


def submit(browser: TestClient, path: str, *, on: str, **fields: str) -> Any:
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', browser.get(on).text)
    assert token is not None, f"{on} holds no form"
    return browser.post(path, data={"csrf_token": token[1], **fields})


def sign_in(browser: TestClient, tenant: UUID) -> Any:
    sign_up(tenant, "Pia")
    return submit(browser, "/sign-in", on="/sign-in", email=email_of("Pia"), password=PASSWORD)


def cookies(answer: Any) -> dict[str, str]:
    """Every cookie that the answer sets: its attributes in lower case, by name."""
    return {
        name: attributes.lower()
        for name, _, attributes in (line.partition("=") for line in answer.headers.get_list("set-cookie"))
    }


def test_every_cookie_is_bound_to_this_host_and_kept_from_scripts_and_from_other_sites(
    browser: TestClient, tenant: UUID
) -> None:
    entrance = browser.get("/sign-in")
    inside = sign_in(browser, tenant)
    changed = submit(browser, "/account/name", on="/account", name="Pia Nowak")

    for name, attributes in (cookies(entrance) | cookies(inside) | cookies(changed)).items():
        assert name.startswith("__Host-"), name
        for needed in ("secure", "httponly", "samesite=lax", "path=/"):
            assert needed in attributes, (name, needed)
        assert "domain" not in attributes, name
    assert cookies(entrance)
    assert "__Host-sid" in cookies(inside)
    assert "__Host-said" in cookies(changed)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/v1/nowhere", "/healthz", "/static/salus.css", "/sign-in"])
def test_every_answer_keeps_to_https_and_tells_no_other_site_anything(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    for directive in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in headers["content-security-policy"]


def test_nothing_of_anybody_is_kept_in_a_cache(browser: TestClient, tenant: UUID) -> None:
    sign_in(browser, tenant)

    for path in ("/overview", "/account", "/v1/me", "/nowhere"):
        assert browser.get(path).headers["cache-control"] == "no-store", path


def test_signing_out_clears_what_the_browser_kept(browser: TestClient, tenant: UUID) -> None:
    sign_in(browser, tenant)

    answer = submit(browser, "/sign-out", on="/account")

    assert answer.headers["clear-site-data"] == '"cache", "storage"'


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_a_page_takes_no_method_that_it_does_not_serve(browser: TestClient, method: str) -> None:
    answer = browser.request(method, "/sign-in", headers={"x-secret": "said back by TRACE"})

    assert answer.status_code == 405
    assert "said back" not in answer.text
