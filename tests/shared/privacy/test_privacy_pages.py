"""The pages of privacy, as a browser shows them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from salus.app import create_app
from salus.kernel.tenants import tenant_named
from tests.browsing import Browser
from tests.cast import PASSWORD, email_of
from tests.shared.privacy.scene import Life


@pytest.fixture(scope="module")
def app(home: object) -> FastAPI:
    return create_app()


@pytest.fixture(scope="module")
def hers(app: FastAPI, life: Life) -> Iterator[Browser]:
    """Pia's browser, signed in."""
    opened = Browser(app, tenant_named(life.tenant).hosts[0])
    opened.submit("/sign-in", on="/sign-in", email=email_of("Pia"), password=PASSWORD)
    yield opened
    opened.close()


def test_one_page_leads_to_all_that_she_can_do(hers: Browser) -> None:
    page = hers.get("/account/privacy")

    assert page.status_code == 200
    for way in ("/who-looked", "/consents", "/account/privacy/use", "/account/privacy/erasure"):
        assert f'href="{way}"' in page.text
        assert hers.get(way).status_code == 200
    assert "Helix Research" in page.text
