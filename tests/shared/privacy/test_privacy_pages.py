"""The pages of privacy, as a browser shows them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from salus.kernel.tenants import tenant_named
from salus.worker import settle_everything
from tests.browsing import Browser
from tests.cast import PASSWORD, email_of
from tests.shared.privacy.scene import Life
from tests.world import Sql


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


def test_a_copy_is_asked_for_and_fetched_in_the_browser(hers: Browser, life: Life, owner_sql: Sql) -> None:
    asked = hers.submit("/account/privacy/copies", on="/account/privacy")
    settle_everything()
    ((copy_id,),) = owner_sql(
        "SELECT id FROM privacy_copies WHERE state = 'ready' ORDER BY id DESC LIMIT 1", life.tenant
    )
    page = hers.get("/account/privacy").text
    address = f"/account/privacy/copies/{copy_id}/content"
    refused = hers.submit(address, on="/account/privacy", current_password="a guess of somebody else")
    content = hers.submit(address, on="/account/privacy", current_password=PASSWORD)

    assert asked.status_code == 303
    assert f'action="{address}" class="form" aria-label="Download this copy"' in page
    assert (refused.status_code, content.status_code) == (422, 200)
    assert content.headers["content-disposition"].startswith("attachment")
    assert content.content[:2] == b"PK"


def test_the_page_of_erasure_says_what_must_be_settled_first_and_shows_no_form(hers: Browser) -> None:
    page = hers.get("/account/privacy/erasure").text

    assert "Ask for a payout under Earnings first" in page
    assert "What stays, and why" in page
    assert 'name="confirmation"' not in page
