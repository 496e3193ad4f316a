"""Appointments come into people's own calendars, change there, and go out again; read by a library that is not ours."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from icalendar import Calendar, Event

from salus.exchanges.appointments import actions
from salus.exchanges.appointments.queries import invitations
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.calendar import actions as calendar
from salus.shared.calendar import queries as calendars
from salus.shared.messages import queries as messages
from salus.shared.messages.models import Mail
from salus.worker import settle_everything
from tests.cast import email_of
from tests.exchanges.appointments.queue import Queue
from tests.exchanges.appointments.scene import HELSINKI, Surgery, next_monday, on


def sent_to(tenant: UUID, name: str) -> list[tuple[str, Event]]:
    """What the calendar of somebody was sent, in order: the method, and the entry."""
    settle_everything()
    with nobody(tenant) as ctx:
        mails: Sequence[Mail] = messages.mails(ctx)
        files = [mail.calendar for mail in reversed(mails) if mail.address == email_of(name) and mail.calendar]
    return [(str(read["METHOD"]), only_event(read)) for read in map(Calendar.from_ical, files)]


def only_event(read: Calendar) -> Event:
    (event,) = read.events
    return event


def test_patient_and_doctor_are_invited(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))

    for name in ("Petra", "Dora"):
        ((method, event),) = sent_to(tenant, name)
        assert method == "REQUEST"
        assert str(event["UID"]).startswith(f"{booked.id}@")
        assert (event.start, event.end) == (booked.starts_at, booked.ends_at)
        assert event.start.tzinfo.key == "Europe/Helsinki"
        assert event["SEQUENCE"] == 0
        assert event["ATTENDEE"] == f"mailto:{email_of(name)}"
        assert event["LOCATION"] == "Harbour Clinic, Satamakatu 1, Helsinki, FI"
        assert event["ORGANIZER"] == "mailto:no-reply@salus.invalid"


def test_a_move_takes_the_place_of_what_was_there(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))
    settle_everything()

    surgery.move(petra, booked, on(next_monday(), "15:00"))

    for name in ("Petra", "Dora"):
        (_, first), (method, second) = sent_to(tenant, name)
        assert method == "REQUEST"
        assert second["UID"] == first["UID"]
        assert second["SEQUENCE"] > first["SEQUENCE"]
        assert second.start == on(next_monday(), "15:00")


def test_what_is_cancelled_goes_out_again(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))
    settle_everything()

    surgery.cancel(surgery.doctor, booked, because="I am ill")

    for name in ("Petra", "Dora"):
        (_, first), (method, second) = sent_to(tenant, name)
        assert (method, second["STATUS"]) == ("CANCEL", "CANCELLED")
        assert second["UID"] == first["UID"]
        assert second["SEQUENCE"] > first["SEQUENCE"]


def test_what_is_done_twice_is_told_once(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    for _ in range(2):
        booked = surgery.book(petra, on(next_monday(), "10:00"), key="the same again")
        settle_everything()
    for _ in range(2):
        surgery.cancel(petra, booked)
        settle_everything()

    assert [method for method, _ in sent_to(tenant, "Dora")] == ["REQUEST", "CANCEL"]


def test_each_visit_of_a_series_is_an_entry(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    physiotherapy = surgery.gives(name="Physiotherapy", minutes=30, most_in_series=8)
    with surgery.as_(petra) as ctx:
        made = actions.book_series(ctx, physiotherapy, on(next_monday(), "10:00"), count=3)

    told = [event for _, event in sent_to(tenant, "Petra")]

    assert {str(event["UID"]).split("@")[0] for event in told} == {str(one.id) for one in made}
    assert [event.start - told[0].start for event in told] == [timedelta(weeks=number) for number in range(3)]


def test_a_time_from_the_waiting_list_comes_with_an_invitation_too(
    tenant: UUID, surgery: Surgery, petra: Actor, per: Actor
) -> None:
    queue = Queue(surgery, per)
    later_time = surgery.book(petra, queue.nine + timedelta(days=7), queue.visit_type)
    queue.joined_by(petra, appointment_id=later_time.id)
    queue.becomes_free()
    offered = queue.offered(petra)
    assert offered is not None

    queue.accept(petra, offered)

    methods = [(method, str(event["UID"]).split("@")[0]) for method, event in sent_to(tenant, "Petra")]
    assert methods[0] == ("REQUEST", str(later_time.id))
    assert set(methods[1:]) == {("REQUEST", str(offered.id)), ("CANCEL", str(later_time.id))}


def test_invitations_say_neither_with_whom_nor_why(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    """A calendar is read by companies, and shared with colleagues and families."""
    booked = surgery.book(petra, on(next_monday(), "10:00"), reason="A rash on my arm")
    surgery.cancel(petra, booked, because="It went away")
    settle_everything()

    with nobody(tenant) as ctx:
        mails = [mail for mail in messages.mails(ctx) if mail.calendar]
        words = [f"{mail.subject} {mail.body} {mail.calendar}" for mail in mails]
    assert len(words) == 2  # of what was cancelled before anybody was told, only that
    for telling in ("Dora", "Petra", "Consultation", "General practice", "rash", "went away", "394814009"):
        assert not any(telling in text.replace(email_of("Dora"), "").replace(email_of("Petra"), "") for text in words)


def test_whoever_did_it_gets_no_notice_of_it(tenant: UUID, surgery: Surgery, petra: Actor) -> None:
    surgery.book(petra, on(next_monday(), "10:00"))
    settle_everything()

    with surgery.as_(petra) as ctx:
        assert not any(notice.template == "appointments/invitation" for notice in messages.notices(ctx))
    with surgery.as_(surgery.doctor) as ctx:
        assert messages.notices(ctx)[0].title.startswith("Appointment booked: ")


def test_those_who_take_part_get_a_file_and_nobody_else(surgery: Surgery, petra: Actor, per: Actor, dan: Actor) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))

    for who, title in ((petra, "Dr Dora Lind"), (surgery.doctor, "Consultation")):
        with surgery.as_(who) as ctx:
            event = only_event(Calendar.from_ical(invitations.calendar_file(ctx, booked.id).decode()))
            assert (event["SUMMARY"], event.start) == (title, booked.starts_at)
    for stranger in (per, dan):
        with pytest.raises(NotFound), surgery.as_(stranger) as ctx:
            invitations.calendar_file(ctx, booked.id)


def test_feeds_and_diaries_tell_what_their_reader_may_know(
    tenant: UUID, surgery: Surgery, petra: Actor, per: Actor
) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))

    assert _in_feed(surgery, petra) == ["Dr Dora Lind"]
    assert _in_feed(surgery, surgery.doctor) == ["Consultation"]
    with surgery.as_(surgery.doctor) as ctx:
        own = calendars.resource(ctx, surgery.profile.resource_id)
        (day,) = calendars.agenda(ctx, own, booked.starts_at.astimezone(HELSINKI).date()).days
        line = next(line for line in day.lines if line.title == "Consultation")
        assert (line.details, line.href) == ("Petra", f"/visits/{booked.id}")


@query(roles={Role.PERSON})
def words_for_calendar(ctx: Context, booking_id: UUID) -> list[str]:
    """What a calendar that has this booking in it shows whoever reads it: a colleague's, for one, of a room."""
    return [entry.title for entry in calendars.entries(ctx, [booking_id], ctx.actor.person_id).values()]


