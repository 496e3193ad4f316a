"""Requests, for both sides."""

from uuid import UUID

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import requests as actions
from salus.exchanges.health_data.models import Request
from salus.exchanges.health_data.queries import requests as queries
from salus.web.doors import Api, CurrentContext

api = Api("/health-data/requests", tag="Requests")


@api.get("", operation=queries.requests, answer=list[schemas.RequestRead])
def requests(ctx: CurrentContext) -> list[Request]:
    return [named.request for named in queries.requests(ctx)]


@api.get("/{request_id}", operation=queries.request, answer=schemas.RequestRead)
def request(ctx: CurrentContext, request_id: UUID) -> Request:
    return queries.request(ctx, request_id)


@api.post("/{request_id}/payment", operation=actions.pay, answer=schemas.RequestRead, status=201)
def pay(ctx: CurrentContext, request_id: UUID) -> Request:
    return actions.pay(ctx, queries.request(ctx, request_id))


@api.post("/{request_id}/cancellation", operation=actions.cancel, answer=schemas.RequestRead, status=201)
def cancel(ctx: CurrentContext, request_id: UUID) -> Request:
    return actions.cancel(ctx, queries.request(ctx, request_id))
