"""What patients and doctors see, and that they get through from the search to the visit."""

import re
from uuid import UUID

from salus.kernel.actor import Actor
from salus.web.security import session_cookie
from tests.browsing import Browser
from tests.cast import code_of, ticket
from tests.exchanges.appointments.scene import Surgery, next_monday, on


def let_in(browser: Browser, tenant: UUID, name: str, *, has_factor: bool = False) -> None:
    given = code_of(tenant, name) if has_factor else None
    browser.cookies.set(session_cookie(), ticket(tenant, name, code=given).token)


def test_a_stranger_finds_a_doctor_and_is_asked_to_sign_in(browser: Browser, surgery: Surgery) -> None:
    found = browser.get("/doctors?specialty=394814009&city=Helsinki")
    doctor = f"/doctors/{surgery.profile.id}"
    assert f'href="{doctor}"' in found.text
    assert "Helsinki time" in found.text

    times = browser.get(f"{doctor}/times/{surgery.visit_type.id}?since={next_monday()}")
    first = re.search(r'href="(/book/[^"]*)"', times.text)
    assert first is not None
    assert "Please sign in to book" in browser.get(first[1].replace("&amp;", "&")).text


def test_a_patient_books_moves_and_cancels(
    browser: Browser, tenant: UUID, surgery: Surgery, petra: Actor, per: Actor
) -> None:
    let_in(browser, tenant, "Petra")
    at = int(on(next_monday(), "09:30").timestamp())
    page = f"/book/{surgery.visit_type.id}/{at}"

    booked = browser.submit(page, on=page, reason="My knee", key="a" * 32)
    appointment = booked.headers["location"]
    assert "My knee" in browser.get(appointment).text
    assert "09:30 Helsinki time (UTC+2)" in browser.get("/appointments").text

    later = on(next_monday(), "11:00")
    moved = browser.submit(
        f"{appointment}/time", on=f"{appointment}/move?since={next_monday()}", starts_at=later.isoformat()
    )
    assert moved.status_code == 303
    assert "11:00 Helsinki time" in browser.get(appointment).text

    browser.submit(f"{appointment}/cancel", on=appointment, because="I am well again")
    assert "This appointment is cancelled" in browser.get(appointment).text


def test_who_is_too_late_is_shown_the_way_to_other_times(
    browser: Browser, tenant: UUID, surgery: Surgery, petra: Actor, per: Actor
) -> None:
    let_in(browser, tenant, "Petra")
    nine = on(next_monday(), "09:30")
    page = f"/book/{surgery.visit_type.id}/{int(nine.timestamp())}"
    surgery.book(per, nine)

    late = browser.submit(page, on="/account", key="a" * 32)

    assert late.status_code == 409
    assert "Choose another time" in late.text


def test_a_doctor_sees_who_comes_and_notes_that_they_are_here(
    browser: Browser, tenant: UUID, surgery: Surgery, petra: Actor
) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"), reason="My knee")
    let_in(browser, tenant, "Dora", has_factor=True)

    assert "Petra" in browser.get("/patients").text
    visit = browser.get(f"/visits/{booked.id}").text
    assert "Petra" in visit
    assert "My knee" in visit
    browser.submit(f"/visits/{booked.id}/outcome", on=f"/visits/{booked.id}", state="arrived")
    assert "Arrived" in browser.get(f"/visits/{booked.id}").text


def test_a_doctor_describes_a_practice_and_a_kind_of_visit(browser: Browser, tenant: UUID, surgery: Surgery) -> None:
    room = surgery.thing("Room 1")
    let_in(browser, tenant, "Dora", has_factor=True)

    assert "Dr Dora Lind" in browser.get("/practice").text
    added = browser.submit(
        "/practice/visits/new",
        on="/practice/visits/new",
        name="Laser treatment",
        minutes="45",
        every_minutes="15",
        price="120.50",
        mode="in_person",
        location_id=str(surgery.location_id),
        rooms=str(room),
    )
    assert added.status_code == 303
    page = browser.get("/practice").text
    assert "Laser treatment" in page
    assert "€120.50" in page
