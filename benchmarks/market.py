"""Market search on 200,000 offers: the whole stack against the same SQL through a bare psycopg loop.

The stack is a `salus serve` process of its own, asked over HTTP with a bearer token: sign-in, row-level security, the
operation, validation and JSON are all in it. The loop runs the same statements in the same order on one connection.
Both answer the same list of searches, alternating, and CPU is read from /proc for the process that does the work.

    uv run python -m benchmarks.market [--offers 200000] [--rounds 3]
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import httpx
import psutil
import psycopg

from benchmarks.machine import described, write_section
from salus.exchanges.health_data.rules import facets, short
from salus.exchanges.health_data.rules.search import READ, Search, find
from salus.formats.apple_health.types import TYPES
from salus.kernel.context import database_url
from salus.kernel.ids import new_id
from salus.program import Program
from salus.throwaway import free_port, installation

WORDS = (
    "sleep heart rate steps activity weight walking running cycling night rest energy distance breathing oxygen "
    "glucose pressure variability stress recovery season winter summer shift travel pregnancy training marathon "
    "diabetes asthma migraine hypertension office outdoors student parent smoker allergy apnoea watch phone ring scale"
).split()
TERMS = ("NRES", "GRU", "HMB", "NCU", "NPOA", "PUB", "IRB", "NPU")
REQUESTS = 300
LOADED = (
    "id, tenant_id, offer_id, title, description, codes, names, areas, terms, term_values, price_cents, currency, "
    "is_exclusive, first_month, last_month, month_count, samples, monthly, published_at, facets"
)


class Measured(NamedTuple):
    """One variant in one round: CPU of its process and latency, in milliseconds."""

    cpu_ms: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--offers", type=int, default=200_000)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with installation() as here:
        fill(here.tenant_id, given.offers)
        searches = list(questions(REQUESTS))
        token = buyer(here.url, here.tenant_id)
        with served() as (url, server), psycopg.connect(database_url("database_url"), autocommit=True) as connection:
            client = httpx.Client(
                base_url=url, headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=60
            )
            variants: dict[str, Callable[[], Measured]] = {
                "bare psycopg loop": lambda: measured(os.getpid(), searches, bare(connection, here.tenant_id)),
                "whole stack over HTTP": lambda: measured(server, searches, over_http(client)),
            }
            agree(connection, client, here.tenant_id, searches[:20])
            for run in variants.values():
                run()  # warm
            rounds = [{name: run() for name, run in variants.items()} for _ in range(given.rounds)]
    report(rounds, given.offers)


def fill(tenant_id: UUID, offers: int) -> None:
    """Offers with words and types in a natural, uneven mix, loaded as the owner of the tables."""
    chance = random.Random(1)
    codes, weights = list(TYPES), [1 / (rank + 1) for rank in range(len(TYPES))]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    with psycopg.connect(database_url("owner_database_url")) as owner:
        with owner.cursor().copy(f"COPY market_offers ({LOADED}) FROM STDIN") as copy:
            for number in range(offers):
                mine = sorted(set(chance.choices(codes, weights, k=chance.randrange(1, 5))))
                areas = sorted({TYPES[code].group for code in mine})
                terms = chance.sample(TERMS, 2)
                words = " ".join(chance.choices(WORDS, [1 / (rank + 1) for rank in range(len(WORDS))], k=8))
                months = chance.randrange(2, 60)
                names, cents = [TYPES[code].name for code in mine], int(chance.lognormvariate(8, 0.6))
                told = (words.capitalize(), f"Recorded with care. {words}", mine, names, areas, terms, "{}")
                sold = (cents, "EUR", chance.random() < 0.1, date(2020, 1, 1), date(2024, 12, 1), months)
                size = (chance.randrange(100, 10**6), "{}", began + timedelta(seconds=number))
                found_by = facets(mine, areas, terms, is_exclusive=False)
                copy.write_row((new_id(), tenant_id, new_id(), *told, *sold, *size, found_by))
        owner.commit()
        owner.autocommit = True
        owner.execute("VACUUM ANALYZE market_offers")


def questions(count: int) -> Iterator[Search]:
    """Words, two filters, a price order: what the issue asks of a search."""
    chance = random.Random(2)
    codes = list(TYPES)[:12]
    for _ in range(count):
        words = " ".join(chance.sample(WORDS[:30], chance.randrange(1, 3)))
        filters = [f"t:{short(chance.choice(codes))}", f"d:{chance.choice(TERMS)}"]
        yield Search(words, filters, sort="cheapest")


def buyer(url: str, tenant_id: UUID) -> str:
    program = Program(url, "127.0.0.1", "Boris", "boris@market.example")
    program.sign_up({"name": "Bench", "kind": "company", "country": "FI", "registration_number": "1"})
    program.verify(tenant_id)
    program.sign_in()
    return program.client.headers["authorization"].removeprefix("Bearer ")


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A web server process of its own; yields its address and the process that answers."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "salus", "serve"],
        env=os.environ | {"PORT": str(port), "SALUS_REQUEST_LIMIT": "1000000/minute"},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        workers = psutil.Process(process.pid).children(recursive=True)
        yield url, max(workers, key=lambda one: one.memory_info().rss).pid
    finally:
        process.terminate()
        process.wait()


def bare(connection: psycopg.Connection, tenant_id: UUID) -> Callable[[Search], int]:
    """The same statements, and nothing else."""

    def ask(search: Search) -> int:
        found = connection.execute(*find(search, tenant_id)).fetchone()
        assert found is not None
        total, _facets, ids = found
        connection.execute(READ, {"ids": ids}).fetchall()
        return int(total)

    return ask


def over_http(client: httpx.Client) -> Callable[[Search], int]:
    def ask(search: Search) -> int:
        answer = client.get(
            "/v1/health-data/market", params={"words": search.words, "filters": search.filters, "sort": search.sort}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["total"]

    return ask


def agree(connection: psycopg.Connection, client: httpx.Client, tenant_id: UUID, searches: list[Search]) -> None:
    """Both variants find the same, or the comparison means nothing."""
    ours, theirs = over_http(client), bare(connection, tenant_id)
    assert [ours(search) for search in searches] == [theirs(search) for search in searches]


def measured(pid: int, searches: list[Search], ask: Callable[[Search], int]) -> Measured:
    process, latencies = psutil.Process(pid), []
    before = process.cpu_times()
    for search in searches:
        began = time.perf_counter()
        ask(search)
        latencies.append((time.perf_counter() - began) * 1000)
    after = process.cpu_times()
    cpu = (after.user - before.user + after.system - before.system) * 1000 / len(searches)
    latencies.sort()
    return Measured(cpu, latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)])


def report(rounds: list[dict[str, Measured]], offers: int) -> None:
    lines = [
        f"{offers:,} published offers in one tenant; {REQUESTS} searches of one or two words, two filters and the",
        "order by price, each with its total and facet counts; one client, the variants alternating after a warm-up,",
        f"{len(rounds)} rounds, medians [min-max]. CPU is that of the process that asks PostgreSQL, per request.",
        "",
        "| variant | CPU ms/request | p50 ms | p99 ms |",
        "|---|---|---|---|",
    ]
    for name in rounds[0]:
        cells = [_spread([getattr(one[name], figure) for one in rounds]) for figure in Measured._fields]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    bare_name, stack_name = list(rounds[0])
    ratios = [[getattr(one[stack_name], f) / getattr(one[bare_name], f) for one in rounds] for f in Measured._fields]
    lines.append(f"| **ratio, stack to loop** | {' | '.join(_spread(ratio) for ratio in ratios)} |")
    write_section("Market search", [described(), "", *lines])
    sys.stdout.write("\n".join(lines) + "\n")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"


if __name__ == "__main__":
    main()
