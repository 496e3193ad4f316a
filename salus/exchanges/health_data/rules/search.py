"""How a search of the market becomes one SQL statement.

Words and filter values are both looked up in one text index: a filter value stands among the words of an offer as a
word of its own. Conditions and orders are constants of this file; everything that somebody typed is a parameter.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Sort = Literal["newest", "cheapest", "dearest", "richest", "best"]
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


READ = f"SELECT id, {COLUMNS} FROM market_offers WHERE id = ANY(%(ids)s)"  # noqa: S608
READ_ONE = f"SELECT id, {COLUMNS}, monthly FROM market_offers WHERE offer_id = %(offer)s AND tenant_id = %(tenant)s"  # noqa: S608


def find(search: Search, tenant_id: UUID) -> tuple[str, dict[str, Any]]:
    """The statement that finds one page of ids, the total and the facet counts, with its parameters."""
    where, parameters = _conditions(search, tenant_id)
    page = max(1, min(search.page, MAX_PAGE))
    parameters |= {"limit": PAGE, "offset": (page - 1) * PAGE, "counted": COUNTED}
    rank = "ts_rank(words, websearch_to_tsquery('english', %(words)s))" if search.sort == "best" else "0"
    order = ORDERS[search.sort]
    statement = f"""
        WITH matched AS MATERIALIZED (
            SELECT id, price_cents, published_at, samples, facets, {rank} AS rank
            FROM market_offers WHERE {where}
        ), page AS (
            SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM matched
            ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
        ), counts AS (
            SELECT value, count(*) AS count
            FROM (SELECT facets FROM matched LIMIT %(counted)s) AS counted, unnest(facets) AS value GROUP BY value
        )
        SELECT (SELECT count(*) FROM matched) AS total,
            (SELECT coalesce(json_agg(json_build_object('value', value, 'count', count)
                ORDER BY count DESC, value), '[]') FROM counts) AS facets,
            (SELECT coalesce(array_agg(id ORDER BY place), '{{}}') FROM page) AS ids
    """  # noqa: S608
    return statement, parameters


def _conditions(search: Search, tenant_id: UUID) -> tuple[str, dict[str, Any]]:
    conditions, parameters = ["tenant_id = %(tenant)s"], {"tenant": tenant_id, "words": search.words}
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
