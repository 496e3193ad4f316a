"""Waiting lists, and the times that are offered from them."""

from collections.abc import Sequence
from uuid import UUID

from salus.exchanges.appointments.actions import waiting as actions
from salus.exchanges.appointments.api.doctors import api
from salus.exchanges.appointments.models import Offered, Waiting
from salus.exchanges.appointments.queries import Booked, appointment, visit_type
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.queries.waiting import Queue, Waits
from salus.exchanges.appointments.schemas.booking import AppointmentRead
from salus.exchanges.appointments.schemas.waiting import (
    Acceptance,
    OfferedRead,
    QueueRead,
    WaitingFor,
    WaitingRead,
    WaitsRead,
)
from salus.web.doors import CurrentContext

__all__ = ["api"]

OFFER = "/waiting/offers/{offered_id}"


@api.get("/waiting", operation=queries.waiting_list, answer=list[WaitsRead])
def waiting_list(ctx: CurrentContext) -> Sequence[Waits]:
    return queries.waiting_list(ctx)


@api.post("/waiting", operation=actions.wait, answer=WaitingRead, status=201)
def wait(ctx: CurrentContext, wish: WaitingFor) -> Waiting:
    return actions.wait(ctx, visit_type(ctx, wish.visit_type_id), wish)


@api.get("/waiting/queues", operation=queries.queues, answer=list[QueueRead])
def queues(ctx: CurrentContext) -> Sequence[Queue]:
    return queries.queues(ctx)


@api.get(OFFER, operation=queries.held, answer=OfferedRead)
def held(ctx: CurrentContext, offered_id: UUID) -> Offered:
    return queries.held(ctx, offered_id).offered


@api.post(f"{OFFER}/acceptance", operation=actions.accept, answer=AppointmentRead, status=201)
def accept(ctx: CurrentContext, offered_id: UUID, acceptance: Acceptance) -> Booked:
    made = actions.accept(ctx, queries.held(ctx, offered_id).offered, **acceptance.model_dump())
    return appointment(ctx, made.id)


@api.post(f"{OFFER}/refusal", operation=actions.decline, answer=OfferedRead, status=201)
def decline(ctx: CurrentContext, offered_id: UUID) -> Offered:
    return actions.decline(ctx, queries.held(ctx, offered_id).offered)


@api.post("/waiting/{waiting_id}/renewal", operation=actions.wait_on, answer=WaitingRead, status=201)
def wait_on(ctx: CurrentContext, waiting_id: UUID) -> Waiting:
    return actions.wait_on(ctx, queries.waits(ctx, waiting_id).waiting)


@api.get("/waiting/{waiting_id}", operation=queries.waits, answer=WaitsRead)
def waits(ctx: CurrentContext, waiting_id: UUID) -> Waits:
    return queries.waits(ctx, waiting_id)


@api.delete("/waiting/{waiting_id}", operation=actions.stop_waiting, answer=WaitingRead)
def stop_waiting(ctx: CurrentContext, waiting_id: UUID) -> Waiting:
    return actions.stop_waiting(ctx, queries.waits(ctx, waiting_id).waiting)
