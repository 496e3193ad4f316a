"""The market: published offers, found by words and filters, with counts of what else there is.

Plain SQL on a table without row-level security, because a text index cannot be used through a policy (measured: eleven
times slower). So the tenant stands in every statement, and the table holds only what everyone may see.
"""

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from salus.exchanges.health_data.schemas import Sort
from salus.formats.apple_health.priors import PRIORS
from salus.formats.apple_health.types import TYPES
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.fields import Money
from salus.kernel.operations import query

TRADERS = {Role.PERSON}
PAGE = 20
MAX_PAGE = 100
COUNTED = 5000
"""Facets are counted over at most so many offers; beyond, they are lower bounds."""

FACET = re.compile(r"[atdx]:[\w:.-]{1,80}")
ORDERS: dict[str, str] = {
    "newest": "published_at DESC, id DESC",
    "cheapest": "price_cents, id",
    "dearest": "price_cents DESC, id DESC",
    "richest": "samples DESC, id DESC",
    "best": "rank DESC, published_at DESC, id DESC",
}
COLUMNS = """offer_id, title, description, codes, names, areas, terms, term_values, price_cents, currency, is_exclusive,
    first_month, last_month, month_count, samples, published_at"""


@dataclass(frozen=True)
class Search:
    """What somebody looks for: words, filter values (`t:StepCount`, `d:NCU`), a price range, an order."""

    words: str = ""
    filters: list[str] = field(default_factory=list)
    min_cents: int | None = None
    max_cents: int | None = None
    sort: Sort = "newest"
    page: int = 1


@dataclass(frozen=True)
class MarketPage:
    """One page of what was found, how much that is in all, and how many each further filter would leave."""

    offers: list[dict[str, Any]]
    total: int
    facets: list[dict[str, Any]]


@dataclass(frozen=True)
class Synthetic:
    """Made-up rows in the shape of a data set."""

    columns: list[str]
    rows: list[list[Any]]
    note: str


@query(roles=TRADERS)
def market(ctx: Context, search: Search) -> MarketPage:
    """Published offers that match, with counts of what further filters would leave."""
    where, parameters = _conditions(ctx, search)
    parameters |= {"limit": PAGE, "offset": (max(1, min(search.page, MAX_PAGE)) - 1) * PAGE, "counted": COUNTED}
    rank = "ts_rank(words, websearch_to_tsquery('english', %(words)s))" if search.words else "0"
    (found,) = ctx.rows(
        f"""
        WITH matched AS MATERIALIZED (
            SELECT id, offer_id, price_cents, published_at, samples, facets, {rank} AS rank
            FROM market_offers WHERE {where}
        ), page AS (
            SELECT id, rank FROM matched ORDER BY {ORDERS[search.sort]} LIMIT %(limit)s OFFSET %(offset)s
        ), counts AS (
            SELECT value, count(*) AS count
            FROM (SELECT facets FROM matched LIMIT %(counted)s) AS counted, unnest(facets) AS value GROUP BY value
        )
        SELECT (SELECT count(*) FROM matched) AS total,
            (SELECT coalesce(json_agg(json_build_object('value', value, 'count', count)
                ORDER BY count DESC, value), '[]') FROM counts) AS facets,
            (SELECT coalesce(array_agg(id ORDER BY {ORDERS[search.sort]}), '{{}}')
                FROM page JOIN market_offers USING (id)) AS ids
        """,  # noqa: S608  (conditions and orders are our own constants; every value is a parameter)
        parameters,
    )
    offers = ctx.rows(f"SELECT id, {COLUMNS} FROM market_offers WHERE id = ANY(%(ids)s)", {"ids": found["ids"]})  # noqa: S608
    by_id = {offer["id"]: _priced(offer) for offer in offers}
    return MarketPage([by_id[id_] for id_ in found["ids"]], found["total"], found["facets"])


@query(roles=TRADERS)
def market_offer(ctx: Context, offer_id: UUID) -> dict[str, Any]:
    """One published offer. Off the market, it does not exist for anyone but its person."""
    found = ctx.rows(
        f"SELECT id, {COLUMNS}, monthly FROM market_offers WHERE offer_id = %(offer)s AND tenant_id = %(tenant)s",  # noqa: S608
        {"offer": offer_id, "tenant": ctx.tenant_id},
    )
    if not found:
        raise NotFound
    return _priced(found[0])


@query(roles=TRADERS)
def synthetic_preview(ctx: Context, offer_id: UUID) -> Synthetic:
    """Rows as they might look, drawn from what is usual in adults and not from anyone's data.

    Nothing but the list of types goes in. A preview drawn from one person's own values can be either informative or
    private, not both (measured: an error of 50 bpm at 100 people), so these are never touched.
    """
    offer = market_offer(ctx, offer_id)
    chance = random.Random(str(offer_id))  # noqa: S311  (a made-up example; the same at every visit)
    begin = datetime.combine(offer["first_month"], datetime.min.time(), UTC)
    rows = [row for code in offer["codes"] for row in _made_up(code, begin, chance)]
    note = "Every value here is made up from what is usual in adults. No row of the person was read for it."
    return Synthetic(["type", "start", "end", "value", "unit"], rows, note)


def _priced(offer: dict[str, Any]) -> dict[str, Any]:
    return offer | {"price": Money(offer["price_cents"], offer["currency"])}


def _conditions(ctx: Context, search: Search) -> tuple[str, dict[str, Any]]:
    conditions, parameters = ["tenant_id = %(tenant)s"], {"tenant": ctx.tenant_id, "words": search.words}
    wanted = [value for value in search.filters if FACET.fullmatch(value)]
    query_parts = []
    if search.words:
        query_parts.append("websearch_to_tsquery('english', %(words)s)")
    if wanted:
        query_parts.append("%(filters)s::tsquery")
        parameters["filters"] = " & ".join(f"'{value}'" for value in wanted)
    if query_parts:
        conditions.append(f"words @@ ({' && '.join(query_parts)})")
    if search.min_cents is not None:
        conditions.append("price_cents >= %(min_cents)s")
        parameters["min_cents"] = search.min_cents
    if search.max_cents is not None:
        conditions.append("price_cents <= %(max_cents)s")
        parameters["max_cents"] = search.max_cents
    return " AND ".join(conditions), parameters


def _made_up(code: str, begin: datetime, chance: random.Random) -> list[list[Any]]:
    name, prior = TYPES[code].name if code in TYPES else code, PRIORS.get(code)
    rows: list[list[Any]] = []
    for index in range(3):
        start = begin + timedelta(days=index, minutes=chance.randrange(6 * 60, 22 * 60))
        end = start + timedelta(minutes=chance.randrange(1, 15))
        if prior is None:
            value, unit = "…", ""
        else:
            drawn = min(max(chance.gauss(prior.mean, prior.spread), prior.low), prior.high)
            value, unit = f"{drawn:.3g}", prior.unit
        rows.append([name, f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", value, unit])
    return rows
