"""The pages of security in the browser of an administrator, of a stranger, and of somebody affected."""

import re
from contextlib import suppress
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.ids import new_id
from salus.shared.records import queries as records
from salus.worker import settle_everything
from tests.browsing import Browser
from tests.cast import letters, ticket
from tests.shared.security.watchman import Watchman


@pytest.fixture
def burst(tenant: UUID, pia: Actor, watchman: Watchman) -> None:
    """Pia asked ten times for what is not hers, and the watch saw it."""
    for _ in range(10):
        with suppress(Refusal), Context(pia, tenant) as ctx:
            records.record(ctx, new_id())
    watchman.watch()


def opened(browser: Browser) -> str:
    """The address of an incident that the administrator opened."""
    sent = browser.submit(
        "/security/incidents",
        on="/security/incidents",
        category="disclosure",
        severity="high",
        words="A list lay open.",
    )
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def test_the_dashboard_shows_what_was_found_and_what_runs(adas_browser: Browser, burst: None) -> None:
    opened(adas_browser)

    page = adas_browser.get("/security").text

    assert "Refused again and again" in page
    assert "A way in" not in page
    assert "2 days 23 hours left" in page
    assert "Nobody watches" not in page


def test_an_event_leads_to_its_records_and_is_acknowledged(adas_browser: Browser, burst: None) -> None:
    found = re.search(r'href="(/security/events/[0-9a-f-]{36})"', adas_browser.get("/security/events").text)
    assert found is not None
    page = adas_browser.get(found[1]).text
    record = re.search(r'href="(/records/[0-9a-f-]{36})"', page)
    assert record is not None
    assert adas_browser.get(record[1]).status_code == 200

    sent = adas_browser.submit(f"{found[1]}/acknowledge", on=found[1], note="Pia looked for her own records.")

    assert sent.status_code == 303
    assert "Pia looked for her own records." in adas_browser.get(found[1]).text
    assert "Nothing was found" in adas_browser.get("/security/events?is_open=true").text


def test_a_rule_is_tuned_on_its_page(adas_browser: Browser, watchman: Watchman) -> None:
    page = f"/security/rules/{watchman.rule('refusals').id}"
    numbers = {"threshold": "3", "window_s": "120", "severity": "low", "response": "event"}

    silent = adas_browser.submit(page, on=page, **numbers | {"severity": "high"})
    assert silent.status_code == 422
    assert "at least alerts" in silent.text
    assert adas_browser.submit(page, on=page, **numbers).status_code == 303

    tuned = watchman.rule("refusals")
    assert (tuned.threshold, tuned.window_s, tuned.severity, tuned.enabled) == (3, 120, "low", False)


def test_an_incident_is_led_to_its_end(adas_browser: Browser) -> None:
    here = opened(adas_browser)

    for state in ("confirmed", "contained", "resolved"):
        assert adas_browser.submit(f"{here}/steps", on=here, state=state, because="We looked.").status_code == 303
    early = adas_browser.submit(f"{here}/steps", on=here, state="closed", because="All is done.")
    assert early.status_code == 409
    assert "Legal clocks still run" in early.text
    for clock in set(re.findall(rf"{here}/clocks/[0-9a-f-]{{36}}", adas_browser.get(here).text)):
        assert adas_browser.submit(f"{clock}/excused", on=here, because="Nobody's data was there.").status_code == 303
    assert adas_browser.submit(f"{here}/steps", on=here, state="closed", because="All is done.").status_code == 303

    assert "Next step" not in adas_browser.get(here).text


def test_people_affected_are_listed_told_and_read_it(
    tenant: UUID, adas_browser: Browser, ada: Actor, pia: Actor
) -> None:
    here = opened(adas_browser)
    listed = adas_browser.submit(f"{here}/affected", on=here, actor_id=str(ada.id), operations="people.review_seller")
    assert listed.status_code == 303
    csv = adas_browser.get(f"{here}/affected.csv")
    assert str(pia.id) in csv.text
    assert "Pia" in csv.text

    told = adas_browser.submit(f"{here}/notify", on=here, told="A list lay open.\nIt is closed now.")
    assert told.status_code == 303
    settle_everything()

    assert "1 of 1 person" in adas_browser.get(f"{here}/progress").text
    adas_browser.cookies.clear()
    adas_browser.cookies.set("sid", ticket(tenant, "Pia").token)
    read = adas_browser.get(here.replace("/security/incidents", "/what-happened")).text
    assert "It is closed now." in read
    assert letters(tenant, "Pia")[0].subject == "Something happened that concerns your data"


def test_a_stranger_reports_and_gets_a_reference(browser: Browser, tenant: UUID, ada: Actor) -> None:
    sent = browser.submit("/report", on="/report", category="weakness", words="Your door is open.", address="")

    assert sent.status_code == 200
    reference = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", sent.text)
    assert reference is not None
    assert letters(tenant, "Ada")[0].subject == f"A security incident was opened: {reference[0]}"


def test_others_see_none_of_it(browser: Browser, tenant: UUID, pia: Actor) -> None:
    browser.cookies.set("sid", ticket(tenant, "Pia").token)

    for page in ("/security", "/security/events", "/security/rules", "/security/incidents"):
        assert browser.get(page).status_code == 403
    assert browser.get(f"/what-happened/{new_id()}").status_code == 404
