"""A copy of everything about somebody: asked for, made in the background, fetched by them alone, gone after a week."""

from collections.abc import Iterator
from typing import BinaryIO

from sqlalchemy.exc import IntegrityError

from salus.kernel import progress
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, action, insist_on_fresh_factor
from salus.shared.files import actions as files
from salus.shared.files import queries as file_queries
from salus.shared.messages import actions as messages
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.privacy.models import Copy, CopyState
from salus.shared.privacy.rules import COPY_KEPT_FOR, CopyNotReady, CopyUnderWay

ZIP = "application/zip"
PAGE = "/account/privacy"


@action(roles=WITHIN, told="proved to be you")
def insist_that_it_is_them(ctx: Context, current_password: str) -> None:
    """The second factor of the last minutes; from somebody who has none, their password.

    Raises FreshFactorNeeded, PasswordNotRight or TooManyAttempts.
    """
    ctx.tell(person_id=ctx.actor.person_id)
    if people_queries.me(ctx).has_second_factor:
        insist_on_fresh_factor(ctx)
    else:
        people.give_password(ctx, current_password)


@action(roles={Role.PERSON}, told="asked for a copy of your data")
def ask_copy(ctx: Context) -> Copy:
    """Ask for a copy of everything about the actor. It is made in the background, one at a time.

    Nothing leaves yet, so no second factor is asked for: that comes with fetching it.
    """
    copy = Copy(person_id=ctx.actor.person_id)
    ctx.db.add(copy)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        raise CopyUnderWay from error
    ctx.tell(person_id=copy.person_id)
    return copy


@action(roles={Role.PERSON}, told="downloaded the copy of your data")
def fetch_copy(ctx: Context, copy: Copy, *, current_password: str = "") -> Iterator[bytes]:
    """The content of the actor's own copy, in pieces, once they proved that it is still they."""
    if copy.person_id != ctx.actor.person_id:
        raise NotFound
    insist_that_it_is_them(ctx, current_password)
    copy = ctx.lock(copy)
    if copy.state != CopyState.READY or copy.file_id is None:
        raise CopyNotReady
    copy.downloaded_at = ctx.now
    ctx.tell(subject=copy, person_id=copy.person_id, size=copy.size)
    return file_queries.content(ctx, file_queries.file(ctx, copy.file_id))


@action(roles={Role.SYSTEM}, told="made the copy of your data")
def finish_copy(ctx: Context, copy: Copy, archive: BinaryIO) -> Copy:
    """Keep the archive, encrypted under the person's key, and tell them where to fetch it."""
    copy = ctx.lock(copy)
    if copy.state != CopyState.WAITING:
        return copy
    kept = files.keep(ctx, archive, name="everything-about-you.zip", media_type=ZIP, owner_id=copy.person_id)
    copy.state, copy.file_id, copy.size = CopyState.READY, kept.id, kept.size
    copy.ready_at, copy.expires_at = ctx.now, ctx.now + COPY_KEPT_FOR
    progress.forget(ctx, copy.id)
    ctx.tell(person_id=copy.person_id, size=kept.size)
    messages.notify(ctx, copy.person_id, "privacy/copy-ready", link=PAGE)
    return copy


@action(roles={Role.SYSTEM}, told="removed a copy of your data whose time was over")
def remove_copy(ctx: Context, copy: Copy) -> Copy:
    """Remove the file of a copy whose days are over."""
    copy = ctx.lock(copy)
    if copy.state == CopyState.READY and copy.file_id is not None:
        files.remove(ctx, file_queries.file(ctx, copy.file_id))
        copy.state = CopyState.GONE
    ctx.tell(person_id=copy.person_id)
    return copy
