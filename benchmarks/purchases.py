"""Purchases beside `pgbench -b tpcb-like` on the same embedded server, and draining the reactions they owe.

A purchase here is its two transactions of the web server, through the real actions: the buyer presses Pay
(`health_data.pay`: consent, terms, split, `money.intend`), and the gateway's signed message comes (`money.receive`:
signature, `money.learn`, `money.settle`, ledger). Records, owed reactions, row-level security and the ledger's triggers
are on. Not in it: HTTP, sign-in, the gateway's own time. What the worker does afterwards is measured by itself.

Agreements are made before: one trade is carried through by the real actions, and its offer, consent and request are
copied. Everything is one tenant and one seller, so that every sale moves the same four ledger accounts: the worst case.

    uv run python -m benchmarks.purchases [--seconds 8] [--rounds 3] [--dry]
"""

import argparse
import multiprocessing
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg

from benchmarks.machine import described, write_section
from salus import modules
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.queries import requests
from salus.kernel import log
from salus.kernel.actor import Actor
from salus.kernel.context import Context, engine, nobody
from salus.kernel.postgres import Embedded, binaries
from salus.kernel.settings import settings
from salus.shared.money import actions as money
from salus.shared.money.rules import reference
from salus.sim.models import Event, Payment
from salus.sim.webhooks import payload, signature
from salus.worker import claim, pay
from tests.faults.installation import Installation, installed, owner_sql
from tests.faults.purchase import open_trade

CROWDS = {1: (1, 1), 8: (4, 2), 32: (8, 4)}
"""Concurrent buyers: how many processes, and how many threads in each."""
SCALE = 50
ENOUGH_PER_SECOND = 150
WARM_UP = 3
PRICE = 4_200
COPY = """
CREATE TEMP TABLE made AS SELECT uuidv7() AS offer, uuidv7() AS consent, uuidv7() AS request
    FROM generate_series(1, {count});
INSERT INTO health_offers SELECT (jsonb_populate_record(o, jsonb_build_object('id', m.offer))).*
    FROM made m, health_offers o WHERE o.id = '{offer}';
INSERT INTO authorisations SELECT (jsonb_populate_record(a, jsonb_build_object('id', m.consent, 'subject_id', m.offer))).*
    FROM made m, authorisations a WHERE a.id = '{consent}';
INSERT INTO health_requests SELECT (jsonb_populate_record(r, jsonb_build_object(
    'id', m.request, 'offer_id', m.offer, 'authorisation_id', m.consent))).*
    FROM made m, health_requests r WHERE r.id = '{request}';
"""  # noqa: E501

ABOUT = """\
`pgbench -b tpcb-like` (scale {scale}) and purchases alternating on one embedded server, fsync on; {rounds} rounds of
{seconds:.0f} s each, medians [min-max]. Clients and server share the cores. A purchase is two transactions: Pay
pressed, and the gateway's signed message taken in; with consent, terms, split, ledger, records, owed reactions
and row-level security, through the real actions. HTTP, sign-in and the gateway are not in it. One tenant and one
seller, so every sale moves the same four ledger accounts. CPU is that of all client processes, for each purchase.
"""


class Crowd(NamedTuple):
    """What the buyers of one run did together."""

    per_second: float
    cpu_ms: float
    """Of the client processes, per purchase."""
    p50_ms: float
    p99_ms: float


class Buyers(NamedTuple):
    """Who buys, and where."""

    tenant: UUID
    buyer: Actor
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    log.configure(quiet=True)
    with installed() as here, tempfile.TemporaryDirectory() as folder:
        trade = open_trade(here.tenant, Path(folder))
        agreed = trade.agreed(trade.asked(trade.offered()))
        enough = options.rounds * sum(count * for_each(options.seconds, count) for count in CROWDS)
        ids = copies(here.tenant, enough, agreed.offer_id, agreed.authorisation_id, agreed.id)
        make_pgbench(here.server)
        buyers = Buyers(here.tenant, trade.buyer, options.seconds)
        runs: dict[int, list[tuple[float, Crowd]]] = {count: [] for count in CROWDS}
        for _ in range(options.rounds):
            for count in CROWDS:
                yardstick = pgbench(here.server, count, options.seconds)
                runs[count].append((yardstick, buy_together(buyers, count, ids)))
                print(count, runs[count][-1])
        check(here, sum(1 for _ in owner_sql("SELECT FROM payments", here.tenant)))
        drained = drain(options.seconds)
    lines = [*told(runs, options), "", *told_of_reactions(drained), ""]
    print("\n".join(lines))
    if not options.dry:
        write_section("Purchases", lines)


