"""Patients book times that doctors offer; none is given twice, and nobody sees what is not theirs."""

from itertools import pairwise
from uuid import UUID

import pytest

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Appointment, AppointmentState
from salus.exchanges.appointments.rules.refusals import (
    KeyUsed,
    NoSeries,
    NotBookable,
    NotComing,
    NotOffered,
    NotTheirDoctor,
    NotYet,
    SeriesTaken,
    TooFar,
    TooLateToMove,
    TooSoon,
)
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound, Refusal
from salus.shared.calendar.rules.refusals import TimeTaken
from salus.shared.people import actions as people
from salus.shared.people import queries as persons
from salus.shared.people.models import Review
from salus.shared.records import queries as records
from tests.cast import at_once, code_of, later, patient, signed_in
from tests.exchanges.appointments.scene import HELSINKI, Surgery, next_monday, on, visit


def test_a_booked_time_is_offered_to_nobody_else(surgery: Surgery, petra: Actor, per: Actor) -> None:
    day = next_monday()
    assert surgery.clocks(per, day)[:3] == ["09:00", "09:30", "10:00"]

    surgery.book(petra, on(day, "09:30"))

    assert surgery.clocks(per, day)[:3] == ["09:00", "10:00", "10:30"]


def test_a_time_is_given_once(surgery: Surgery, petra: Actor, per: Actor) -> None:
    surgery.book(petra, on(next_monday(), "09:30"))

    with pytest.raises(TimeTaken):
        surgery.book(per, on(next_monday(), "09:30"))


def test_of_many_who_press_together_one_gets_the_time(tenant: UUID, surgery: Surgery) -> None:
    crowd = iter([patient(tenant, f"Pat{number}") for number in range(8)])

    came = at_once(lambda: surgery.book(next(crowd), on(next_monday(), "11:00")), 8)

    assert sum(isinstance(one, Appointment) for one in came) == 1
    assert sum(isinstance(one, TimeTaken) for one in came) == 7


def test_a_patient_is_never_at_two_doctors_at_once(tenant: UUID, surgery: Surgery, dan: Actor, petra: Actor) -> None:
    other = Surgery(tenant, dan, name="Dr Dan Berg")
    surgery.book(petra, on(next_monday(), "09:30"))

    assert "09:30" not in other.clocks(petra, next_monday())
    with pytest.raises(TimeTaken):
        other.book(petra, on(next_monday(), "09:30"))


def test_pressed_twice_with_one_key_it_is_one_booking(surgery: Surgery, petra: Actor) -> None:
    first = surgery.book(petra, on(next_monday(), "09:30"), key="abc")
    again = surgery.book(petra, on(next_monday(), "09:30"), key="abc")

    assert again.id == first.id
    with pytest.raises(KeyUsed):
        surgery.book(petra, on(next_monday(), "10:00"), key="abc")


def test_sent_twice_at_the_same_moment_with_one_key_it_is_one_booking(surgery: Surgery, petra: Actor) -> None:
    came = at_once(lambda: surgery.book(petra, on(next_monday(), "09:30"), key="abc"), 6)

    assert {one.id for one in came if isinstance(one, Appointment)} == {came[0].id}  # type: ignore[union-attr]
    assert not any(isinstance(one, Refusal) for one in came)


def test_only_offered_times_can_be_booked(surgery: Surgery, petra: Actor) -> None:
    for clock in ("09:10", "08:30", "16:45"):
        with pytest.raises(NotOffered):
            surgery.book(petra, on(next_monday(), clock))


def test_not_too_soon_and_not_too_far_ahead(surgery: Surgery, petra: Actor) -> None:
    careful = surgery.gives(notice_hours=720, horizon_days=40)

    with pytest.raises(TooSoon):
        surgery.book(petra, on(next_monday(), "09:30"), careful)
    with pytest.raises(TooFar):
        surgery.book(petra, on(next_monday(8), "09:30"), careful)


def test_whoever_withdrew_is_booked_no_more(surgery: Surgery, petra: Actor) -> None:
    with surgery.as_(surgery.doctor) as ctx:
        actions.withdraw(ctx)

    with pytest.raises(NotBookable):
        surgery.book(petra, on(next_monday(), "09:30"))


def test_buffers_keep_the_next_visit_away(surgery: Surgery, petra: Actor, per: Actor) -> None:
    surgery.book(petra, on(next_monday(), "10:00"), surgery.gives(after_minutes=30))

    assert "10:30" not in surgery.clocks(per, next_monday())
    assert "11:00" in surgery.clocks(per, next_monday())


