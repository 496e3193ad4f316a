"""Telling other systems, in the background."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from salus.kernel import correlation, following, log
from salus.kernel.context import Context
from salus.kernel.measures import measure
from salus.kernel.records import Record, after, every
from salus.shared.webhooks import actions, gateways, queries
from salus.shared.webhooks.actions.subscriptions import READER
from salus.shared.webhooks.gateways import Parcel
from salus.shared.webhooks.models import Pause
from salus.shared.webhooks.queries import Due
from salus.shared.webhooks.rules.events import owed

THREADS = 16
BATCHES = 10


class Couriers:
    """Threads that make the attempts, so that a slow receiver holds up neither a routine nor another receiver.

    No more is taken than can be sent at once: what a process has taken when it dies is sent again after a lease.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._under_way: Counter[bytes] = Counter()
        self._lock = Lock()

    def dispatch(self, ctx: Context) -> list[Future[None]]:
        """Take what is due in a tenant, as far as there are threads for it, and send it."""
        with ctx.again() as own:
            chosen = self._choose(queries.due(own, most=4 * self._threads))
        if not chosen:
            return []
        with ctx.again() as own:
            parcels = actions.take(own, [one.id for one in chosen])
        with self._lock:
            self._under_way.update(parcel.destination for parcel in parcels)
        return [self._pool.submit(self._carry, ctx, parcel) for parcel in parcels]

    def _choose(self, due: list[Due]) -> list[Due]:
        with self._lock:
            under_way = self._under_way.copy()
        chosen: list[Due] = []
        for one in due:
            if under_way.total() < self._threads and under_way[one.destination] < one.at_once:
                under_way[one.destination] += 1
                chosen.append(one)
        return chosen

    def _carry(self, ctx: Context, parcel: Parcel) -> None:
        try:
            with correlation.under(parcel.correlation_id):
                self._attempt(ctx, parcel)
        finally:
            with self._lock:
                self._under_way[parcel.destination] -= 1

    def _attempt(self, ctx: Context, parcel: Parcel) -> None:
        try:
            outcome = gateways.send(parcel)
            with ctx.again(under=parcel.correlation_id) as own:
                actions.note_attempt(own, parcel.delivery_id, outcome)
        except Exception as error:
            # Not noted, so it is sent again when the lease is over.
            its = {"delivery_id": str(parcel.delivery_id), "tenant_id": str(ctx.tenant_id)}
            log.report("a delivery was not noted", error, **its)


COURIERS = Couriers()


@every(seconds=2)
def tell(ctx: Context) -> None:
    """Find out who is to hear of what was done since, and send what is due."""
    note_news(ctx)
    COURIERS.dispatch(ctx)


def note_news(ctx: Context) -> None:
    """Owe the newest deeds to those who subscribed to them. Reads nothing where nobody did.

    After ten thousand it is the turn of the other routines; the next round goes on.
    """
    for _ in range(BATCHES):
        with ctx.again() as own:
            listeners = queries.listeners(own)
            news = following.read_on(own, READER) if listeners else []
            if waiting := owed(news, listeners):
                actions.owe(own, waiting)
        if len(news) < following.BATCH:
            break


@measure("salus_webhooks_waiting", "Events that are due to be told and are not told yet")
def waiting(ctx: Context) -> float:
    """Those of a tenant."""
    with ctx.again() as own:
        return queries.waiting(own)


@every(seconds=60 * 60)
def forget(ctx: Context) -> None:
    """Let go of the old log."""
    with ctx.again() as own:
        if queries.is_anything_old(own):
            actions.forget(own)


@after("people.suspend")
@after("people.end_role")
@after("privacy.let_go")
def pause_what_they_made(ctx: Context, record: Record) -> None:
    """Whoever was locked out, lost a role or leaves made subscriptions for others too; those who stay look at them."""
    if record.person_id is not None:
        for subscription in queries.made_by(ctx, record.person_id):
            actions.pause(ctx, subscription, because=Pause.LEFT)
