"""Copies of everything about somebody: their own, and what goes into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.kernel.progress import Progress, of
from salus.shared.consent import queries as consent
from salus.shared.files import queries as files
from salus.shared.files.models import File, FileState
from salus.shared.privacy.models import Copy, CopyState
from salus.shared.privacy.rules.parts import Exported

SHOWN = 10


@dataclass(frozen=True)
class Recipient:
    """An organisation that was allowed to have data, from when until when (GDPR art. 15(1)(c))."""

    id: UUID
    name: str
    what: str
    since: str
    until: str


@query(roles={Role.PERSON})
def my_copies(ctx: Context) -> Sequence[Copy]:
    """The actor's own copies, newest first."""
    mine = select(Copy).where(Copy.person_id == ctx.actor.person_id)
    return ctx.db.scalars(mine.order_by(Copy.created_at.desc()).limit(SHOWN)).all()


@query(roles={Role.PERSON})
def my_copy(ctx: Context, copy_id: UUID) -> Copy:
    """One of the actor's own copies. To anyone else it does not exist."""
    found = ctx.get(Copy, copy_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.PERSON})
def copy_progress(ctx: Context, copy_id: UUID) -> Progress:
    """How far the making of a copy is."""
    return of(ctx, my_copy(ctx, copy_id).id)


@query(roles={Role.PERSON})
def my_recipients(ctx: Context) -> list[Recipient]:
    """Every organisation that the actor allowed to have data, also where they took it back."""
    return [
        Recipient(
            id=one.recipient_id,
            name=one.recipient_name,
            what=one.subject_title,
            since=one.given_at.date().isoformat(),
            until=(one.ended_at or one.expires_at).date().isoformat(),
        )
        for one in consent.consents(ctx)
        if one.given_at is not None
    ]


@query(roles={Role.SYSTEM})
def copy_to_make(ctx: Context, copy_id: UUID) -> Copy:
    """One copy, for the worker that makes it."""
    return ctx.get(Copy, copy_id)


@query(roles={Role.SYSTEM})
def copies_over(ctx: Context) -> Sequence[Copy]:
    """Copies whose days are over and whose file is still kept."""
    over = select(Copy).where(Copy.state == CopyState.READY, Copy.expires_at <= ctx.now)
    return ctx.db.scalars(over).all()


@query(roles={Role.SYSTEM})
def remaining_files(ctx: Context, person_id: UUID, but: set[UUID]) -> list[Exported]:
    """The files of somebody as they brought them in, except for those named and for earlier copies."""
    copies = select(Copy.file_id).where(Copy.person_id == person_id, Copy.file_id.is_not(None))
    theirs = select(File).where(File.owner_id == person_id, File.state == FileState.KEPT, File.id.not_in(copies))
    return [
        Exported(f"files/{one.id}/{_file_name(one)}", files.content(ctx, one), one.id)
        for one in ctx.db.scalars(theirs.order_by(File.id))
        if one.id not in but
    ]


def _file_name(file: File) -> str:
    """As the person called it, without what could lead out of the folder it is unpacked into."""
    called = str(file.name).replace("\\", "/").rsplit("/", 1)[-1].strip(". ")
    return "".join(letter if letter.isprintable() else "_" for letter in called)[:150] or "file"
