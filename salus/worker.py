"""The background: pays every reaction that a record still owes, and does the routines.

A reaction is claimed by moving its due time a lease ahead in a transaction of its own, so that a worker that dies gives
it back by itself, and no transaction stays open while a long one runs (an open one would hold back the sealing of
records). Its own effects and the removal of its row commit together.
"""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import Connection, delete, func, select, text, update

from salus import modules
from salus.kernel import correlation, log, measures, metrics, telemetry
from salus.kernel.actor import SYSTEM
from salus.kernel.context import WAKE_CHANNEL, WORKER, Context, call_connections, database_url, engine
from salus.kernel.errors import Unavailable
from salus.kernel.records import REACTIONS, ROUTINES, Owed, Reaction, Record, Routine
from salus.kernel.settings import settings
from salus.kernel.tenants import tenants

if TYPE_CHECKING:
    from collections.abc import Iterator

lines = structlog.get_logger()
LEASE_S = 60
BATCH = 20
GIVE_UP_AFTER = 12
GIVE_UP_OUTAGE_AFTER = GIVE_UP_AFTER + 5 * 24
"""Of what fails because a service outside does not work. From the twelfth attempt on they are an hour apart, so that is
after five days: so long, by RFC 5321 (4.5.4.1), mail waits for a server."""
LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Claim:
    """One owed reaction, ours for the length of a lease."""

    id: UUID
    tenant_id: UUID
    record_id: UUID
    reaction: Reaction
    attempts: int


def begin() -> None:
    """Let the operator of this process see how it does: in logs, metrics and traces, and among the connections."""
    call_connections(WORKER)
    log.configure()
    telemetry.start("salus-worker")
    measures.begin()
    metrics.serve(settings().worker_metrics_port)


