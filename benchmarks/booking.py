"""Taking times: the calendar's own statement and its whole action, beside a plain INSERT on the same server.

Bookings are of one resource each, by 32 clients in 8 processes. In the free case everybody takes times that nobody else
wants; in the contended one, eight callers want the same time at the same moment and one gets it. The plain INSERT goes
into a table with a primary key only, outside of row-level security: it protects nothing, and is the ceiling. After
every run the database is asked whether any two claims meet.

Availability is `calendar.free` for 50 calendars over four weeks, with hours, holidays and what is booked, beside
reading the same claims and nothing else.

    uv run python -m benchmarks.booking [--seconds 6] [--rounds 3] [--dry]
"""

import argparse
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from benchmarks.machine import described, write_section
from salus import modules
from salus.kernel import log
from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context, database_url, engine, forget_connections
from salus.kernel.ids import new_id
from salus.kernel.operations import action, query
from salus.kernel.postgres import Embedded
from salus.kernel.settings import settings
from salus.shared.calendar import actions, queries
from salus.shared.calendar.actions.claims import TAKE
from salus.shared.calendar.models import Span
from salus.shared.calendar.rules.needs import the
from salus.shared.calendar.rules.refusals import TimeTaken
from tests.faults.installation import installed

PROCESSES, THREADS = 8, 4
CALLERS_A_SLOT = 8
RESOURCES, BOOKED = 1_000, 200_000
QUARTER = timedelta(minutes=15)
MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
ASKED, WEEKS, ASKINGS = 50, 4, 40
WARM_UP = 5
APART = 8 * 16 * (RESOURCES - ASKED)
"""The number of the first time eight weeks on, where nobody comes to."""

FILL = """
INSERT INTO organisations (id, name, kind, country, registration_number)
    VALUES (uuidv7(), 'Harbour Clinic', 'company', 'FI', '1');
INSERT INTO locations (id, organisation_id, name, city, country, zone)
    SELECT uuidv7(), id, 'Harbour Clinic', 'Helsinki', 'FI', 'Europe/Helsinki' FROM organisations;
INSERT INTO resources (id, kind, organisation_id, location_id, name, closed_on_holidays)
    SELECT uuidv7(), 'room', l.organisation_id, l.id, 'Room ' || n, n <= {asked}
    FROM locations l, generate_series(1, {resources}) n;
INSERT INTO hours (id, resource_id, location_id, rule, starts, ends, valid_from)
    SELECT uuidv7(), r.id, r.location_id, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', h.starts, h.ends, '2020-01-01'
    FROM resources r, (VALUES ('06:00'::time, '12:00'::time), ('12:00', '20:00')) h (starts, ends);
INSERT INTO claims (id, booking_id, resource_id, resource_no, starts_at, ends_at, blocked_from, blocked_until, state)
    SELECT uuidv7(), uuidv7(), r.id, r.number, t.at, t.at + interval '15 minutes', t.at, t.at + interval '15 minutes',
           'booked'
    FROM resources r, generate_series(0, {each} - 1) n,
         LATERAL (SELECT timestamptz '{monday}' + interval '6 hours' + div(n, 8) * interval '1 day'
                         + mod(n, 8) * interval '30 minutes' AS at) t;
CREATE TABLE plain (LIKE claims INCLUDING DEFAULTS, PRIMARY KEY (id));
GRANT SELECT, INSERT ON plain TO salus_app;
"""
PLAIN = """
INSERT INTO plain (id, booking_id, resource_id, resource_no, starts_at, ends_at, blocked_from, blocked_until, state)
VALUES (%(id)s, %(booking_id)s, %(resource_id)s, %(resource_no)s, %(starts_at)s, %(ends_at)s, %(blocked_from)s,
        %(blocked_until)s, 'booked')
RETURNING id
"""
MEETINGS = """
SELECT count(*) FROM (
  SELECT blocked_from < max(blocked_until) OVER (
    PARTITION BY resource_no ORDER BY blocked_from, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS meets
  FROM claims) AS claims
WHERE meets
"""
READ = """
SELECT resource_id, blocked_from, blocked_until FROM claims
WHERE resource_id = ANY(%(resources)s) AND blocked_until > %(start)s AND blocked_from < %(end)s
  AND state IN ('held', 'booked')
"""


@action(roles={Role.SYSTEM})
def book(ctx: Context, resource_id: UUID, during: Span) -> None:
    """What an exchange does, as far as the calendar is concerned."""
    actions.claim(ctx, new_id(), [the(resource_id)], during)


@query(roles={Role.SYSTEM})
def free(ctx: Context, resources: Sequence[UUID], between: Span) -> dict[UUID, list[Span]]:
    return queries.free(ctx, resources, between=between)


class Resource(NamedTuple):
    id: UUID
    number: int


class Run(NamedTuple):
    """What all clients of one run did together."""

    attempts_s: float
    bookings_s: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float


