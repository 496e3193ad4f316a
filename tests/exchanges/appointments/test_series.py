"""A series that is sent twice is one series: by two presses, by two programs, and at the same moment."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from uuid import UUID

import pytest
from httpx2 import Response

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Appointment, VisitType
from salus.exchanges.appointments.rules.refusals import KeyUsed, SeriesTaken
from salus.kernel.actor import Actor
from salus.kernel.tenants import tenant_named
from salus.shared.calendar import actions as calendar
from salus.shared.calendar import queries as calendars
from salus.shared.insurance.models import Coverage
from salus.web.security import session_cookie
from tests.browsing import Browser, application
from tests.cast import at_once, ticket
from tests.exchanges.appointments.scene import Surgery, during, next_monday, on
from tests.exchanges.appointments.test_waiting_at_doors import program_of
from tests.shared.insurance.conftest import desk, office
from tests.shared.insurance.scene import Desk

__all__ = ["desk", "office"]

NINE = "09:00"


@pytest.fixture
def therapy(surgery: Surgery) -> VisitType:
    return surgery.gives(name="Physiotherapy", most_in_series=8, horizon_days=120)


@pytest.fixture
def address(therapy: VisitType) -> str:
    """Of the page on which a series from next Monday at nine is booked."""
    return f"/book/{therapy.id}/{int(on(next_monday(), NINE).timestamp())}/series"


@pytest.fixture
def browsers(tenant: UUID, petra: Actor) -> Iterator[list[Browser]]:
    """Two windows of Petra's: presses in them do not wait for each other."""
    with closing(Browser(application(), host(tenant))) as one, closing(Browser(application(), host(tenant))) as other:
        for browser in (one, other):
            browser.cookies.set(session_cookie(), ticket(tenant, "Petra").token)
        yield [one, other]


def host(tenant: UUID) -> str:
    return tenant_named(tenant).hosts[0]


def books(surgery: Surgery, patient: Actor, therapy: VisitType, clock: str = NINE, **wish: object) -> list[Appointment]:
    usual = {"count": 8, "key": "abc"}
    with surgery.as_(patient) as ctx:
        return actions.book_series(ctx, therapy, on(next_monday(), clock), **usual | wish)  # type: ignore[arg-type]


def booked(surgery: Surgery, patient: Actor) -> int:
    with surgery.as_(patient) as ctx:
        return len(queries.appointments(ctx))


def test_pressed_twice_with_one_key_it_is_one_series(surgery: Surgery, petra: Actor, therapy: VisitType) -> None:
    first, again = (books(surgery, petra, therapy) for _ in range(2))

    assert [one.id for one in again] == [one.id for one in first]
    assert booked(surgery, petra) == 8


@pytest.mark.parametrize("other", [{"clock": "10:00"}, {"count": 4}, {"every_weeks": 2}])
def test_a_key_stands_for_one_series_alone(
    surgery: Surgery, petra: Actor, therapy: VisitType, other: dict[str, object]
) -> None:
    books(surgery, petra, therapy)

    with pytest.raises(KeyUsed):
        books(surgery, petra, therapy, **other)  # type: ignore[arg-type]


def test_a_key_is_each_patients_own(surgery: Surgery, petra: Actor, per: Actor, therapy: VisitType) -> None:
    books(surgery, petra, therapy)

    assert len(books(surgery, per, therapy, clock="10:00")) == 8


def test_sent_at_the_same_moment_with_one_key_it_is_one_series(
    surgery: Surgery, petra: Actor, therapy: VisitType
) -> None:
    came = at_once(lambda: books(surgery, petra, therapy), 4)

    assert [len(one) for one in came if isinstance(one, list)] == [8] * 4
    assert len({appointment.id for one in came if isinstance(one, list) for appointment in one}) == 8


def test_without_a_key_whoever_asks_again_is_told_which_date_is_taken(
    surgery: Surgery, petra: Actor, therapy: VisitType
) -> None:
    books(surgery, petra, therapy, key=None)

    with pytest.raises(SeriesTaken, match=f"^{next_monday().day} "):
        books(surgery, petra, therapy, key=None)


def test_a_date_on_which_the_practice_is_closed_is_named(surgery: Surgery, petra: Actor, therapy: VisitType) -> None:
    third = next_monday(3)
    with surgery.as_(surgery.doctor) as ctx:
        own = calendars.resource(ctx, surgery.profile.resource_id)
        calendar.close(ctx, own, during(on(third, "08:00"), 600))

    with pytest.raises(SeriesTaken, match=f"^{third.day} "):
        books(surgery, petra, therapy)
    assert booked(surgery, petra) == 0


def test_a_program_that_sends_its_key_again_is_answered_with_the_same_series(
    surgery: Surgery, petra: Actor, therapy: VisitType, tenant: UUID, browsers: list[Browser]
) -> None:
    came = twice(lambda browser: by_program(browser, tenant, therapy), browsers)

    assert [one.status_code for one in came] == [201] * 4
    assert len({visit["id"] for one in came for visit in one.json()}) == 8
    assert booked(surgery, petra) == 8


def test_whoever_presses_twice_sees_their_series(
    surgery: Surgery, petra: Actor, browsers: list[Browser], address: str
) -> None:
    key = re.search(r'name="key" value="([0-9a-f]{32})"', browsers[0].get(address).text)
    assert key is not None
    pressed = {"key": key[1], "count": "8", "every_weeks": "1"}

    came = twice(lambda browser: browser.submit(address, on=address, **pressed), browsers)

    assert [(one.status_code, one.headers["location"]) for one in came] == [(303, "/appointments")] * 4
    assert booked(surgery, petra) == 8


def test_the_insurance_pays_for_a_series_too(
    surgery: Surgery, petra: Actor, browsers: list[Browser], address: str, desk: Desk
) -> None:
    coverage: Coverage = desk.insured(petra)
    assert "What brings you here?" in browsers[0].get(address).text

    browsers[0].submit(address, on=address, key="0" * 32, count="2", every_weeks="1", coverage_id=str(coverage.id))

    with surgery.as_(petra) as ctx:
        assert [one.appointment.coverage_id for one in queries.appointments(ctx)] == [coverage.id] * 2


def test_a_series_that_is_too_long_is_said_on_its_page(browsers: list[Browser], address: str) -> None:
    answer = browsers[0].submit(address, on=address, key="0" * 32, count="9", every_weeks="1")

    assert answer.status_code == 422
    assert "So many visits cannot be booked at once" in answer.text


def twice(sends: Callable[[Browser], Response], browsers: list[Browser]) -> list[Response]:
    """Both at once, and then both once more."""
    windows = iter(browsers)
    at_one_moment = at_once(lambda: sends(next(windows)), len(browsers))
    afterwards = [sends(browser) for browser in browsers]
    return [one for one in [*at_one_moment, *afterwards] if isinstance(one, Response)]


def by_program(browser: Browser, tenant: UUID, therapy: VisitType) -> Response:
    wish = {"visit_type_id": str(therapy.id), "starts_at": on(next_monday(), NINE).isoformat(), "count": 8}
    headers = {**program_of(tenant, "Petra"), "idempotency-key": "abc"}
    return browser.request("POST", "/v1/appointments/series", json=wish, headers=headers)