def test_a_visit_takes_all_it_needs_or_nothing(surgery: Surgery, petra: Actor, per: Actor) -> None:
    room, laser = surgery.thing("Room 1"), surgery.thing("Laser", "device")
    needs = [{"count": 1, "among": [room]}, {"count": 1, "among": [laser]}]
    treated = surgery.gives(location_id=surgery.location_id, needs=needs)
    scanned = surgery.gives(location_id=surgery.location_id, needs=needs[:1])
    surgery.book(petra, on(next_monday(), "09:00"), scanned)

    assert "09:00" not in surgery.clocks(per, next_monday(), treated)
    with pytest.raises(TimeTaken):
        surgery.book(per, on(next_monday(), "09:00"), treated)
    surgery.book(per, on(next_monday(), "09:30"), treated)


def test_a_series_is_at_the_same_hour_of_every_week(surgery: Surgery, petra: Actor) -> None:
    physiotherapy = surgery.gives(most_in_series=8, horizon_days=120)

    with surgery.as_(petra) as ctx:
        series = actions.book_series(ctx, physiotherapy, on(next_monday(), "09:00"), count=8)

    local = [each.starts_at.astimezone(HELSINKI) for each in series]
    assert [f"{each:%H:%M}" for each in local] == ["09:00"] * 8
    assert {(later - former).days for former, later in pairwise(local)} == {7}
    assert len({each.series_id for each in series}) == 1


def test_a_series_is_booked_whole_or_not_at_all(surgery: Surgery, petra: Actor, per: Actor) -> None:
    physiotherapy = surgery.gives(most_in_series=8, horizon_days=120)
    surgery.book(per, on(next_monday(3), "09:00"))

    with pytest.raises(SeriesTaken, match=f"{next_monday(3).day} "), surgery.as_(petra) as ctx:
        actions.book_series(ctx, physiotherapy, on(next_monday(), "09:00"), count=4)
    with surgery.as_(petra) as ctx:
        assert queries.appointments(ctx) == []


def test_no_series_is_longer_than_the_visit_allows(surgery: Surgery, petra: Actor) -> None:
    with pytest.raises(NoSeries), surgery.as_(petra) as ctx:
        actions.book_series(ctx, surgery.visit_type, on(next_monday(), "09:00"), count=2)


