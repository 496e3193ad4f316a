"""Carrying erasures out, step by step, and again where a backup brought somebody back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.records import Record, after, every
from salus.kernel.settings import settings
from salus.shared.files.gateways import storage
from salus.shared.messages import gateways as post
from salus.shared.messages import letters
from salus.shared.privacy.actions import erasures as actions
from salus.shared.privacy.gateways import Tombstone, tombstones
from salus.shared.privacy.models import Erasure, ErasureState
from salus.shared.privacy.queries import erasures as queries

log = structlog.get_logger()
LETTER_TRIED_FOR = timedelta(days=3)
"""A mail server that does not answer holds an erasure up this long and no longer."""


@dataclass(frozen=True)
class Replayed:
    """What a replay of the erasures found."""

    erased: int
    """People whom the database still knew, and who are erased again."""
    known: int
    """Erasures that the database already showed."""
    unreadable: int
    """Lines that were changed or cut off. Look at the file; a copy of it may be whole."""


@after("privacy.carry_out_now", long=True)
def carry_out_at_once(ctx: Context, record: Record) -> None:
    """Carry out what an administrator did not want to wait for."""
    if record.subject_id is not None:
        carry_out(ctx, record.subject_id)


@every(seconds=60)
def carry_out_due(ctx: Context) -> None:
    """Carry out what is due, and finish what was begun: one that must wait does not keep the others waiting."""
    with ctx.again() as own:
        due = [erasure.id for erasure in queries.erasures_due(own)]
    for erasure_id in due:
        try:
            carry_out(ctx, erasure_id)
        except Refusal as refusal:
            log.warning("an erasure must wait", subject_id=str(erasure_id), error=refusal.code)


@every(seconds=3600)
def replay_erasures(ctx: Context) -> None:
    """Look whether a restored backup brought somebody back; so also whenever a worker starts."""
    replay(ctx)


def replay(ctx: Context) -> Replayed:
    """Erase again everyone who was erased before and whom this database still knows."""
    erased = known = unreadable = 0
    for stone in tombstones(ctx.tenant_id).all():
        if stone is None or stone.tenant_id != ctx.tenant_id:
            unreadable += 1
            continue
        with ctx.again() as own:
            if not queries.has_key(own, stone.person_id):
                known += 1
                continue
            erasure_id = actions.begin_again(own, stone.person_id).id
        carry_out(ctx, erasure_id)
        erased += 1
    if unreadable:
        log.error("tombstones cannot be read", tenant_id=str(ctx.tenant_id), state=str(unreadable))
    return Replayed(erased, known, unreadable)


def carry_out(ctx: Context, erasure_id: UUID) -> None:
    """All steps of an erasure, each in a transaction of its own. Interrupted anywhere, it goes on when called again.

    Raises ObligationsOpen while something that was under way has not ended.
    """
    with ctx.again() as own:
        erasure = actions.begin_erasure(own, queries.erasure(own, erasure_id))
    if erasure.state != ErasureState.UNDER_WAY:
        return
    # Before anything is removed: a backup taken from here on may hold half of it.
    tombstones(ctx.tenant_id).append(Tombstone(ctx.tenant_id, erasure.person_id, erasure.begun_at or erasure.due_at))
    with ctx.again() as own:
        actions.let_go(own, erasure)
    with ctx.again() as own:
        actions.tell_recipients(own, erasure)
    with ctx.again() as own:
        actions.remove_files(own, erasure)
        file_ids = queries.file_ids_of(own, erasure.person_id)
    for file_id in file_ids:
        storage(ctx.tenant_id).delete(file_id)
    _write_the_last_letter(ctx, erasure)
    with ctx.again() as own:
        actions.erase(own, erasure)


def _write_the_last_letter(ctx: Context, erasure: Erasure) -> None:
    """Tell the person that it is done. It goes straight to the mail server, because the outbox is erased with them."""
    office = post.post_office() if erasure.asked_by is not None else None
    if office is None:
        return
    with ctx.again() as own:
        address = queries.address_of(own, erasure.person_id)
    if address is None:
        return
    letter = letters.write("privacy/erased", link=settings().url)
    now = datetime.now(UTC)
    try:
        office.send(post.message(erasure.id, to=address, subject=letter.title, body=letter.body, at=now))
    except post.MailNotTaken:
        if now - (erasure.begun_at or now) < LETTER_TRIED_FOR:
            raise
