"""Waiting for a time, and being asked when there is one.

Whatever changes a wish or an offer locks the wish first. So of two workers who want to ask somebody, and of a worker
and somebody who answers, the second sees what the first did.
"""

from uuid import UUID

from salus.exchanges.appointments.actions.booking import Terms, keep_held
from salus.exchanges.appointments.actions.visits import cancel
from salus.exchanges.appointments.models import (
    Appointment,
    Doctor,
    Offered,
    OfferState,
    VisitType,
    Waiting,
    WaitingState,
)
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.rules import waiting as rules
from salus.exchanges.appointments.rules.times import Time, needs_of
from salus.exchanges.appointments.rules.waiting import AlreadyWaiting, NotLater, OfferOver
from salus.exchanges.appointments.schemas.waiting import WaitingWrite
from salus.formats.moments import local_text
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.calendar import actions as calendar
from salus.shared.calendar.models import Location, Span
from salus.shared.calendar.rules.needs import the
from salus.shared.messages import actions as messages


@action(roles={Role.PATIENT}, told="put you on a waiting list")
def wait(ctx: Context, visit_type: VisitType, wish: WaitingWrite) -> Waiting:
    """Let the acting patient wait for a time of this kind, on these days and at these hours of the practice's clock.

    With `appointment_id` they have a later time with this doctor, which goes back when they take an earlier one.
    Raises AlreadyWaiting, NothingToWaitFor, HoursTurned or NotLater.
    """
    made = Waiting(
        patient_id=ctx.actor.person_id,
        doctor_id=visit_type.doctor_id,
        visit_type_id=visit_type.id,
        **wish.model_dump(exclude={"visit_type_id"}),
    )
    # Nobody is refused because it is tomorrow already where the practice is.
    rules.insist_on_wish(made, ctx.now.date() - rules.DAY)
    if any(one.waiting.visit_type_id == visit_type.id for one in queries.waiting_list(ctx)):
        raise AlreadyWaiting
    if made.appointment_id is not None:
        _insist_on_later(ctx, made.appointment_id, visit_type)
    ctx.db.add(made)
    _tell(ctx, made)
    return made


@action(roles={Role.PATIENT}, told="took you off a waiting list")
def stop_waiting(ctx: Context, waiting: Waiting) -> Waiting:
    """Take the acting patient off the list, and give back what is held for them. Done again, it stays as it is."""
    waiting = _own(ctx, waiting)
    offered = queries.open_offer(ctx, waiting)
    if offered is not None:
        _end(ctx, offered, OfferState.DECLINED)
    if waiting.state in queries.LIVE:
        waiting.state = WaitingState.LEFT
    _tell(ctx, waiting)
    return waiting


@action(roles={Role.SYSTEM}, told="offered you a time that you wait for")
def offer(ctx: Context, waiting_id: UUID, time: Time) -> Offered | None:
    """Hold a free time for somebody who waits, and ask them; None if they wait no more, or could not answer in time.

    Raises TimeTaken or NotOpen if the time is not free, for them or at all.
    """
    waiting = ctx.lock(ctx.get(Waiting, waiting_id))
    until = rules.answer_until(ctx.now, time)
    if waiting.state is not WaitingState.WAITING or until is None:
        return None
    visit_type = ctx.get(VisitType, waiting.visit_type_id)
    made = Offered(
        waiting_id=waiting.id,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        location_id=time.location_id,
        zone=time.zone,
        expires_at=until,
    )
    doctor = ctx.get(Doctor, waiting.doctor_id)
    own = calendar.resource_of(ctx, waiting.patient_id)
    calendar.claim(
        ctx,
        made.id,
        [the(doctor.resource_id), *needs_of(visit_type), the(own.id)],
        Span(made.starts_at, made.ends_at),
        before=visit_type.before,
        after=visit_type.after,
        hold_until=until,
        at=made.location_id,
    )
    ctx.db.add(made)
    waiting.state = WaitingState.OFFERED
    _ask(ctx, waiting, made)
    return made


@action(roles={Role.PATIENT}, told="took a time that you were offered")
def accept(ctx: Context, offered: Offered, *, reason: str = "", coverage_id: UUID | None = None) -> Appointment:
    """Take the time that is held for the acting patient, and give back the later one they had, both or neither.

    The insurer of a coverage is asked in the background. Taken again, it is the same appointment. Raises OfferOver once
    the time is held no more, and NotFound for a coverage that is not theirs.
    """
    offered, waiting = _answered(ctx, offered)
    if offered.state is OfferState.ACCEPTED:
        return ctx.get(Appointment, offered.id)
    if offered.state is not OfferState.OPEN or offered.expires_at <= ctx.now:
        raise OfferOver
    had = queries.gives_back(ctx, waiting, after=offered.starts_at)
    time = Time(offered.starts_at, offered.ends_at, offered.location_id, offered.zone)
    kind, patient_id = ctx.get(VisitType, waiting.visit_type_id), waiting.patient_id
    made = keep_held(ctx, offered.id, kind, time, patient_id, Terms(reason, coverage_id))
    if had is not None:
        cancel(ctx, had)
    offered.state, waiting.state = OfferState.ACCEPTED, WaitingState.BOOKED
    _tell(ctx, waiting)
    return made


