"""Keeping and removing files: steps of the operations that bring them."""

from typing import BinaryIO
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.keys import data_key
from salus.kernel.operations import WITHIN, action
from salus.shared.files.gateways import storage
from salus.shared.files.models import File, FileState
from salus.shared.files.rules import FileRemoved, Sealing, place


@action(roles=WITHIN, told="kept a file of yours, encrypted")
def keep(ctx: Context, stream: BinaryIO, *, name: str, media_type: str, owner_id: UUID) -> File:
    """Keep what the stream gives until it ends, encrypted under the owner's key.

    Memory stays the same whatever the size. The file is there once the transaction commits: a process that dies before
    leaves a blob that no row refers to, which `sweep` deletes.
    """
    file = File(owner_id=owner_id, name=name, media_type=media_type)
    sealing = Sealing(stream, data_key(ctx.db, owner_id), place(ctx.tenant_id, file.id))
    storage(ctx.tenant_id).put(file.id, sealing.pieces())
    file.size, file.sha256 = sealing.size, sealing.sha256
    ctx.db.add(file)
    ctx.tell(person_id=owner_id, size=sealing.size)
    return file


@action(roles=WITHIN, told="removed a file of yours")
def remove(ctx: Context, file: File) -> File:
    """Remove a file for good. Its blob is deleted after the commit, so that a rollback loses nothing.

    Raises FileRemoved if it was removed before.
    """
    file = ctx.lock(file)
    if file.state == FileState.REMOVED:
        raise FileRemoved
    file.state, file.removed_at = FileState.REMOVED, ctx.now
    file.name = file.sha256 = None
    ctx.tell(person_id=file.owner_id)
    return file
