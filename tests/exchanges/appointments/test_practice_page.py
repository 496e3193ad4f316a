"""A doctor says on one page how patients find them, and finds what they look for in its long lists."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.tenants import tenant_named
from salus.web.security import session_cookie
from tests.browsing import Browser, application
from tests.cast import code_of, ticket
from tests.exchanges.appointments.scene import GENERAL_PRACTICE

CARDIOLOGY, DERMATOLOGY = "394579002", "394582007"


@pytest.fixture
def browser(tenant: UUID, dora: Actor) -> Iterator[Browser]:
    """Dora's, who has not said yet how patients find her."""
    browser = Browser(application(), tenant_named(tenant).hosts[0])
    browser.cookies.set(session_cookie(), ticket(tenant, "Dora", code=code_of(tenant, "Dora")).token)
    yield browser
    browser.close()


def ticked(page: str) -> list[str]:
    return sorted(re.findall(r'<input type="checkbox" name="\w+" value="(\w+)" checked>', page))


def offered(page: str, name: str) -> list[str]:
    return re.findall(rf'<input type="checkbox" name="{name}" value="(\w+)"', page)


def test_what_a_doctor_chose_stands_on_top(browser: Browser) -> None:
    said = {"public_name": "Dr Dora Lind", "specialties": DERMATOLOGY, "languages": "fi"}

    assert browser.submit("/practice", on="/practice", **said).headers["location"] == "/practice"

    page = browser.get("/practice").text
    assert ticked(page) == [DERMATOLOGY, "fi"]
    assert offered(page, "specialties")[0] == DERMATOLOGY
    assert page.index(">Chosen<") < page.index(">General<") < page.index(">Inner organs<")


def test_looking_for_something_loses_nothing_that_was_filled_in(browser: Browser) -> None:
    filled = {"public_name": "Dr D", "specialties": CARDIOLOGY, "about": "I listen."}

    found = browser.submit("/practice/find", on="/practice", find_specialties="skin or derm", **filled).text
    assert "Nothing else is called like this." in found
    found = browser.submit("/practice/find", on="/practice", find_specialties="DERM", **filled).text

    assert offered(found, "specialties") == [CARDIOLOGY, DERMATOLOGY]
    assert ticked(found) == [CARDIOLOGY]
    assert 'value="Dr D"' in found
    assert "I listen." in found
    assert ticked(browser.get("/practice").text) == []


def test_a_form_that_comes_back_keeps_what_was_ticked(browser: Browser) -> None:
    answer = browser.submit("/practice", on="/practice", public_name="D", specialties=GENERAL_PRACTICE, languages="fi")

    assert answer.status_code == 422
    assert ticked(answer.text) == [GENERAL_PRACTICE, "fi"]
