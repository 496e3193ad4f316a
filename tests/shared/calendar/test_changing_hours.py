"""Hours are changed in their place, and nobody who booked in them is forgotten over it."""

import re
from datetime import date, time
from typing import Any
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.errors import NotFound
from salus.shared.calendar import actions, queries
from salus.shared.calendar.models import Hours
from salus.shared.calendar.rules.hours import line
from salus.shared.calendar.rules.recurrence import RuleNeverFalls
from salus.shared.calendar.rules.refusals import BookingsOutside, EndsBeforeItStarts
from salus.shared.calendar.schemas import HoursWrite
from tests.browsing import Browser
from tests.shared.calendar.scene import Practice, span
from tests.shared.calendar.test_calendar_doors import MORNINGS, app, browser, host, opened_calendar, sign_in
from tests.shared.calendar.test_hours import MORNING, WEEKDAYS, free, open_hours

__all__ = ["app", "browser", "host", "sign_in"]

USUAL: dict[str, Any] = {"rule": WEEKDAYS, "starts": time(9), "ends": time(12), "valid_from": date(2026, 1, 1)}
"""What `open_hours` opens: from 07:00 to 10:00 in UTC, in winter."""
DAY = span("00:00", "23:00")
TEN = span("08:00", "08:30")
"""Ten o'clock in Helsinki on a Monday in winter."""


def change(practice: Practice, hours_id: UUID, *, leaving: tuple[UUID, ...] = (), **differences: Any) -> Hours:
    with practice.context() as ctx:
        hours = queries.one_of_hours(ctx, hours_id)
        place = queries.location(ctx, differences.pop("location_id", practice.location_id))
        return actions.change_hours(ctx, hours, place, HoursWrite(**USUAL | differences), leaving=leaving)


def outside(practice: Practice, hours_id: UUID, **differences: Any) -> list[UUID]:
    """The bookings that would lie outside; without a difference, if the hours were removed."""
    with practice.context() as ctx:
        hours = queries.one_of_hours(ctx, hours_id)
        place = queries.location(ctx, differences.pop("location_id", practice.location_id))
        written = HoursWrite(**USUAL | differences).model_dump()
        wanted = line(hours.resource_id, place, **written) if differences else None
        return [one.booking_id for one in queries.left_outside(ctx, hours, wanted)]


def test_hours_are_changed_in_their_place(practice: Practice) -> None:
    hours_id = open_hours(practice)

    changed = change(practice, hours_id, starts=time(10))

    assert changed.id == hours_id
    assert free(practice, DAY) == [span("08:00", "10:00")]


@pytest.mark.parametrize(
    ("differences", "refusal"),
    [
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, RuleNeverFalls),
        ({"ends": time(9)}, EndsBeforeItStarts),
        ({"valid_until": date(2025, 12, 31)}, EndsBeforeItStarts),
    ],
)
def test_hours_that_cannot_be_are_refused_as_when_they_are_added(
    practice: Practice, differences: dict[str, Any], refusal: type[Exception]
) -> None:
    hours_id = open_hours(practice)

    with pytest.raises(refusal):
        change(practice, hours_id, **differences)
    assert free(practice, DAY) == [MORNING]


def test_whoever_changes_hours_names_what_is_booked_outside_of_them(practice: Practice) -> None:
    hours_id = open_hours(practice)
    booked = practice.take(TEN, practice.doctor_id)

    with pytest.raises(BookingsOutside):
        change(practice, hours_id, starts=time(11))
    assert free(practice, DAY) == [span("07:00", "08:00"), span("08:30", "10:00")]
    change(practice, hours_id, starts=time(11), leaving=(booked,))

    assert free(practice, DAY) == [span("09:00", "10:00")]
    assert len(practice.claims(booked)) == 1


def test_a_booking_that_came_meanwhile_is_not_overlooked(practice: Practice) -> None:
    hours_id = open_hours(practice)
    seen = practice.take(TEN, practice.doctor_id)
    practice.take(span("07:00", "07:30"), practice.doctor_id)

    with pytest.raises(BookingsOutside):
        change(practice, hours_id, starts=time(11), leaving=(seen,))


@pytest.mark.parametrize(
    "difference",
    [
        {"starts": time(10, 15)},
        {"ends": time(10, 15)},
        {"rule": "FREQ=WEEKLY;BYDAY=TU,WE"},
        {"valid_from": date(2027, 3, 2)},
        {"valid_until": date(2027, 2, 28)},
    ],
)
def test_a_booking_that_would_lie_outside_is_listed(practice: Practice, difference: dict[str, Any]) -> None:
    hours_id = open_hours(practice)
    booked = practice.take(TEN, practice.doctor_id)

    assert outside(practice, hours_id, **difference) == [booked]
    assert outside(practice, hours_id) == [booked]


