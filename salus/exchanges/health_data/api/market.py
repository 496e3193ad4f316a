"""The market."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.models import Request
from salus.exchanges.health_data.queries import market as queries
from salus.exchanges.health_data.queries.market import MarketPage, Synthetic
from salus.exchanges.health_data.rules.search import Search, Sort
from salus.web.doors import Api, CurrentContext

api = Api("/health-data/market", tag="Market")


@api.get("", operation=queries.market, answer=schemas.MarketPageRead)
def market(
    ctx: CurrentContext,
    words: Annotated[str, Query(max_length=200, description="Words in title and description")] = "",
    filters: Annotated[list[str], Query(max_length=30, description="Facet values, like t:StepCount")] = [],
    min_cents: Annotated[int | None, Query(ge=0, le=1 << 50)] = None,
    max_cents: Annotated[int | None, Query(ge=0, le=1 << 50)] = None,
    sort: Sort = "newest",
    page: Annotated[int, Query(ge=1, le=100)] = 1,
) -> MarketPage:
    return queries.market(ctx, Search(words.replace("\0", ""), filters, min_cents, max_cents, sort, page))


@api.get("/{offer_id}", operation=queries.market_offer, answer=schemas.MarketOfferRead)
def market_offer(ctx: CurrentContext, offer_id: UUID) -> dict[str, Any]:
    return queries.market_offer(ctx, offer_id)


@api.get("/{offer_id}/synthetic", operation=queries.synthetic_preview, answer=schemas.SyntheticRead)
def synthetic_preview(ctx: CurrentContext, offer_id: UUID) -> Synthetic:
    return queries.synthetic_preview(ctx, offer_id)


@api.post("/{offer_id}/requests", operation=request_actions.ask, answer=schemas.RequestRead, status=201)
def ask(ctx: CurrentContext, offer_id: UUID, asked: schemas.Ask) -> Request:
    return request_actions.ask(ctx, offer_id, asked)
