"""The operations through which people here bring and read files: the module itself has only steps of others'."""

import io
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action, query
from salus.shared.files import actions, queries
from salus.shared.files.models import File


@action(roles={Role.SELLER})
def bring(ctx: Context, stream: io.BufferedIOBase, name: str = "export.zip", owner_id: UUID | None = None) -> File:
    return actions.keep(ctx, stream, name=name, media_type="application/zip", owner_id=owner_id or ctx.actor.person_id)


@action(roles={Role.SELLER})
def throw_away(ctx: Context, file_id: UUID) -> File:
    return actions.remove(ctx, queries.file(ctx, file_id))


@query(roles={Role.SELLER})
def look_at(ctx: Context, file_id: UUID) -> File:
    return queries.file(ctx, file_id)


@query(roles={Role.SELLER})
def read(ctx: Context, file_id: UUID) -> bytes:
    return b"".join(queries.content(ctx, queries.file(ctx, file_id)))


@query(roles={Role.SELLER})
def open_file(ctx: Context, file_id: UUID) -> io.BufferedReader:
    return queries.reader(ctx, queries.file(ctx, file_id))
