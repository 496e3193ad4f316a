"""What a person was told. Nobody sees anybody else's notices; only a developer sees mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.kernel.settings import settings
from salus.shared.messages.models import Mail, Notice

SHOWN = 100


@dataclass(frozen=True)
class Sending:
    """What became of one mail."""

    id: UUID
    created_at: datetime
    template: str
    state: str
    attempts: int
    sent_at: datetime | None


@query(roles={Role.PERSON})
def notices(ctx: Context) -> Sequence[Notice]:
    """The actor's own last hundred notices, newest first."""
    mine = select(Notice).where(Notice.person_id == ctx.actor.person_id)
    return ctx.db.scalars(mine.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(SHOWN)).all()


@query(roles={Role.PERSON})
def notice(ctx: Context, notice_id: UUID) -> Notice:
    """One of the actor's own notices."""
    found = ctx.get(Notice, notice_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.PERSON})
def unread(ctx: Context) -> int:
    """How many notices the actor has not read."""
    counted = ctx.rows(
        "SELECT count(*) AS unread FROM notices WHERE person_id = %(person_id)s AND read_at IS NULL",
        {"person_id": ctx.actor.person_id},
    )
    return int(counted[0]["unread"])


@query(roles={Role.ANYONE})
def mails(ctx: Context) -> Sequence[Mail]:
    """The development mailbox: the tenant's last hundred mails, newest first. In production there is none."""
    _only_in_development()
    return ctx.db.scalars(select(Mail).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(SHOWN)).all()


@query(roles={Role.ANYONE})
def mail(ctx: Context, mail_id: UUID) -> Mail:
    """One mail of the development mailbox. In production there is none."""
    _only_in_development()
    return ctx.get(Mail, mail_id)


@query(roles={Role.SYSTEM})
def mail_to_send(ctx: Context, mail_id: UUID) -> Mail:
    """One mail, for the worker that sends it."""
    return ctx.get(Mail, mail_id)


@query(roles={Role.SYSTEM})
def mail_if_kept(ctx: Context, mail_id: UUID) -> Mail | None:
    """One mail, unless it was removed with its person."""
    return ctx.db.get(Mail, mail_id)


@query(roles={Role.SYSTEM})
def sendings(ctx: Context, mail_ids: Sequence[UUID]) -> Sequence[Sending]:
    """What became of these mails, without a word of them, for whoever looks after the installation."""
    columns = (Mail.id, Mail.created_at, Mail.template, Mail.state, Mail.attempts, Mail.sent_at)
    rows = ctx.db.execute(select(*columns).where(Mail.id.in_(mail_ids)).order_by(Mail.id))
    return [Sending(*row) for row in rows]


def _only_in_development() -> None:
    if not settings().is_development:
        raise NotFound
