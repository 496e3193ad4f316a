"""A patient's own appointments; and an administrator's view of all."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.pages.weeks import Week
from salus.exchanges.appointments.rules import policy, zones
from salus.exchanges.appointments.schemas.booking import Cancellation, Move, Opening
from salus.kernel.actor import Role
from salus.kernel.errors import NotFound
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Appointments", "/appointments", roles={Role.PATIENT}, place=11, also=("/waiting",))
pages.menu("Appointments", "/appointments/all", roles={Role.ADMINISTRATOR}, place=28)

Zone = Annotated[str, Query(max_length=64)]


@pages.get("/appointments", operation=queries.appointments)
def appointments(ctx: CurrentContext) -> Page:
    found = queries.appointments(ctx)
    coming = [each for each in found if each.appointment.is_coming and each.appointment.starts_at >= ctx.now]
    return Page(
        "appointments/appointments.html",
        coming=coming,
        over=[each for each in found if each not in coming],
        now=ctx.now,
    )


@pages.get("/appointments/all", operation=queries.every_appointment)
def every_appointment(ctx: CurrentContext) -> Page:
    return Page("appointments/all.html", found=queries.every_appointment(ctx))


@pages.get("/appointments/{appointment_id}", operation=queries.appointment)
def appointment(ctx: CurrentContext, appointment_id: UUID) -> Page:
    found = queries.appointment(ctx, appointment_id)
    return Page(
        "appointments/appointment.html",
        booked=found,
        its=found.appointment,
        is_mine=found.appointment.patient_id == ctx.actor.id,
        is_over=found.appointment.starts_at <= ctx.now,
        is_late=policy.is_late(found.visit_type, found.appointment, ctx.now),
    )


@pages.get("/appointments/{appointment_id}/move", operation=queries.appointment)
def other_times(ctx: CurrentContext, appointment_id: UUID, since: date | None = None, zone: Zone = "") -> Page:
    found = queries.appointment(ctx, appointment_id)
    shown_in = zones.zone_or(zone, found.appointment.zone)
    week = Week.of(ctx, since, shown_in, found.visit_type.horizon_days)
    return Page(
        "appointments/move.html",
        booked=found,
        its=found.appointment,
        week=week,
        days=week.days(queries.times(ctx, found.visit_type, week.span)),
        zones=zones.OFFERED,
    )


@pages.post("/appointments/{appointment_id}/time", operation=actions.reschedule, again=other_times)
def reschedule(ctx: CurrentContext, appointment_id: UUID, move: Annotated[Move, Form()]) -> Response:
    actions.reschedule(ctx, queries.appointment(ctx, appointment_id).appointment, move.starts_at)
    return go(f"/appointments/{appointment_id}", said="Your appointment has its new time. We wrote to you.")


@pages.post("/appointments/{appointment_id}/cancel", operation=actions.cancel, again=appointment)
def cancel(ctx: CurrentContext, appointment_id: UUID, form: Annotated[Cancellation, Form()]) -> Response:
    actions.cancel(ctx, queries.appointment(ctx, appointment_id).appointment, because=form.because)
    return go(f"/appointments/{appointment_id}", said="The appointment is cancelled.")


@pages.post("/appointments/series/{series_id}/cancel", operation=actions.cancel_series)
def cancel_series(ctx: CurrentContext, series_id: UUID) -> Response:
    actions.cancel_series(ctx, series_id)
    return go("/appointments", said="All that was still to come of this series is cancelled.")


@pages.post("/appointments/{appointment_id}/pay-myself", operation=actions.pay_myself, again=appointment)
def pay_myself(ctx: CurrentContext, appointment_id: UUID) -> Response:
    actions.pay_myself(ctx, queries.appointment(ctx, appointment_id).appointment)
    return go(f"/appointments/{appointment_id}", said="You pay for this visit yourself. Your insurer is not asked.")


@pages.get("/appointments/{appointment_id}/open", operation=queries.every_appointment)
def opening(ctx: CurrentContext, appointment_id: UUID) -> Page:
    found = next((each for each in queries.every_appointment(ctx) if each.appointment.id == appointment_id), None)
    if found is None:
        raise NotFound
    return Page("appointments/open.html", booked=found, its=found.appointment)


@pages.post("/appointments/{appointment_id}/open", operation=actions.open_appointment, again=opening)
def open_appointment(ctx: CurrentContext, appointment_id: UUID, form: Annotated[Opening, Form()]) -> Page:
    found = actions.open_appointment(ctx, appointment_id, reason=form.reason)
    return Page("appointments/visit.html", booked=found, its=found.appointment, is_doctor=False, is_begun=False)
