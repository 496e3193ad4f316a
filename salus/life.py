"""The whole life of one action, by its correlation id: from the records, from what they owed, and from the log.

Ids, names of operations and codes; never an address, a name, or a word of a letter.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.records import Owed
from salus.kernel.settings import DEVELOPMENT_LOG, settings
from salus.kernel.tenants import tenants
from salus.modules import load_all
from salus.shared.messages import queries as messages
from salus.shared.records import queries as records
from salus.shared.records.queries import Deed
from salus.shared.webhooks import queries as webhooks
from salus.shared.webhooks.models import Attempt, Delivery

UNTOLD = frozenset({"event", "level", "timestamp", "correlation_id"})
"""What of a log line stands in its moment already."""


@dataclass(frozen=True)
class Moment:
    """Something that happened: where it was read, what it was, and all else that is known of it."""

    at: datetime
    source: str
    what: str
    known: Mapping[str, Any]

    def __str__(self) -> str:
        known = "  ".join(f"{name}={value}" for name, value in self.known.items() if value not in (None, "", [], {}))
        return f"{self.at:%Y-%m-%d %H:%M:%S.%f}  {self.source:8}  {self.what}  {known}".rstrip()


@contextmanager
def lines_of(log: str | None) -> Iterator[Iterable[str]]:
    """The lines of a log: of this file, of standard input (`-`), or else of where this installation keeps its own."""
    if log == "-":
        yield sys.stdin
        return
    kept = Path(log) if log else settings().log_file or settings().home / DEVELOPMENT_LOG
    if log is None and not kept.exists():
        yield []
        return
    with kept.open(encoding="utf-8", errors="replace") as file:
        yield file


def life(correlation_id: str, lines: Iterable[str] = ()) -> list[Moment]:
    """Everything known under this id in all tenants, in the order in which it happened. `lines` are those of logs."""
    load_all()
    told: list[Moment] = []
    under = {correlation_id}
    for tenant in tenants():
        with Context(SYSTEM, tenant.id, correlation_id=correlation_id) as ctx:
            deeds = records.life(ctx, correlation_id)
            under |= {str(deed.facts["came_under"]) for deed in deeds if "came_under" in deed.facts}
            told += [*map(_deed, deeds), *_followed(ctx, deeds)]
    return sorted([*told, *_logged(under, lines)], key=lambda moment: moment.at)


def _deed(deed: Deed) -> Moment:
    subject = f"{deed.subject_type}/{deed.subject_id}" if deed.subject_id else None
    known = {"by": _actor(deed), "on": subject, "about": deed.person_id, "through": deed.channel, "record": deed.id}
    return Moment(deed.created_at, "record", f"{deed.operation} {deed.outcome}", known | deed.facts)


def _actor(deed: Deed) -> str:
    if deed.actor_id is None:
        return "Salus" if Role.SYSTEM in deed.actor_roles else "a visitor"
    return f"{deed.actor_id} ({', '.join(deed.actor_roles)})"


def _followed(ctx: Context, deeds: list[Deed]) -> Iterator[Moment]:
    """What the deeds still owe, the mails they wrote and the webhooks that tell of them."""
    ids = [deed.id for deed in deeds]
    by_id = {deed.id: deed for deed in deeds}
    for owed in records.still_owed(ctx, ids):
        yield _owed(owed, by_id[owed.record_id])
    mail_ids = [deed.subject_id for deed in deeds if deed.subject_type == "mails" and deed.subject_id]
    for mail in messages.sendings(ctx, mail_ids):
        known = {"attempts": mail.attempts, "sent": mail.sent_at, "mail": mail.id}
        yield Moment(mail.created_at, "mail", f"{mail.template} {mail.state}", known)
    for delivery, attempts in webhooks.deliveries_of(ctx, ids):
        yield from _delivered(delivery, attempts)


def _owed(owed: Owed, deed: Deed) -> Moment:
    state = "given up" if owed.given_up else "owed"
    known = {"after": deed.operation, "attempts": owed.attempts, "due": owed.due_at, "failed": owed.last_error}
    return Moment(owed.created_at, "reaction", f"{owed.reaction} {state}", known)


def _delivered(delivery: Delivery, attempts: list[Attempt]) -> Iterator[Moment]:
    known = {"delivery": delivery.id, "subscription": delivery.subscription_id}
    yield Moment(delivery.created_at, "webhook", f"{delivery.operation} {delivery.state}", known)
    for attempt in attempts:
        answer = {"status": attempt.status, "problem": attempt.problem, "duration_ms": attempt.duration_ms}
        yield Moment(attempt.started_at, "webhook", "attempt", {"delivery": delivery.id, **answer})


def _logged(under: set[str], lines: Iterable[str]) -> Iterator[Moment]:
    for line in lines:
        if any(one in line for one in under) and (entry := _read(line)) and entry.get("correlation_id") in under:
            known = {name: value for name, value in entry.items() if name not in UNTOLD}
            yield Moment(datetime.fromisoformat(entry["timestamp"]), "log", entry["event"], known)


def _read(line: str) -> dict[str, Any] | None:
    """The entry; None for a line of somebody else in the same stream."""
    try:
        entry = json.loads(line)
        return entry if isinstance(entry, dict) and {"timestamp", "event"} <= entry.keys() else None
    except ValueError:
        return None
