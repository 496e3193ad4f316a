"""How often something may be tried: per account, per network and by everyone together.

The counters live in the database, so no number of processes and no restart lifts them, and where the database does not
answer, nobody gets in. They take part in the transaction of the action that tries, which keeps them by refusing with a
refusal that `keeps`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.context import Context
from salus.kernel.errors import TooMany
from salus.kernel.ids import new_id
from salus.kernel.keys import blind_index
from salus.shared.people.models import Attempts


class TooManyAttempts(TooMany):
    keeps = True


@dataclass(frozen=True)
class Limit:
    """At most so many attempts in a window that starts with the first of them."""

    scope: str
    account: int
    network: int
    everyone: int
    window: timedelta = timedelta(minutes=15)


PASSWORDS = Limit("password", account=10, network=100, everyone=2000)
CODES = Limit("code", account=5, network=100, everyone=1000)
MAIL_ASKED_FOR = Limit("mail", account=4, network=40, everyone=1000, window=timedelta(hours=1))
KEPT = timedelta(days=1)
"""How long counters stay; longer than every window."""


def admit(ctx: Context, limit: Limit, account: bytes) -> None:
    """Raises TooManyAttempts where one of the three counters is used up. Before any work is done for a stranger."""
    for scope, key, most in _counters(ctx, limit, account):
        started, tried = _counted(ctx, scope, key)
        if tried >= most and started is not None and ctx.now < started + limit.window:
            raise TooManyAttempts(retry_after_s=_seconds_left(ctx, limit, started))


def count(ctx: Context, limit: Limit, account: bytes, *, everywhere: bool) -> None:
    """Count one attempt on the account, and `everywhere` on its network and on everyone too.

    Raises TooManyAttempts if it is one too many, even where it was right: of many attempts at once, which all were
    admitted before any was counted, no more than the limit can succeed. The counter of the account is locked until
    the transaction ends, so count after the slow work and not before it.
    """
    for scope, key, most in _counters(ctx, limit, account)[: None if everywhere else 1]:
        if _count_one(ctx, limit, scope, key) > most:
            raise TooManyAttempts(retry_after_s=int(limit.window.total_seconds()))


def forget(ctx: Context, limit: Limit, account: bytes) -> None:
    """The account's owner has come: start anew."""
    ctx.db.execute(delete(Attempts).where(Attempts.scope == f"{limit.scope}/account", Attempts.key == account))


def _counters(ctx: Context, limit: Limit, account: bytes) -> list[tuple[str, bytes, int]]:
    """Scope, key and limit; always in this order, so that two attempts never wait for each other."""
    return [
        (f"{limit.scope}/account", account, limit.account),
        (f"{limit.scope}/network", blind_index(ctx.origin.network or "unknown"), limit.network),
        (f"{limit.scope}/everyone", b"", limit.everyone),
    ]


def _counted(ctx: Context, scope: str, key: bytes) -> tuple[datetime | None, int]:
    wanted = select(Attempts.window_started_at, Attempts.tried).where(Attempts.scope == scope, Attempts.key == key)
    found = ctx.db.execute(wanted).first()
    return (found.window_started_at, found.tried) if found else (None, 0)


def _count_one(ctx: Context, limit: Limit, scope: str, key: bytes) -> int:
    is_over = Attempts.window_started_at <= ctx.now - limit.window
    new = insert(Attempts).values(id=new_id(), scope=scope, key=key, window_started_at=ctx.now, tried=1)
    counted = new.on_conflict_do_update(
        index_elements=["tenant_id", "scope", "key"],
        set_={
            "tried": case((is_over, 1), else_=Attempts.tried + 1),
            "window_started_at": case((is_over, ctx.now), else_=Attempts.window_started_at),
        },
    ).returning(Attempts.tried)
    return ctx.db.execute(counted).scalar_one()


def _seconds_left(ctx: Context, limit: Limit, started: datetime) -> int:
    return max(1, int((started + limit.window - ctx.now).total_seconds()))
