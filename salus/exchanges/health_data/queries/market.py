"""The market: published offers, found by words and filters, with counts of what else there is.

Plain SQL on a table without row-level security, because a text index cannot be used through a policy (measured: eleven
times slower). So the tenant stands in every statement, and the table holds only what everyone may see.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from salus.exchanges.health_data.rules.search import READ, READ_ONE, Search, find
from salus.formats.apple_health.priors import PRIORS
from salus.formats.apple_health.types import TYPES
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.fields import Money
from salus.kernel.operations import query

TRADERS = {Role.PERSON}


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
    (found,) = ctx.rows(*find(search, ctx.tenant_id))
    offers = ctx.rows(READ, {"ids": found["ids"]})
    by_id = {offer["id"]: _priced(offer) for offer in offers}
    return MarketPage([by_id[id_] for id_ in found["ids"]], found["total"], found["facets"])


@query(roles=TRADERS)
def market_offer(ctx: Context, offer_id: UUID) -> dict[str, Any]:
    """One published offer. Off the market, it does not exist for anyone but its person."""
    found = ctx.rows(READ_ONE, {"offer": offer_id, "tenant": ctx.tenant_id})
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
