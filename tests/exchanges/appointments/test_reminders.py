"""Patients are reminded a day before, once, and of nothing that is not coming."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from salus.exchanges.appointments import queries, reactions
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.shared.calendar.models import Span
from salus.shared.messages import queries as messages
from salus.worker import settle_everything
from tests.cast import Letter, at_once, letters
from tests.exchanges.appointments.queue import moment
from tests.exchanges.appointments.scene import Surgery, next_monday, on

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
REMINDER = "Your appointment: "


@pytest.fixture
def ten() -> datetime:
    """Ten o'clock, two Mondays from now: whoever books it today is reminded on the Sunday before."""
    return on(next_monday(2), "10:00")


def reminders(tenant: UUID, at: datetime, *, name: str = "Petra") -> list[Letter]:
    """The reminders that somebody has got after the worker looked at this moment."""
    with moment(at):
        reactions.remind(Context(SYSTEM, tenant))
        settle_everything()
        return [letter for letter in letters(tenant, name) if letter.subject.startswith(REMINDER)]


def test_patients_are_reminded_a_day_before(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    surgery.book(petra, ten)

    assert reminders(tenant, ten - DAY - MINUTE) == []
    assert len(reminders(tenant, ten - DAY)) == 1


def test_they_are_reminded_once(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    surgery.book(petra, ten)

    for hours in range(0, 24, 6):
        assert len(reminders(tenant, ten - DAY + timedelta(hours=hours))) == 1


def test_two_workers_remind_once(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    surgery.book(petra, ten)

    with moment(ten - DAY):
        at_once(lambda: reactions.remind(Context(SYSTEM, tenant)), 4)

    assert len(reminders(tenant, ten - DAY)) == 1


def test_a_new_time_is_reminded_of_anew(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    booked = surgery.book(petra, ten)
    reminders(tenant, ten - DAY)

    with moment(ten - DAY):
        surgery.move(surgery.doctor, booked, ten + 3 * DAY)

    assert len(reminders(tenant, ten + DAY)) == 1
    assert len(reminders(tenant, ten + 2 * DAY)) == 2


def test_nobody_is_reminded_of_what_was_cancelled(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    surgery.cancel(petra, surgery.book(petra, ten))

    assert reminders(tenant, ten - DAY) == []


def test_nobody_is_reminded_of_what_they_just_booked(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    now = datetime.now(UTC)
    with surgery.as_(surgery.doctor) as ctx:
        surgery.open(ctx, "00:00", "23:59", rule="FREQ=DAILY")
    with surgery.as_(petra) as ctx:
        soon = queries.times(ctx, surgery.visit_type, Span(now + timedelta(hours=3), now + timedelta(hours=20)))[0]
    surgery.book(petra, soon.starts_at)

    assert reminders(tenant, soon.starts_at - timedelta(hours=1)) == []


def test_a_reminder_tells_when_and_where_and_nothing_else(
    tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime
) -> None:
    booked = surgery.book(petra, ten, reason="A rash on my arm")

    (letter,) = reminders(tenant, ten - DAY)

    assert ", 10:00 Helsinki time (UTC+" in letter.subject
    assert "Harbour Clinic" in letter.body
    assert f"/appointments/{booked.id}" in letter.body
    for telling in ("Dora", "Consultation", "rash", "General practice", "394814009", "€", "Petra"):
        assert telling not in f"{letter.subject} {letter.body}"


def test_a_reminder_is_a_notice_as_well(tenant: UUID, surgery: Surgery, petra: Actor, ten: datetime) -> None:
    booked = surgery.book(petra, ten)
    reminders(tenant, ten - DAY)

    with surgery.as_(petra) as ctx:
        notice = messages.notices(ctx)[0]
        assert (notice.title[: len(REMINDER)], notice.link) == (REMINDER, f"/appointments/{booked.id}")
