"""Pages and API of insurance: patients name their own and ask, administrators name insurers and see who fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import FreshFactorNeeded
from salus.kernel.tenants import tenant_named
from salus.shared.insurance import actions
from salus.shared.insurance.rules import SERVICES
from salus.shared.insurance.schemas import InsurerWrite
from salus.shared.people import actions as people
from salus.web import security
from tests.browsing import Browser, application, caller
from tests.cast import PASSWORD, administrator, code_of, email_of
from tests.shared.insurance.scene import Desk, in_days
from tests.shared.insurance.sim_office import KEY, SimOffice


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    security._counts.clear()


def host(desk: Desk) -> str:
    return tenant_named(desk.tenant).hosts[0]


def browser_of(desk: Desk, name: str) -> Browser:
    opened = Browser(application(), host(desk))
    opened.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD)
    return opened


@pytest.fixture
def petras(desk: Desk, petra: Actor) -> Iterator[Browser]:
    """Petra's browser."""
    opened = browser_of(desk, "Petra")
    yield opened
    opened.close()


@pytest.fixture
def adas(desk: Desk) -> Iterator[Browser]:
    """Ada's browser, signed in with both factors."""
    opened = browser_of(desk, "Ada")
    opened.submit("/sign-in/code", on="/sign-in/code", code=code_of(desk.tenant, "Ada"))
    yield opened
    opened.close()


def added(browser: Browser, desk: Desk, member: str) -> str:
    """The page of the insurance that was just added."""
    answer = browser.submit("/insurance", on="/insurance", insurer_id=str(desk.insurer.id), member_number=member)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def asked(browser: Browser, page: str, **form: str) -> Any:
    return browser.submit(f"{page}/checks", on=page, **({"service": "3", "on_day": in_days(5).isoformat()} | form))


def test_petra_adds_her_insurance_and_learns_that_a_visit_is_covered(
    petras: Browser, desk: Desk, office: SimOffice
) -> None:
    page = added(petras, desk, office.covered)
    assert "Nothing was asked yet" in petras.get(page).text

    asked(petras, page)

    shown = petras.get(page).text
    assert "Your insurance is in force on that day and covers this." in shown
    assert "In their words: The plan covers this." in shown


def test_where_the_insurer_does_not_answer_the_page_says_so_and_when_it_is_asked_again(
    petras: Browser, desk: Desk, office: SimOffice
) -> None:
    page = added(petras, desk, office.covered)

    with office.failure():
        asked(petras, page)

    shown = petras.get(page).text
    assert "Your insurer cannot answer right now." in shown
    assert "We ask again at" in shown


def test_what_is_wrong_with_a_form_is_said_at_its_field(petras: Browser, desk: Desk, office: SimOffice) -> None:
    page = added(petras, desk, office.covered)

    twice = petras.submit("/insurance", on="/insurance", insurer_id=str(desk.insurer.id), member_number=office.covered)
    backwards = petras.submit(
        "/insurance",
        on="/insurance",
        insurer_id=str(desk.insurer.id),
        member_number="NH 7",
        valid_from="2026-02-01",
        valid_until="2026-01-31",
    )
    past = asked(petras, page, on_day="2026-01-01")

    assert [answer.status_code for answer in (twice, backwards, past)] == [409, 422, 422]
    assert 'id="field-member_number-error"' in twice.text
    assert "let it end after it begins" in backwards.text
    assert 'id="field-on_day-error"' in past.text


def test_insurance_that_was_removed_is_gone_and_can_be_added_again(
    petras: Browser, desk: Desk, office: SimOffice
) -> None:
    page = added(petras, desk, office.covered)

    petras.submit(f"{page}/remove", on=page)

    assert petras.get(page).status_code == 404
    assert added(petras, desk, office.covered) != page


def test_without_insurers_patients_are_told_that_they_can_book_all_the_same(
    petras: Browser, desk: Desk, ada: Actor
) -> None:
    with Context(ada, desk.tenant) as ctx:
        actions.retire_insurer(ctx, desk.insurer)

    assert "You can book all the same" in petras.get("/insurance").text


