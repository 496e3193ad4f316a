"""The market: look for data sets, read an offer, ask to buy."""

from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.queries import market as queries
from salus.exchanges.health_data.queries import requests
from salus.exchanges.health_data.rules import conditions, filter_groups
from salus.exchanges.health_data.rules.search import PAGE, Search, Sort
from salus.kernel.actor import Role
from salus.shared.codes import rules as codes
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Market", "/market", roles={Role.BUYER}, place=15)
pages.menu("Market", "/market", roles={Role.SELLER}, place=65)


@pages.get("/market", operation=queries.market)
def market(
    ctx: CurrentContext,
    words: Annotated[str, Query(max_length=200)] = "",
    f: Annotated[list[str], Query(max_length=30)] = [],
    min_price: str = "",
    max_price: str = "",
    sort: Sort = "newest",
    page: Annotated[int, Query(ge=1, le=100)] = 1,
) -> Page:
    search = Search(words.replace("\0", ""), f, _cents(min_price), _cents(max_price), sort, page)
    found = queries.market(ctx, search)
    asked = [("words", words), *[("f", value) for value in f], ("min_price", min_price), ("max_price", max_price)]
    return Page(
        "health_data/market.html",
        search=search,
        min_price=min_price,
        max_price=max_price,
        found=found,
        groups=filter_groups(found.facets, f),
        shown=min(page * PAGE, found.total),
        next_page="/market?" + urlencode([*asked, ("sort", sort), ("page", page + 1)]),
    )


@pages.get("/market/{offer_id}", operation=queries.market_offer)
def market_offer(ctx: CurrentContext, offer_id: UUID) -> Page:
    offer = queries.market_offer(ctx, offer_id)
    return Page(
        "health_data/market_offer.html",
        offer=offer,
        terms=conditions(offer["terms"], offer["term_values"]),
        synthetic=queries.synthetic_preview(ctx, offer_id),
        mine=requests.my_request_for(ctx, offer_id) if ctx.actor.has(Role.BUYER) else None,
        is_buyer=ctx.actor.has(Role.BUYER),
    )


@pages.get("/market/{offer_id}/ask", operation=queries.market_offer)
def ask_form(ctx: CurrentContext, offer_id: UUID) -> Page:
    offer = queries.market_offer(ctx, offer_id)
    terms = conditions(offer["terms"], offer["term_values"])
    purposes = [codes.MEANINGS[purpose] for purpose in codes.PERMITTED]
    return Page("health_data/ask.html", offer=offer, terms=terms, purposes=purposes, duties=codes.duties(terms))


@pages.post("/market/{offer_id}/ask", operation=request_actions.ask, again=ask_form)
def ask(ctx: CurrentContext, offer_id: UUID, asked: Annotated[schemas.Ask, Form()]) -> Response:
    request = request_actions.ask(ctx, offer_id, asked)
    return go(f"/requests/{request.id}", said="Asked. The person decides, and we write to you.")


def _cents(typed: str) -> int | None:
    """A price as people type it: 12, 12.50 or 12,50. What is no price is no limit."""
    try:
        return int(Decimal(typed.strip().replace(",", ".")) * 100) if typed.strip() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None