def test_a_moved_appointment_leaves_its_old_time_free(surgery: Surgery, petra: Actor, per: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"))

    moved = surgery.move(petra, booked, on(next_monday(), "10:00"))

    assert (moved.starts_at, moved.sequence) == (on(next_monday(), "10:00"), 1)
    assert "09:30" in surgery.clocks(per, next_monday())


def test_who_cannot_get_the_new_time_keeps_the_old_one(surgery: Surgery, petra: Actor, per: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"))
    surgery.book(per, on(next_monday(), "10:00"))

    with pytest.raises(TimeTaken):
        surgery.move(petra, booked, on(next_monday(), "10:00"))
    assert "09:30" not in surgery.clocks(per, next_monday())


def test_a_cancelled_time_is_free_again(surgery: Surgery, petra: Actor, per: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"))

    cancelled = surgery.cancel(petra, booked, because="I am well again.")

    assert (cancelled.state, cancelled.is_late) == (AppointmentState.CANCELLED, False)
    assert "09:30" in surgery.clocks(per, next_monday())


def test_who_cancels_late_is_noted_as_late_and_cannot_move(surgery: Surgery, petra: Actor) -> None:
    strict = surgery.gives(free_until_hours=720)
    booked = surgery.book(petra, on(next_monday(), "09:30"), strict)

    with pytest.raises(TooLateToMove):
        surgery.move(petra, booked, on(next_monday(), "10:00"))
    assert surgery.cancel(petra, booked).is_late


def test_a_doctor_who_cancels_is_never_late(surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"), surgery.gives(free_until_hours=720))

    assert not surgery.cancel(surgery.doctor, booked).is_late


def test_what_is_over_is_not_cancelled(surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"))

    with later(days=14), pytest.raises(NotComing):
        surgery.cancel(petra, booked)


def test_a_stranger_sees_nothing(surgery: Surgery, petra: Actor, per: Actor, dan: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"), reason="My knee")

    for stranger in (per, dan):
        with pytest.raises(NotFound), surgery.as_(stranger) as ctx:
            queries.appointment(ctx, booked.id)
    with pytest.raises(NotFound), surgery.as_(dan) as ctx:
        queries.visit(ctx, booked.id)


def test_a_doctor_reads_why_a_patient_comes_and_the_patient_sees_who_looked(surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"), reason="My knee")

    with surgery.as_(surgery.doctor) as ctx:
        opened = queries.visit(ctx, booked.id)
        assert (opened.appointment.reason, opened.patient) == ("My knee", "Petra")
    with surgery.as_(petra) as ctx:
        assert "opened an appointment with you" in [look.what for look in records.who_looked(ctx).looks]


def test_an_administrator_says_why_before_they_read_an_appointment(
    tenant: UUID, surgery: Surgery, petra: Actor, ada: Actor
) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"), reason="My knee")

    with Context(ada, tenant) as ctx:
        listed = queries.every_appointment(ctx)
        assert [(one.appointment.id, one.patient) for one in listed] == [(booked.id, None)]
        opened = actions.open_appointment(ctx, booked.id, reason="A complaint about this visit")
        assert opened.appointment.reason == "My knee"


def test_a_doctor_gives_times_to_their_own_patients_alone(surgery: Surgery, petra: Actor, per: Actor) -> None:
    surgery.book(petra, on(next_monday(), "09:30"))

    with surgery.as_(surgery.doctor) as ctx:
        given = actions.book_for(ctx, surgery.visit_type, petra.person_id, on(next_monday(2), "09:30"))
    with pytest.raises(NotTheirDoctor), surgery.as_(surgery.doctor) as ctx:
        actions.book_for(ctx, surgery.visit_type, per.person_id, on(next_monday(2), "10:00"))

    assert given.booked_by == surgery.doctor.id


def test_overbooking_is_a_permission_of_its_own(
    tenant: UUID, surgery: Surgery, petra: Actor, per: Actor, ada: Actor
) -> None:
    surgery.book(per, on(next_monday(), "09:30"))
    surgery.book(petra, on(next_monday(), "15:00"))
    nine = on(next_monday(2), "09:30")
    surgery.book(per, nine)

    with pytest.raises(NotAllowed), surgery.as_(surgery.doctor) as ctx:
        actions.overbook(ctx, surgery.visit_type, petra.person_id, nine, because="An emergency")
    with Context(ada, tenant) as ctx:
        people.grant_role(ctx, persons.person(ctx, surgery.doctor.person_id), Role.OVERBOOKER)
    with surgery.as_(signed_in(tenant, "Dora", code=code_of(tenant, "Dora"))) as ctx:
        given = actions.overbook(ctx, surgery.visit_type, petra.person_id, nine, because="An emergency")

    assert given.is_overbooked


def test_a_visit_is_over_only_once_it_has_begun(surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "09:30"))

    with pytest.raises(NotYet), surgery.as_(surgery.doctor) as ctx:
        actions.note_visit(ctx, surgery.appointment(ctx, booked), AppointmentState.NO_SHOW)
    with later(days=14), surgery.as_(surgery.doctor) as ctx:
        noted = actions.note_visit(ctx, surgery.appointment(ctx, booked), AppointmentState.FULFILLED)
        assert noted.state is AppointmentState.FULFILLED


def test_doctors_are_found_by_what_is_asked_for_those_with_time_soonest_first(
    tenant: UUID, surgery: Surgery, dan: Actor, petra: Actor
) -> None:
    other = Surgery(tenant, dan, name="Dr Dan Berg")
    with other.as_(dan) as ctx:
        actions.change_visit_type(ctx, other.visit_type, visit(notice_hours=24 * 7))

    with surgery.as_(petra) as ctx:
        everybody = queries.find(ctx, queries.Search(city="helsinki", language="fi"))
        nobody = queries.find(ctx, queries.Search(specialty="394579002"))

    assert [one.doctor.public_name for one in everybody] == ["Dr Dora Lind", "Dr Dan Berg"]
    assert everybody[0].next_time is not None
    assert nobody == []


def test_a_doctor_whose_practice_was_turned_down_is_found_no_more(
    tenant: UUID, surgery: Surgery, petra: Actor, ada: Actor
) -> None:
    with Context(ada, tenant) as ctx:
        its = persons.organisation(ctx, surgery.profile.organisation_id)
        people.review_organisation(ctx, its, review=Review.REJECTED, reason="The licence ended.")

    with surgery.as_(petra) as ctx:
        assert queries.find(ctx, queries.Search()) == []
    with pytest.raises(NotFound), surgery.as_(petra) as ctx:
        queries.visit_type(ctx, surgery.visit_type.id)