class Case(NamedTuple):
    name: str
    way: str
    is_contended: bool
    first_week: int
    """Every case has weeks of its own, in which nothing is booked before."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=6)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--dry", action="store_true", help="print only")
    options = arguments.parse_args()
    modules.load_all()
    log.configure(quiet=True)
    with installed() as here:
        resources = fill(here.tenant)
        rounds = [
            one_round(here.tenant, resources[ASKED:], number, options.seconds) for number in range(options.rounds)
        ]
        availability = [asked(here.tenant, resources) for _ in range(options.rounds)]
    lines = [described(), "", *told(rounds, options.seconds), "", *told_availability(availability)]
    print("\n".join(lines))
    if not options.dry:
        write_section("Booking", lines)


def fill(tenant: UUID) -> list[Resource]:
    with engine("owner_database_url").connect() as owner:
        owner.info["tenant"] = tenant
        with owner.begin():
            owner.exec_driver_sql(
                FILL.format(resources=RESOURCES, asked=ASKED, each=BOOKED // RESOURCES, monday=MONDAY.isoformat())
            )
            found = [
                Resource(*row) for row in owner.exec_driver_sql("SELECT id, number FROM resources ORDER BY number")
            ]
    with psycopg.connect(Embedded(settings().home / "postgres").url("salus_admin"), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")
    return found


def one_round(tenant: UUID, resources: list[Resource], number: int, seconds: float) -> dict[str, Run]:
    """Every case once, one after the other."""
    cases = [
        Case("plain INSERT, no protection", "plain", False, 0),
        Case("the statement, all times free", "statement", False, 10),
        Case("the action, all times free", "action", False, 20),
        Case("the statement, 8 callers a time", "statement", True, 30),
        Case("the action, 8 callers a time", "action", True, 40),
    ]
    found = {}
    for case in cases:
        mine = case._replace(first_week=10 + number * 50 + case.first_week)
        found[case.name] = together(tenant, resources, mine, seconds)
        with engine("owner_database_url").connect() as owner:
            owner.info["tenant"] = tenant
            with owner.begin():
                assert owner.exec_driver_sql(MEETINGS).scalar() == 0, f"two claims meet after: {case.name}"
        assert "deadlock detected" not in (settings().home / "postgres" / "log").read_text()
    return found


def together(tenant: UUID, resources: list[Resource], case: Case, seconds: float) -> Run:
    # Forked, because each would otherwise read all of Salus anew, for longer than it is measured.
    fork = multiprocessing.get_context("fork")
    gate, results = fork.Barrier(PROCESSES), fork.Queue()
    crowds = [fork.Value("l", 0) for _ in range(PROCESSES * THREADS // CALLERS_A_SLOT)]
    clients = [
        fork.Process(target=client, args=(tenant, resources, case, number, seconds, crowds, gate, results))
        for number in range(PROCESSES)
    ]
    for one in clients:
        one.start()
    found = [results.get() for _ in clients]
    for one in clients:
        one.join()
    took = sorted(latency for one in found for latency in one[0])
    won, longest, cpu = sum(one[1] for one in found), max(one[2] for one in found), sum(one[3] for one in found)
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    return Run(len(took) / longest, won / longest, cpu / len(took) * 1000, p50, p99)


def client(
    tenant: UUID,
    resources: list[Resource],
    case: Case,
    number: int,
    seconds: float,
    crowds: list["Synchronized[int]"],
    gate: Barrier,
    results: "Queue[tuple[list[float], int, float, float]]",
) -> None:
    """One process of callers, a thread each: how long each attempt took, how many won, the time and the CPU of all."""
    forget_connections(close=False)
    took: list[float] = []
    won: list[int] = []
    ready = threading.Barrier(THREADS + 1)

    def caller(thread: int) -> None:
        mine = number * THREADS + thread
        draw = partial(next_shared, crowds[mine // CALLERS_A_SLOT]) if case.is_contended else counter()
        group = mine // CALLERS_A_SLOT if case.is_contended else mine
        groups = len(crowds) if case.is_contended else PROCESSES * THREADS
        attempt = ways(tenant)[case.way]()
        for turn in range(WARM_UP):
            attempt(*place(resources, case, APART + mine * WARM_UP + turn))
        ready.wait()
        ready.wait()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            won.append(attempt(*place(resources, case, draw() * groups + group)))
            took.append(time.perf_counter() - began)

    callers = [threading.Thread(target=caller, args=(thread,)) for thread in range(THREADS)]
    for one in callers:
        one.start()
    ready.wait()
    gate.wait()
    began, cpu = time.perf_counter(), time.process_time()
    ready.wait()
    for one in callers:
        one.join()
    results.put((took, sum(won), time.perf_counter() - began, time.process_time() - cpu))


def counter() -> Callable[[], int]:
    numbers = iter(range(10**9))
    return lambda: next(numbers)


def next_shared(shared: "Synchronized[int]") -> int:
    """The same number eight times, whoever asks, then the next."""
    with shared.get_lock():
        shared.value += 1
        return (shared.value - 1) // CALLERS_A_SLOT


def place(resources: list[Resource], case: Case, number: int) -> tuple[Resource, Span]:
    """The resource and the time with this number: times of a Monday morning, in weeks that are the case's own."""
    turn, which = divmod(number, len(resources))
    week, quarter = divmod(turn, 16)
    monday = MONDAY + timedelta(weeks=case.first_week + week)
    start = monday + timedelta(hours=6) + quarter * QUARTER
    return resources[which], Span(start, start + QUARTER)