def test_ada_names_an_insurer_and_its_key_is_never_shown_again(adas: Browser, desk: Desk, office: SimOffice) -> None:
    form = {"name": "Southern Mutual", "payer_code": "SOUTH-2", "endpoint": office.url, "key": "very-secret-token"}

    answer = adas.submit("/insurers", on="/insurers/new", **form)

    assert answer.status_code == 303
    listed = adas.get("/insurers").text
    assert "Southern Mutual" in listed
    page = re.search(r'href="(/insurers/[0-9a-f-]{36})">Southern', listed)
    assert page is not None
    assert "very-secret-token" not in adas.get(page[1]).text


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5432/", "https://10.0.0.1/fhir", "https://localhost/fhir"])
def test_no_insurer_stands_inside_the_network(adas: Browser, endpoint: str) -> None:
    form = {"name": "Inner", "payer_code": "IN-1", "endpoint": endpoint}

    answer = adas.submit("/insurers", on="/insurers/new", **form)

    assert answer.status_code == 422


def test_an_insurer_of_the_same_code_is_refused_and_one_that_was_retired_can_come_again(
    adas: Browser, desk: Desk, office: SimOffice
) -> None:
    form = {"name": "Nordic Health", "payer_code": "NORDIC-1", "endpoint": office.url}
    assert adas.submit("/insurers", on="/insurers/new", **form).status_code == 409

    adas.submit(f"/insurers/{desk.insurer.id}/retire", on=f"/insurers/{desk.insurer.id}")

    assert adas.submit("/insurers", on="/insurers/new", **form).status_code == 303
    assert "This insurer is retired" in adas.get(f"/insurers/{desk.insurer.id}").text


def test_who_names_insurers_gave_a_second_factor_lately(desk: Desk, office: SimOffice) -> None:
    ada = administrator(desk.tenant)
    stale = Actor(ada.id, ada.roles, session_id=ada.session_id)

    with pytest.raises(FreshFactorNeeded), Context(stale, desk.tenant) as ctx:
        actions.add_insurer(ctx, InsurerWrite(name="Late", payer_code="LATE", endpoint=office.url, key=KEY))


def test_ada_sees_who_does_not_answer_and_when_it_is_tried_again(
    adas: Browser, desk: Desk, petra: Actor, office: SimOffice
) -> None:
    assert "Nothing was called yet" in adas.get("/services").text
    coverage = desk.insured(petra)

    with office.failure():
        for service in list(SERVICES)[:5]:
            desk.asks(petra, coverage, service=service)

    shown = adas.get("/services").text
    assert "Not everything answers" in shown
    assert re.search(r"Nordic Health</td>\s*<td><span class=\"badge bad\">Left alone", shown)
    assert "5 of 5" in shown


def test_only_administrators_see_the_services(petras: Browser, adas: Browser) -> None:
    assert petras.get("/services").status_code == 403
    assert adas.get("/services").status_code == 200


def test_a_program_asks_and_gets_the_state_the_reason_and_the_time(desk: Desk, petra: Actor, office: SimOffice) -> None:
    with nobody(desk.tenant, origin=Origin(channel="api")) as ctx:
        token = people.sign_in(ctx, email=email_of("Petra"), password=PASSWORD).token
    program = caller(application(), host(desk), headers={"authorization": f"Bearer {token}"})
    (insurer,) = program.get("/v1/insurers").json()
    coverage = program.post("/v1/coverages", json={"insurer_id": insurer["id"], "member_number": office.covered})
    checks = f"/v1/coverages/{coverage.json()['id']}/checks"

    with office.failure():
        pending = program.post(checks, json={"service": "3", "on_day": in_days(3).isoformat()})
    answered = program.post(checks, json={"service": "3", "on_day": in_days(3).isoformat()})

    assert insurer == {"id": str(desk.insurer.id), "name": "Nordic Health"}
    assert (pending.status_code, answered.status_code) == (201, 201)
    told = pending.json()["eligibility"]
    assert (told["state"], told["because"], told["recheck_at"] is not None) == ("pending", "failing", True)
    assert answered.json()["eligibility"]["state"] == "eligible"
    assert program.get(f"/v1/eligibility-checks/{answered.json()['id']}").json() == answered.json()
    assert [one["id"] for one in program.get("/v1/eligibility-checks").json()] == [answered.json()["id"]]
    program.close()
