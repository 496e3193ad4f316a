"""A crowd that books at several doctors at once, with retries under one key, while the database may be restarted.

Used by `test_bookings` with a small crowd, and by `checks.bookings` with a large one.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import OperationalError as PlainOperationalError
from sqlalchemy.exc import OperationalError

from salus.exchanges.appointments import actions
from salus.exchanges.appointments.models import VisitType
from salus.exchanges.appointments.rules.refusals import KeyUsed
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import Refusal, Unavailable
from salus.shared.calendar.rules.refusals import TimeTaken
from tests.cast import doctor, patient
from tests.exchanges.appointments.scene import Surgery, next_monday, on
from tests.faults.installation import owner_sql

TRIES = 200
"""How often one booking is sent again while the database is away."""
HALF_HOURS = 16
"""Of a day from nine to five."""

# What must be true whatever happened: one live claim of a resource at a time; as many appointments as were confirmed;
# each with the time of its doctor and of its patient, and no claim without an appointment.
OVERLAPS = """
SELECT count(*) FROM claims a JOIN claims b ON a.resource_id = b.resource_id AND a.id < b.id
 AND a.blocked_from < b.blocked_until AND b.blocked_from < a.blocked_until
WHERE a.state IN ('held', 'booked') AND b.state IN ('held', 'booked')
"""
HALF_MADE = """
SELECT count(*) FROM appointments p
WHERE p.state = 'booked' AND (SELECT count(*) FROM claims c WHERE c.booking_id = p.id AND c.state = 'booked') <> 2
"""
ORPHANS = "SELECT count(*) FROM claims c WHERE NOT EXISTS (SELECT FROM appointments p WHERE p.id = c.booking_id)"
BOOKED = "SELECT count(*) FROM appointments WHERE state = 'booked'"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class Outcome:
    """What the callers were told, and what is true afterwards."""

    told: Counter[str] = field(default_factory=Counter)
    booked: set[UUID] = field(default_factory=set)
    sent_again: int = 0

    def wrong(self, tenant: UUID) -> list[str]:
        """What must not be, in words; nothing if all is well."""
        (kept,), (overlaps,), (half_made,), (orphans,), (deadlocks,) = (
            owner_sql(statement, tenant)[0] for statement in (BOOKED, OVERLAPS, HALF_MADE, ORPHANS, DEADLOCKS)
        )
        found = {
            "appointments that nobody was told of, or that were told and are not kept": kept != len(self.booked),
            "times that were given twice": overlaps,
            "appointments without the time of both": half_made,
            "times that were taken for no appointment": orphans,
            "deadlocks in the server": deadlocks,
            "answers that are neither yes nor taken": set(self.told) - {"booked", "taken"},
        }
        return [f"{what}: {count}" for what, count in found.items() if count]


@dataclass(frozen=True)
class Wish:
    """One patient wants one time, under one key."""

    patient: Actor
    visit_type: VisitType
    starts_at: datetime
    key: str


def opened(tenant: UUID, doctors: int, patients: int) -> tuple[list[Surgery], list[Actor]]:
    """Doctors who can be booked, and patients who want to."""
    surgeries = [
        Surgery(tenant, doctor(tenant, f"Doc{number}", organisation=f"Practice {number}"), name=f"Dr {number}")
        for number in range(doctors)
    ]
    return surgeries, [patient(tenant, f"Pat{number}") for number in range(patients)]


def wishes(surgeries: Sequence[Surgery], patients: Sequence[Actor], count: int, *, days: int) -> list[Wish]:
    """So many wishes spread over so many working days, several for every time."""
    chance = random.Random(2026)
    first = on(next_monday(), "09:00")
    wanted = []
    for number in range(count):
        weeks, weekday = divmod(chance.randrange(days), 5)
        starts_at = first + timedelta(weeks=weeks, days=weekday, minutes=30 * chance.randrange(HALF_HOURS))
        wanted.append(Wish(chance.choice(patients), chance.choice(surgeries).visit_type, starts_at, f"wish-{number}"))
    return wanted


def book_all(tenant: UUID, wanted: Sequence[Wish], *, threads: int, meanwhile: Callable[[], None] | None) -> Outcome:
    """Send all of them at once, each again under its key as long as the database is away."""
    outcome, lock = Outcome(), threading.Lock()

    def send(wish: Wish) -> None:
        for _ in range(TRIES):
            try:
                told, made = "booked", _book(tenant, wish)
            except TimeTaken:
                told, made = "taken", None
            except (Unavailable, OperationalError, PlainOperationalError):  # which a door answers alike
                with lock:
                    outcome.sent_again += 1
                threading.Event().wait(0.1)
                continue
            except (Refusal, KeyUsed) as refusal:
                told, made = refusal.code, None
            with lock:
                outcome.told[told] += 1
                if made is not None:
                    outcome.booked.add(made)
            return
        outcome.told["gave up"] += 1

    with ThreadPoolExecutor(threads) as crowd:
        sent = [crowd.submit(send, wish) for wish in wanted]
        if meanwhile is not None:
            meanwhile()
        for one in sent:
            one.result()
    return outcome


def _book(tenant: UUID, wish: Wish) -> UUID:
    with Context(wish.patient, tenant) as ctx:
        return actions.book(ctx, wish.visit_type, wish.starts_at, key=wish.key).id