@action(roles={Role.PATIENT}, told="declined a time that you were offered")
def decline(ctx: Context, offered: Offered) -> Offered:
    """Let somebody else have the time. The acting patient waits on, at their own place. Done again, it stays so.

    Raises OfferOver for a time that was taken, or held no more.
    """
    offered, waiting = _answered(ctx, offered)
    if offered.state is OfferState.DECLINED:
        return offered
    if offered.state is not OfferState.OPEN:
        raise OfferOver
    _end(ctx, offered, OfferState.DECLINED)
    waiting.state, waiting.unanswered = WaitingState.WAITING, 0
    _tell(ctx, waiting)
    return offered


@action(roles={Role.PATIENT}, told="put you back on a waiting list")
def wait_on(ctx: Context, waiting: Waiting) -> Waiting:
    """Say that the acting patient still waits: they are asked again, at their own place. Done again, it stays so."""
    waiting = _own(ctx, waiting)
    if waiting.state is WaitingState.RESTING:
        waiting.state = WaitingState.WAITING
    if waiting.state is WaitingState.WAITING:
        waiting.unanswered = 0
    _tell(ctx, waiting)
    return waiting


@action(roles={Role.SYSTEM}, told="gave a time to somebody else that was held for you")
def lapse(ctx: Context, offered_id: UUID) -> Offered | None:
    """Give back a time that nobody answered for; None if somebody did after all.

    Whom it was held for is asked after those who answer, and after the third time in a row not at all, until they say
    that they still wait.
    """
    offered = ctx.get(Offered, offered_id)
    waiting = ctx.lock(ctx.get(Waiting, offered.waiting_id))
    offered = ctx.lock(offered)
    if offered.state is not OfferState.OPEN or offered.expires_at > ctx.now:
        return None
    _end(ctx, offered, OfferState.EXPIRED)
    waiting.unanswered += 1
    is_resting = waiting.unanswered >= rules.UNANSWERED
    waiting.state = WaitingState.RESTING if is_resting else WaitingState.WAITING
    template = "appointments/asked-no-more" if is_resting else "appointments/time-lapsed"
    messages.notify(ctx, waiting.patient_id, template, link="/waiting")
    _tell(ctx, waiting)
    return offered


@action(roles={Role.SYSTEM}, told="ended your waiting, because its last day is over")
def end_waiting(ctx: Context, waiting_id: UUID) -> Waiting:
    """Stop looking for somebody whose last day is over, and tell them."""
    waiting = ctx.lock(ctx.get(Waiting, waiting_id))
    if waiting.state in {WaitingState.WAITING, WaitingState.RESTING}:
        waiting.state = WaitingState.ENDED
        messages.notify(ctx, waiting.patient_id, "appointments/waited-in-vain", link="/waiting")
    _tell(ctx, waiting)
    return waiting


def _own(ctx: Context, waiting: Waiting) -> Waiting:
    """The wish, locked, for whoever's it is. To anyone else it does not exist."""
    if waiting.patient_id != ctx.actor.id:
        raise NotFound
    return ctx.lock(waiting)


def _answered(ctx: Context, offered: Offered) -> tuple[Offered, Waiting]:
    waiting = _own(ctx, ctx.get(Waiting, offered.waiting_id))
    return ctx.lock(offered), waiting


def _end(ctx: Context, offered: Offered, state: OfferState) -> None:
    calendar.release(ctx, offered.id)
    offered.state = state


def _insist_on_later(ctx: Context, appointment_id: UUID, visit_type: VisitType) -> None:
    if all(one.id != appointment_id for one in queries.later_appointments(ctx, visit_type)):
        raise NotLater


def _ask(ctx: Context, waiting: Waiting, made: Offered) -> None:
    place = ctx.get(Location, made.location_id).name if made.location_id else ""
    messages.notify(
        ctx,
        waiting.patient_id,
        "appointments/time-offered",
        link=f"/waiting/offers/{made.id}",
        when=local_text(made.starts_at, made.zone),
        until=local_text(made.expires_at, made.zone),
        place=place,
    )
    _tell(ctx, waiting)


def _tell(ctx: Context, waiting: Waiting) -> None:
    ctx.tell(person_id=waiting.patient_id, concerns=[waiting.patient_id], doctor_id=str(waiting.doctor_id))