def copies(tenant: UUID, count: int, offer: UUID, consent: UUID, request: UUID) -> Iterator[UUID]:
    """So many agreed requests like this one."""
    with engine("owner_database_url").connect() as owner:
        owner.info["tenant"] = tenant
        with owner.begin():
            owner.exec_driver_sql(COPY.format(count=count, offer=offer, consent=consent, request=request))
            found = [row.request for row in owner.exec_driver_sql("SELECT request FROM made")]
    with psycopg.connect(Embedded(settings().home / "postgres").url("salus_admin"), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")
    return iter(found)


def buy_together(buyers: Buyers, count: int, ids: Iterator[UUID]) -> Crowd:
    """Let so many buy at the same time, each one purchase after the other, until the time is over."""
    processes, threads = CROWDS[count]
    spawn = multiprocessing.get_context("spawn")
    gate, results = spawn.Barrier(processes), spawn.Queue()
    started = []
    for _ in range(processes):
        mine = [list(islice(ids, for_each(buyers.seconds, count))) for _ in range(threads)]
        started.append(spawn.Process(target=client, args=(buyers, mine, gate, results)))
    for process in started:
        process.start()
    found = [results.get() for _ in started]
    for process in started:
        process.join()
    latencies = sorted(took for one in found for took in one[0])
    longest, cpu = max(one[1] for one in found), sum(one[2] for one in found)
    p50, p99 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.99))
    return Crowd(len(latencies) / longest, cpu / len(latencies) * 1000, p50, p99)


def for_each(seconds: float, count: int) -> int:
    """How many agreements one of so many buyers needs."""
    return WARM_UP + int(seconds * ENOUGH_PER_SECOND / count)


def client(
    buyers: Buyers, ids: list[list[UUID]], gate: Barrier, results: "Queue[tuple[list[float], float, float]]"
) -> None:
    """One process of buyers, a thread each. Hands back how long each purchase took, the time and the CPU of all."""
    modules.load_all()
    log.configure(quiet=True)
    ready = threading.Barrier(len(ids) + 1)
    took: list[float] = []

    def buyer(mine: list[UUID]) -> None:
        for request_id in mine[:WARM_UP]:
            buy(buyers, request_id)
        ready.wait()
        ready.wait()
        until = time.perf_counter() + buyers.seconds
        for request_id in mine[WARM_UP:]:
            began = time.perf_counter()
            if began > until:
                return
            buy(buyers, request_id)
            took.append(time.perf_counter() - began)
        raise AssertionError("there were not enough agreements")

    crowd = [threading.Thread(target=buyer, args=(mine,)) for mine in ids]
    for one in crowd:
        one.start()
    ready.wait()
    gate.wait()
    began, cpu = time.perf_counter(), time.process_time()
    ready.wait()
    for one in crowd:
        one.join()
    results.put((took, time.perf_counter() - began, time.process_time() - cpu))


def buy(buyers: Buyers, request_id: UUID) -> None:
    """Press Pay; and hear from the gateway that it was paid."""
    with Context(buyers.buyer, buyers.tenant) as ctx:
        payment_id = request_actions.pay(ctx, requests.request(ctx, request_id)).payment_id
    assert payment_id is not None
    body, headers = message(buyers.tenant, payment_id)
    with nobody(buyers.tenant) as ctx:
        money.receive(ctx, body, headers)