def ways(tenant: UUID) -> dict[str, Callable[[], Callable[[Resource, Span], bool]]]:
    return {
        "plain": lambda: by_statement(tenant, PLAIN),
        "statement": lambda: by_statement(tenant, TAKE),
        "action": lambda: partial(by_action, tenant),
    }


def by_statement(tenant: UUID, statement: str) -> Callable[[Resource, Span], bool]:
    """One transaction with one statement, as little around it as can be."""
    connection = psycopg.connect(database_url("database_url"), autocommit=True, prepare_threshold=1)

    def attempt(resource: Resource, during: Span) -> bool:
        row: dict[str, Any] = {
            **{"id": new_id(), "booking_id": new_id(), "resource_id": resource.id, "resource_no": resource.number},
            **{"starts_at": during.start, "ends_at": during.end, "now": datetime.now(UTC)},
            **{"blocked_from": during.start, "blocked_until": during.end},
            **{"state": "booked", "overbooked": False, "expires_at": None},
        }
        connection.execute(f"BEGIN; SET LOCAL app.tenant = '{tenant}'", prepare=False)
        found = connection.execute(statement, row).fetchall()
        connection.execute("COMMIT")
        return len(found) == 1

    return attempt


def by_action(tenant: UUID, resource: Resource, during: Span) -> bool:
    """The whole action: its hours, its savepoint, its record."""
    try:
        with Context(SYSTEM, tenant) as ctx:
            book(ctx, resource.id, during)
    except TimeTaken:
        return False
    return True


def asked(tenant: UUID, resources: list[Resource]) -> dict[str, tuple[float, float]]:
    """Median wall and CPU milliseconds of a question about many calendars, and of reading their claims only."""
    some, between = [one.id for one in resources[:ASKED]], Span(MONDAY, MONDAY + timedelta(weeks=WEEKS))
    connection = psycopg.connect(database_url("database_url"), autocommit=True)
    connection.execute(f"SET app.tenant = '{tenant}'")
    parameters = {"resources": some, "start": between.start, "end": between.end}

    def whole() -> None:
        with Context(SYSTEM, tenant) as ctx:
            assert all(free(ctx, some, between).values())

    return {
        "reading the claims alone": timed(lambda: connection.execute(READ, parameters).fetchall()),
        "`calendar.free`": timed(whole),
    }


def timed(question: Callable[[], object]) -> tuple[float, float]:
    question()
    walls, cpus = [], []
    for _ in range(ASKINGS):
        wall, cpu = time.perf_counter(), time.process_time()
        question()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return statistics.median(walls), statistics.median(cpus)


def told(rounds: list[dict[str, Run]], seconds: float) -> list[str]:
    lines = [
        f"{BOOKED:,} claims on {RESOURCES:,} calendars are there before. 32 clients in 8 processes share the cores",
        f"with the server, fsync on; {len(rounds)} rounds of {seconds:.0f} s each, medians [min-max]. One resource a",
        "booking. The action is `calendar.claim` in a transaction of its own: hours, savepoint, record and row-level",
        "security are in it. CPU is that of the clients, for each attempt. After every run no two claims met, and the",
        "server's log told of no deadlock.",
        "",
        "| way | attempts/s | bookings/s | ratio to plain | client CPU ms | p50 ms | p99 ms |",
        "|---|---|---|---|---|---|---|",
    ]
    plain = next(iter(rounds[0]))
    for name in rounds[0]:
        ratio = spread([one[name].attempts_s / one[plain].attempts_s for one in rounds], 2)
        cells = [spread([one[name][place] for one in rounds], digits) for place, digits in enumerate((0, 0, 2, 1, 1))]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {ratio} | {' | '.join(cells[2:])} |")
    return lines


def told_availability(found: list[dict[str, tuple[float, float]]]) -> list[str]:
    lines = [
        f"Free times of {ASKED} calendars over {WEEKS} weeks, each with two lines of hours, the holidays and",
        f"{BOOKED // RESOURCES} claims; one caller, medians of {ASKINGS} questions:",
        "",
        "| question | ms | CPU ms of the caller |",
        "|---|---|---|",
    ]
    for name in found[0]:
        wall, cpu = (spread([one[name][place] for one in found], 1) for place in (0, 1))
        lines.append(f"| {name} | {wall} | {cpu} |")
    return lines


def spread(values: list[float], digits: int) -> str:
    middle, least, most = (f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} [{least}-{most}]"


if __name__ == "__main__":
    main()