def test_at_another_place_a_booking_lies_outside(practice: Practice) -> None:
    hours_id = open_hours(practice)
    booked = practice.take(TEN, practice.doctor_id, at=practice.location_id)

    assert outside(practice, hours_id, location_id=practice.another_location().location_id, rule=WEEKDAYS) == [booked]


def test_what_other_hours_hold_and_what_was_outside_before_are_not_listed(practice: Practice) -> None:
    hours_id = open_hours(practice)
    open_hours(practice, starts=time(10), ends=time(11))
    practice.take(TEN, practice.doctor_id)
    practice.take(span("12:00", "12:30"), practice.doctor_id, outside_hours=True)
    with practice.context() as ctx:
        actions.block(ctx, queries.resource(ctx, practice.doctor_id), span("07:00", "07:30"))

    assert outside(practice, hours_id, starts=time(11)) == []


def test_bookings_of_many_years_are_all_looked_at(practice: Practice) -> None:
    hours_id = open_hours(practice, "FREQ=DAILY")
    with practice.context() as ctx:
        actions.keep_holidays(ctx, queries.resource(ctx, practice.doctor_id), on=False)
    days = [0, 300, 1_400, 2_500]
    booked = [practice.take(span("08:00", "08:30", day=day), practice.doctor_id) for day in days]

    assert outside(practice, hours_id, rule="FREQ=DAILY", starts=time(11, 45)) == booked


def test_nobody_changes_hours_of_another_practice(practice: Practice, dan: Actor) -> None:
    hours_id = open_hours(practice)

    with pytest.raises(NotFound), practice.context(dan) as ctx:
        queries.one_of_hours(ctx, hours_id)


def test_a_doctor_changes_hours_and_sees_first_who_is_booked(browser: Browser, tenant: UUID, dora: Actor) -> None:
    calendar = opened_calendar(browser)
    booked = taken_at_ten(tenant, dora, UUID(calendar))
    (page,) = re.findall(r'href="(/hours/lines/[\w-]+)"', browser.get(f"/hours/{calendar}").text)
    shown = browser.get(page).text
    assert 'value="MO"' in shown
    assert "1 booking would lie outside of your hours" in shown  # if they were removed
    place = re.search(r'<option value="([\w-]{36})" selected', shown)
    assert place is not None
    wanted = MORNINGS | {"starts": "11:00", "location_id": place[1]}

    warned = browser.submit(page, on=page, **wanted)

    assert warned.status_code == 409
    assert f'name="leaving" value="{booked}"' in warned.text
    assert "Save all the same" in warned.text
    saved = browser.submit(page, on=page, leaving=str(booked), **wanted)
    assert saved.headers["location"] == f"/hours/{calendar}"
    assert "11:00–12:00" in browser.get(f"/hours/{calendar}").text


def test_a_doctor_who_chooses_no_day_is_asked_for_one(browser: Browser) -> None:
    calendar = opened_calendar(browser)
    (page,) = re.findall(r'href="(/hours/lines/[\w-]+)"', browser.get(f"/hours/{calendar}").text)
    place = re.search(r'<option value="([\w-]{36})"', browser.get(page).text)
    assert place is not None
    wanted = {name: value for name, value in MORNINGS.items() if name != "weekdays"} | {"location_id": place[1]}

    answer = browser.submit(page, on=page, **wanted)

    assert answer.status_code == 422
    assert "choose at least one day" in answer.text


def test_a_rule_that_is_not_about_weekdays_is_changed_as_it_is_written(practice: Practice, browser: Browser) -> None:
    hours_id = open_hours(practice, "FREQ=MONTHLY;BYDAY=1MO")
    page = f"/hours/lines/{hours_id}"
    assert 'value="FREQ=MONTHLY;BYDAY=1MO"' in browser.get(page).text
    wanted = {"rule": "FREQ=MONTHLY;BYDAY=2MO", "starts": "09:00", "ends": "12:00", "valid_from": "2026-01-01"}

    browser.submit(page, on=page, location_id=str(practice.location_id), **wanted)

    assert free(practice, span("00:00", "23:00", day=7)) == [span("07:00", "10:00", day=7)]


def taken_at_ten(tenant: UUID, doctor: Actor, calendar: UUID) -> UUID:
    practice = Practice.__new__(Practice)
    practice.tenant, practice.doctor = tenant, doctor
    return practice.take(TEN, calendar)