def message(tenant: UUID, payment_id: UUID) -> tuple[bytes, dict[str, str]]:
    """What the gateway would send, signed."""
    now = datetime.now(UTC)
    paid = Payment(
        id=f"pay_{payment_id.hex}",
        sequence=2,
        created_at=now,
        amount=PRICE,
        currency="EUR",
        status="succeeded",
        reference=reference(tenant, payment_id),
        description="",
        payee="",
        return_url="",
        checkout_url="",
        metadata={},
    )
    event = Event(
        id=f"evt_{payment_id.hex}",
        type="payment.succeeded",
        sequence=2,
        created_at=now,
        data=paid.model_dump(mode="json"),
    )
    body, timestamp = payload(event), int(time.time())
    signed = signature(settings().secret("gateway_webhook_secret"), event.id, timestamp, body)
    return body, {"webhook-id": event.id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def make_pgbench(server: Embedded) -> None:
    with psycopg.connect(server.url("salus_admin", "postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE yardstick")
        (durable,) = admin.execute(
            "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
        ).fetchone() or ("",)
    assert durable == "onon"
    _pgbench(server, "--initialize", "--quiet", "--scale", str(SCALE))


def pgbench(server: Embedded, clients: int, seconds: float) -> float:
    """Transactions per second."""
    threads = str(min(clients, os.cpu_count() or 1))
    out = _pgbench(
        server, "--no-vacuum", "--builtin", "tpcb-like", "--client", str(clients), "--jobs", threads,
        "--time", str(round(seconds)),
    )  # fmt: skip
    (per_second,) = re.findall(r"tps = ([\d.]+)", out)
    return float(per_second)


def _pgbench(server: Embedded, *arguments: str) -> str:
    password = (server.folder / "passwords" / "salus_admin").read_text()
    command = [
        str(binaries() / "pgbench"),
        "-h",
        str(server.socket_folder),
        "-U",
        "salus_admin",
        *arguments,
        "yardstick",
    ]
    done = subprocess.run(command, env={"PGPASSWORD": password}, capture_output=True, text=True, check=True)
    return done.stdout


def check(here: Installation, purchases: int) -> None:
    """A fast benchmark that loses money is none."""
    ((balance, sold, settled),) = owner_sql(
        "SELECT (SELECT sum(balance) FROM ledger_accounts),"
        " (SELECT count(*) FROM ledger_postings WHERE kind = 'sale'),"
        " (SELECT count(*) FROM records WHERE operation = 'money.settle' AND outcome = 'done')",
        here.tenant,
    )
    assert (balance, sold, settled) == (0, purchases, purchases)


def drain(seconds: float) -> dict[str, list[tuple[float, float]]]:
    """One worker's reactions, one at a time, for so long in each lane: wall and CPU seconds of each, by name."""
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for long in (False, True):
        until = time.perf_counter() + 2 * seconds
        while time.perf_counter() < until and (claims := claim(long=long)):
            for one in claims:
                began, cpu = time.perf_counter(), time.process_time()
                assert pay(one), one.reaction.name
                taken[one.reaction.name].append((time.perf_counter() - began, time.process_time() - cpu))
    return taken


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}-{max(values):.{digits}f}]"


def told(runs: dict[int, list[tuple[float, Crowd]]], options: argparse.Namespace) -> Iterator[str]:
    yield described()
    yield ""
    yield ABOUT.format(scale=SCALE, rounds=options.rounds, seconds=options.seconds)
    yield "| buyers (processes x threads) | purchases/s | tpcb-like/s | ratio | client CPU ms | p50 ms | p99 ms |"
    yield "|---|---|---|---|---|---|---|"
    for count, found in runs.items():
        crowds = [crowd for _, crowd in found]
        columns = [
            spread([crowd.per_second for crowd in crowds], 0),
            spread([yardstick for yardstick, _ in found], 0),
            spread([crowd.per_second / yardstick for yardstick, crowd in found], 3),
            spread([crowd.cpu_ms for crowd in crowds], 1),
            spread([crowd.p50_ms for crowd in crowds], 0),
            spread([crowd.p99_ms for crowd in crowds], 0),
        ]
        processes, threads = CROWDS[count]
        yield f"| {count} ({processes} x {threads}) | {' | '.join(columns)} |"


def told_of_reactions(taken: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    yield "The reactions that follow, by one worker, one at a time (claiming is not in it):"
    yield ""
    yield "| reaction | measured | median ms | CPU ms |"
    yield "|---|---|---|---|"
    for name, found in sorted(taken.items()):
        walls, cpus = [wall * 1000 for wall, _ in found], [cpu * 1000 for _, cpu in found]
        yield f"| `{name}` | {len(found)} | {statistics.median(walls):.1f} | {statistics.fmean(cpus):.1f} |"


if __name__ == "__main__":
    main()
