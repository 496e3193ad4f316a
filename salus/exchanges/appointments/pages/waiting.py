"""Waiting for a time, and answering when one is offered."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.exchanges.appointments.actions import waiting as actions
from salus.exchanges.appointments.models import OfferState
from salus.exchanges.appointments.queries import doctor, visit_type
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.rules.waiting import LONGEST, UNANSWERED
from salus.exchanges.appointments.schemas.waiting import Acceptance, WaitingWrite
from salus.formats.moments import lasting
from salus.shared.insurance import queries as insurance
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USUALLY = timedelta(days=28)
"""For how long somebody waits who says nothing else."""


@pages.get("/waiting", operation=queries.waiting_list)
def waiting_list(ctx: CurrentContext) -> Page:
    return Page("appointments/waiting.html", waits=queries.waiting_list(ctx), weekdays=WEEKDAYS, unanswered=UNANSWERED)


@pages.get("/patients/waiting", operation=queries.queues)
def queues(ctx: CurrentContext) -> Page:
    return Page("appointments/queues.html", queues=queries.queues(ctx), weekdays=WEEKDAYS)


@pages.get("/waiting/join/{visit_type_id}", operation=queries.later_appointments)
def joining(ctx: CurrentContext, visit_type_id: UUID) -> Page:
    kind = visit_type(ctx, visit_type_id)
    today = ctx.now.date()
    return Page(
        "appointments/wait.html",
        visit=kind,
        doctor=doctor(ctx, kind.doctor_id),
        later=queries.later_appointments(ctx, kind),
        weekdays=WEEKDAYS,
        today=today,
        usually=today + USUALLY,
        last=today + LONGEST - timedelta(days=1),
    )


@pages.post("/waiting/join/{visit_type_id}", operation=actions.wait, again=joining)
def wait(ctx: CurrentContext, visit_type_id: UUID, wish: Annotated[WaitingWrite, Form()]) -> Response:
    actions.wait(ctx, visit_type(ctx, visit_type_id), wish)
    return go("/waiting", said="You are on the list. We write to you when a time is free.")


@pages.post("/waiting/{waiting_id}/renew", operation=actions.wait_on)
def wait_on(ctx: CurrentContext, waiting_id: UUID) -> Response:
    actions.wait_on(ctx, queries.waits(ctx, waiting_id).waiting)
    return go("/waiting", said="You still wait, at your own place. We write to you when a time is free.")


@pages.post("/waiting/{waiting_id}/leave", operation=actions.stop_waiting, again=waiting_list)
def stop_waiting(ctx: CurrentContext, waiting_id: UUID) -> Response:
    actions.stop_waiting(ctx, queries.waits(ctx, waiting_id).waiting)
    return go("/waiting", said="You wait no more.")


@pages.get("/waiting/offers/{offered_id}", operation=queries.held)
def held(ctx: CurrentContext, offered_id: UUID) -> Page:
    found = queries.held(ctx, offered_id)
    left = found.offered.expires_at - ctx.now
    is_open = found.offered.state is OfferState.OPEN and left > timedelta()
    return Page(
        "appointments/offered.html",
        held=found,
        its=found.offered,
        left=lasting(left) if is_open else None,
        insured=insurance.insured(ctx),
    )


@pages.post("/waiting/offers/{offered_id}/accept", operation=actions.accept, again=held)
def accept(ctx: CurrentContext, offered_id: UUID, acceptance: Annotated[Acceptance, Form()]) -> Response:
    made = actions.accept(ctx, queries.held(ctx, offered_id).offered, **acceptance.model_dump())
    return go(f"/appointments/{made.id}", said="The time is yours. We wrote to you with the details.")


@pages.post("/waiting/offers/{offered_id}/decline", operation=actions.decline, again=held)
def decline(ctx: CurrentContext, offered_id: UUID) -> Response:
    actions.decline(ctx, queries.held(ctx, offered_id).offered)
    return go("/waiting", said="Declined. You still wait for the next time.")