def run(stop: threading.Event) -> None:
    """Work until `stop` is set. Long reactions have a thread of their own, and so have routines."""
    modules.load_all()
    lanes = [
        threading.Thread(target=_pay, args=(stop, False), name="reactions"),
        threading.Thread(target=_pay, args=(stop, True), name="long reactions"),
        threading.Thread(target=_do_routines, args=(stop,), name="routines"),
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


def settle_everything(*, rounds: int = 1_000) -> int:
    """Pay all that is owed now, long ones too, here and at once; how many were paid. For the command line and tests.

    Raises RuntimeError if something is still owed and due after so many rounds: it fails again and again.
    """
    modules.load_all()
    paid = 0
    for _ in range(rounds):
        claims = [*claim(long=False), *claim(long=True)]
        if not claims:
            return paid
        paid += sum(pay(one) for one in claims)
    raise RuntimeError("some reactions are due again and again")


def claim(*, long: bool, batch: int = BATCH) -> list[Claim]:
    """Take what is due, so that nobody else does for the length of a lease."""
    mine = {reaction.name: reaction for several in REACTIONS.values() for reaction in several if reaction.long == long}
    due = (
        select(Owed.id)
        .where(Owed.due_at <= func.now(), ~Owed.given_up, Owed.reaction.in_(mine))
        .order_by(Owed.due_at, Owed.id)
        .limit(1 if long else batch)
        .with_for_update(skip_locked=True)
    )
    lease = func.now() + timedelta(seconds=LEASE_S)
    take = (
        update(Owed)
        .where(Owed.id.in_(due.scalar_subquery()))
        .values(due_at=lease, attempts=Owed.attempts + 1)
        .returning(Owed.id, Owed.tenant_id, Owed.record_id, Owed.reaction, Owed.attempts)
    )
    with _outside_tenants() as connection:
        taken = connection.execute(take).all()
    return [Claim(row.id, row.tenant_id, row.record_id, mine[row.reaction], row.attempts) for row in taken]


def pay(claimed: Claim) -> bool:
    """Run one reaction. A failure is kept with its type and place, and tried again later, ever more seldom."""
    began, outcome = perf_counter(), "done"
    try:
        with _heartbeat(claimed):
            (_pay_long if claimed.reaction.long else _pay_short)(claimed)
    except Exception as error:
        outcome = "given_up" if _is_hopeless(claimed, error) else "failed"
        _postpone(claimed, error)
    metrics.REACTIONS.labels(claimed.reaction.name, outcome).inc()
    metrics.REACTION_SECONDS.labels(claimed.reaction.name).observe(perf_counter() - began)
    return outcome == "done"


def _pay_short(claimed: Claim) -> None:
    with _context(claimed, correlation_id=None) as ctx:
        record = _record(ctx, claimed)
        ctx.correlation_id = record.correlation_id
        with _following(claimed, record):
            claimed.reaction.function(ctx, record)
        _raw(ctx).execute(delete(Owed).where(Owed.id == claimed.id))


def _pay_long(claimed: Claim) -> None:
    with _context(claimed, correlation_id=None) as ctx:
        record = _record(ctx, claimed)
    with _following(claimed, record):
        claimed.reaction.function(_context(claimed, correlation_id=record.correlation_id), record)
    with _outside_tenants() as connection:
        connection.execute(delete(Owed).where(Owed.id == claimed.id))


@contextmanager
def _following(claimed: Claim, record: Record) -> "Iterator[None]":
    """The reaction goes on in the trace of the deed it follows from."""
    with correlation.under(record.correlation_id), telemetry.span(claimed.reaction.name, SpanKind.CONSUMER) as span:
        span.tell(operation=record.operation, record_id=str(record.id), attempts=claimed.attempts)
        yield
        lines.info("reaction", reaction=claimed.reaction.name, operation=record.operation, record_id=str(record.id))
    metrics.REACTION_WAIT_SECONDS.observe((datetime.now(UTC) - record.created_at).total_seconds())


def _context(claimed: Claim, *, correlation_id: str | None) -> Context:
    return Context(SYSTEM, claimed.tenant_id, correlation_id=correlation_id)


def _record(ctx: Context, claimed: Claim) -> Record:
    table = Record.__table__
    row = _raw(ctx).execute(select(table).where(table.c.id == claimed.record_id)).mappings().one()
    return Record(**row)


def _raw(ctx: Context) -> Connection:
    # The worker's own bookkeeping is no operation of anybody's.
    return ctx._open_connection


def _is_hopeless(claimed: Claim, error: Exception) -> bool:
    return claimed.attempts >= (GIVE_UP_OUTAGE_AFTER if isinstance(error, Unavailable) else GIVE_UP_AFTER)


def _postpone(claimed: Claim, error: Exception) -> None:
    wait = timedelta(seconds=min(2**claimed.attempts, 3600))
    with _context(claimed, correlation_id=None) as ctx:
        its = _record(ctx, claimed).correlation_id
    with correlation.under(its):
        log.report(
            "reaction failed",
            error,
            reaction=claimed.reaction.name,
            record_id=str(claimed.record_id),
            attempts=claimed.attempts,
        )
    with _outside_tenants() as connection:
        connection.execute(
            update(Owed)
            .where(Owed.id == claimed.id)
            .values(
                due_at=func.now() + wait,
                given_up=_is_hopeless(claimed, error),
                last_error=log.place(error),
            )
        )


@contextmanager
def _heartbeat(claimed: Claim) -> "Iterator[None]":
    """Prolong the lease of a long reaction while it runs."""
    if not claimed.reaction.long:
        yield
        return
    done = threading.Event()

    def prolong() -> None:
        while not done.wait(LEASE_S / 3):
            with _outside_tenants() as connection:
                lease = func.now() + timedelta(seconds=LEASE_S)
                connection.execute(update(Owed).where(Owed.id == claimed.id).values(due_at=lease))

    beating = threading.Thread(target=prolong, daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()


@contextmanager
def _outside_tenants() -> "Iterator[Connection]":
    with engine().connect() as connection:
        connection.info["tenant"] = None
        with connection.begin():
            yield connection


def _pay(stop: threading.Event, long: bool) -> None:
    def look() -> bool:
        claims = claim(long=long)
        for one in claims:
            pay(one)
        return bool(claims)

    _repeat(stop, look, _Wake())


def _do_routines(stop: threading.Event) -> None:
    next_at: dict[str, float] = {}

    def look() -> bool:
        for routine in list(ROUTINES.values()):
            if monotonic() >= next_at.get(routine.name, 0):
                next_at[routine.name] = monotonic() + routine.interval.total_seconds()
                do(routine)
        return False

    _repeat(stop, look, None)


def do(routine: Routine) -> None:
    """One round of a routine through all tenants, unless another worker is at it."""
    with engine().connect() as connection:
        connection.info["tenant"] = None
        with connection.begin():
            free = connection.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": routine.name})
            if not free:
                return
            for tenant in tenants():
                _do_in(routine, Context(SYSTEM, tenant.id))


def _do_in(routine: Routine, ctx: Context) -> None:
    began, outcome = perf_counter(), "done"
    with correlation.under(ctx.correlation_id):
        try:
            with telemetry.span(routine.name) as span:
                span.tell(tenant_id=str(ctx.tenant_id))
                routine.function(ctx)
        except Exception as error:
            outcome = "failed"
            log.report("routine failed", error, routine=routine.name, tenant_id=str(ctx.tenant_id))
    metrics.ROUTINES.labels(routine.name, outcome).inc()
    metrics.ROUTINE_SECONDS.labels(routine.name).observe(perf_counter() - began)


def _repeat(stop: threading.Event, look: Callable[[], bool], wake: "_Wake | None") -> None:
    while not stop.is_set():
        try:
            found = look()
        except Exception as error:
            log.report("the worker could not look for work", error)
            found = False
        if found:
            continue
        if wake is not None:
            wake.wait(LOOK_EVERY_S)
        else:
            stop.wait(0.2)


class _Wake:
    """Waits for the notification that something is owed; without a connection, just for the time."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, seconds: float) -> None:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(database_url("database_url"), autocommit=True)
                self._connection.execute(f"LISTEN {WAKE_CHANNEL}")
            list(self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self._connection = None
            threading.Event().wait(seconds)
