"""Waiting lists, and the times that are offered from them."""

from collections.abc import Sequence
from uuid import UUID

from salus.exchanges.appointments import schemas
from salus.exchanges.appointments.actions import waiting as actions
from salus.exchanges.appointments.api.doctors import api
from salus.exchanges.appointments.models import Offered, Waiting
from salus.exchanges.appointments.queries import Booked, appointment, visit_type
from salus.exchanges.appointments.queries import waiting as queries
from salus.exchanges.appointments.queries.waiting import Queue, Waits
from salus.web.doors import CurrentContext

__all__ = ["api"]

OFFER = "/waiting/offers/{offered_id}"


@api.get("/waiting", operation=queries.waiting_list, answer=list[schemas.WaitsRead])
def waiting_list(ctx: CurrentContext) -> Sequence[Waits]:
    return queries.waiting_list(ctx)


@api.post("/waiting", operation=actions.wait, answer=schemas.WaitingRead, status=201)
def wait(ctx: CurrentContext, wish: schemas.WaitingFor) -> Waiting:
    return actions.wait(ctx, visit_type(ctx, wish.visit_type_id), wish)


@api.get("/waiting/queues", operation=queries.queues, answer=list[schemas.QueueRead])
def queues(ctx: CurrentContext) -> Sequence[Queue]:
    return queries.queues(ctx)


@api.get(OFFER, operation=queries.held, answer=schemas.OfferedRead)
def held(ctx: CurrentContext, offered_id: UUID) -> Offered:
    return queries.held(ctx, offered_id).offered


@api.post(f"{OFFER}/acceptance", operation=actions.accept, answer=schemas.AppointmentRead, status=201)
def accept(ctx: CurrentContext, offered_id: UUID, acceptance: schemas.Acceptance) -> Booked:
    made = actions.accept(ctx, queries.held(ctx, offered_id).offered, **acceptance.model_dump())
    return appointment(ctx, made.id)


@api.post(f"{OFFER}/refusal", operation=actions.decline, answer=schemas.OfferedRead, status=201)
def decline(ctx: CurrentContext, offered_id: UUID) -> Offered:
    return actions.decline(ctx, queries.held(ctx, offered_id).offered)


@api.get("/waiting/{waiting_id}", operation=queries.waits, answer=schemas.WaitsRead)
def waits(ctx: CurrentContext, waiting_id: UUID) -> Waits:
    return queries.waits(ctx, waiting_id)


@api.delete("/waiting/{waiting_id}", operation=actions.stop_waiting, answer=schemas.WaitingRead)
def stop_waiting(ctx: CurrentContext, waiting_id: UUID) -> Waiting:
    return actions.stop_waiting(ctx, queries.waits(ctx, waiting_id).waiting)