def test_calendars_tell_nothing_to_who_does_not_take_part(
    surgery: Surgery, petra: Actor, per: Actor, dan: Actor
) -> None:
    booked = surgery.book(petra, on(next_monday(), "10:00"))

    told = {}
    for who in (petra, surgery.doctor, per, dan):
        with surgery.as_(who) as ctx:
            told[who.id] = words_for_calendar(ctx, booked.id)

    assert list(told.values()) == [["Dr Dora Lind"], ["Consultation"], [], []]


def test_a_doctor_sees_that_a_time_is_offered_and_not_to_whom(surgery: Surgery, petra: Actor, per: Actor) -> None:
    queue = Queue(surgery, per)
    queue.joined_by(petra)
    queue.becomes_free()

    with surgery.as_(surgery.doctor) as ctx:
        own = calendars.resource(ctx, surgery.profile.resource_id)
        (day,) = calendars.agenda(ctx, own, queue.day).days
        line = next(line for line in day.lines if line.title == "Offered to somebody who waits")
        assert (line.details, line.href) == ("", None)


def _in_feed(surgery: Surgery, who: Actor) -> list[str]:
    with surgery.as_(who) as ctx:
        address = calendar.make_feed(ctx, has_details=True).address
    token = address.rsplit("/", 1)[-1].removesuffix(".ics")
    with nobody(surgery.tenant) as ctx:
        read = Calendar.from_ical(calendars.feed(ctx, token).content.decode())
    return [str(event["SUMMARY"]) for event in read.events]
