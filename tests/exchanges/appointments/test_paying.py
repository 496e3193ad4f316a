"""A booking waits for no insurer: what it says stands in the answer, and what it does not say yet is asked again."""

from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest

from salus.exchanges.appointments import actions, queries, reactions
from salus.exchanges.appointments.models import AppointmentState, Payer
from salus.exchanges.appointments.queries import Booked
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.shared.insurance.models import Service
from tests.cast import later, letters
from tests.exchanges.appointments.scene import HELSINKI, Surgery, next_monday, on
from tests.shared.insurance.conftest import desk, office
from tests.shared.insurance.scene import Desk

__all__ = ["desk", "office"]


def books(surgery: Surgery, patient: Actor, coverage_id: UUID, clock: str = "09:30") -> Booked:
    """As the door does it: the patient waits for the booking, and for what the insurer says."""
    ctx = Context(patient, surgery.tenant)
    return reactions.book(ctx, surgery.visit_type.id, on(next_monday(), clock), coverage_id=coverage_id)


def eligibility(booked: Booked) -> tuple[str, str]:
    assert booked.eligibility is not None
    return booked.eligibility.state, booked.eligibility.because


def test_the_answer_says_that_the_insurer_pays(surgery: Surgery, petra: Actor, desk: Desk) -> None:
    booked = books(surgery, petra, desk.insured(petra).id)

    assert eligibility(booked) == ("eligible", "in-force")
    assert booked.appointment.payer is Payer.INSURANCE


def test_while_the_circuit_is_open_the_booking_goes_on_and_is_checked_later(
    surgery: Surgery, petra: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    coverage = desk.insured(petra)
    with desk.office.failure():
        for service in list(Service)[:5]:
            desk.asks(petra, coverage, service=service, days=90)
        booked = books(surgery, petra, coverage.id)

    assert booked.appointment.state is AppointmentState.BOOKED
    assert eligibility(booked) == ("pending", "circuit-open")
    assert booked.eligibility is not None
    assert booked.eligibility.recheck_at is not None

    monkeypatch.setattr(desk.breaker, "_clock", lambda: desk.breaker._circuit.since + 10)
    with later(seconds=15):
        for _ in range(2):
            desk.worker_looks()
    with surgery.as_(petra) as ctx:
        assert eligibility(queries.appointment(ctx, booked.appointment.id)) == ("eligible", "in-force")


def test_a_slow_insurer_takes_nobody_the_time_they_booked(surgery: Surgery, petra: Actor, desk: Desk) -> None:
    with desk.office.silence():
        booked = books(surgery, petra, desk.insured(petra).id)

    assert booked.appointment.state is AppointmentState.BOOKED
    assert eligibility(booked) == ("pending", "timeout")
    assert "09:30" not in surgery.clocks(petra, next_monday())


def test_who_is_not_covered_is_told_and_may_pay_themselves(
    tenant: UUID, surgery: Surgery, petra: Actor, desk: Desk
) -> None:
    booked = books(surgery, petra, desk.insured(petra, desk.office.lapsed).id)

    assert eligibility(booked)[0] == "not_eligible"
    assert any("insurer" in letter.body for letter in letters(tenant, "Petra"))
    with surgery.as_(petra) as ctx:
        paying = actions.pay_myself(ctx, surgery.appointment(ctx, booked.appointment))
        assert (paying.payer, paying.check_id) == (Payer.SELF, None)


def test_nobody_books_at_the_cost_of_somebody_elses_insurance(
    surgery: Surgery, petra: Actor, per: Actor, desk: Desk
) -> None:
    with pytest.raises(NotFound):
        books(surgery, per, desk.insured(petra).id)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Clocks go from 03:00 to 04:00: what they never show is not offered, and an hour is gone.
        (date(2027, 3, 28), ["01:00", "02:00", "04:00", "05:00"]),
        # They go back from 04:00 to 03:00: the hour that they show twice is two hours.
        (date(2026, 10, 25), ["01:00", "02:00", "03:00", "03:00", "04:00", "05:00"]),
        (date(2027, 4, 4), ["01:00", "02:00", "03:00", "04:00", "05:00"]),
    ],
    ids=["spring", "autumn", "any other"],
)
def test_times_are_right_on_the_days_when_clocks_change(
    surgery: Surgery, petra: Actor, day: date, expected: list[str]
) -> None:
    night = surgery.gives(minutes=60, every_minutes=60, horizon_days=365, name="Sleep laboratory")
    with surgery.as_(surgery.doctor) as ctx:
        surgery.open(ctx, "01:00", "06:00", "FREQ=WEEKLY;BYDAY=SU")

    with later(days=(day - date.today()).days - 7):  # noqa: DTZ011  (a week before, whatever day it is)
        offered = [each.starts_at for each in surgery.times(petra, day, night)]

    assert [f"{each.astimezone(HELSINKI):%H:%M}" for each in offered] == expected
    assert {(following - each).total_seconds() for each, following in pairwise(offered)} == {3600}


def test_a_series_keeps_its_hour_when_the_clocks_change(surgery: Surgery, petra: Actor) -> None:
    physiotherapy = surgery.gives(most_in_series=4, horizon_days=365)
    first = date(2027, 3, 15)

    with later(days=(first - date.today()).days - 30), surgery.as_(petra) as ctx:  # noqa: DTZ011
        series = actions.book_series(ctx, physiotherapy, on(first, "09:00"), count=4)

    assert [f"{each.starts_at.astimezone(HELSINKI):%H:%M}" for each in series] == ["09:00"] * 4
    assert len({each.starts_at.hour for each in series}) == 2
