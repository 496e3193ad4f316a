"""Deliveries: put together after payment, read under a consent that is asked anew for every piece."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from salus.exchanges.health_data.models import (
    Delivery,
    DeliveryFile,
    DeliveryState,
    Download,
    Request,
    RequestState,
)
from salus.exchanges.health_data.queries.deliveries import delivery_of, release
from salus.exchanges.health_data.rules import expect
from salus.exchanges.health_data.rules.packing import Packed
from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.consent import queries as consent
from salus.shared.files import actions as files
from salus.shared.files import queries as file_queries
from salus.shared.files.models import File
from salus.shared.messages import actions as messages

WORKER = {Role.SYSTEM}


@dataclass(frozen=True)
class Reading:
    """A download that has begun, and its content, which may break off at any piece."""

    download: Download
    file: DeliveryFile
    pieces: Iterator[bytes]


@action(roles=WORKER, told="made a data set of yours ready for its buyer")
def deliver(ctx: Context, request: Request, packed: list[Packed]) -> Delivery:
    """Keep the files of a paid request and open them to its buyer, if the consent still stands."""
    request = ctx.lock(request)
    expect(request, RequestState.PAID)
    delivery = Delivery(
        request_id=request.id,
        person_id=request.person_id,
        organisation_id=request.organisation_id,
        authorisation_id=request.authorisation_id,
        state=DeliveryState.READY,
        ready_at=ctx.now,
    )
    ctx.db.add(delivery)
    ctx.db.flush()
    for one in packed:
        ctx.db.add(_kept(ctx, delivery, one))
    # Last, because whoever withdraws must wait for it: for the end of this transaction, not for the encryption.
    consent.rely_on(ctx, request.authorisation_id, recipient_id=request.organisation_id, subject_id=request.offer_id)
    request.state = RequestState.DELIVERED
    ctx.tell(
        person_id=request.person_id,
        consent_id=request.authorisation_id,
        concerns=[request.organisation_id],
        files=len(packed),
    )
    messages.notify(ctx, request.buyer_id, "health_data/delivered", link=f"/library/{delivery.id}")
    return delivery


@action(roles={Role.BUYER}, told="read a file of yours")
def download(ctx: Context, file: DeliveryFile) -> Reading:
    """Read one delivered file. Every reading is written down, and shown to the person it is about."""
    delivery = delivery_of(ctx, file)
    if delivery.organisation_id != ctx.actor.organisation_id:
        raise NotFound
    release(ctx, delivery)
    begun = Download(
        delivery_id=delivery.id,
        delivery_file_id=file.id,
        person_id=delivery.person_id,
        organisation_id=delivery.organisation_id,
        buyer_id=ctx.actor.person_id,
    )
    ctx.db.add(begun)
    ctx.tell(person_id=delivery.person_id, consent_id=delivery.authorisation_id, subject=begun)
    pieces = file_queries.content(ctx, ctx.get(File, file.file_id))
    return Reading(begun, file, _released(ctx.again(SYSTEM), delivery, begun, pieces))


@action(roles=WORKER, told="noted how much of a file of yours was read")
def end_download(ctx: Context, download: Download, *, sent_bytes: int, finished: bool) -> Download:
    """Note how much of a file was read, and whether to its end."""
    download = ctx.lock(download)
    download.sent_bytes = sent_bytes
    if finished:
        download.finished_at = ctx.now
    else:
        download.stopped_at = ctx.now
    ctx.tell(
        person_id=download.person_id, concerns=[download.organisation_id], sent_bytes=sent_bytes, finished=finished
    )
    return download


@action(roles=WORKER, told="stopped all reading of a data set of yours")
def stop(ctx: Context, delivery: Delivery, *, because: str) -> Delivery:
    """Close a delivery for good and remove its files."""
    delivery = ctx.lock(delivery)
    if delivery.state is DeliveryState.STOPPED:
        return delivery
    delivery.state, delivery.stopped_because = DeliveryState.STOPPED, because
    for one in ctx.db.scalars(select(DeliveryFile).where(DeliveryFile.delivery_id == delivery.id)):
        files.remove(ctx, ctx.get(File, one.file_id))
    ctx.tell(person_id=delivery.person_id, consent_id=delivery.authorisation_id, concerns=[delivery.organisation_id])
    buyer_id = ctx.get(Request, delivery.request_id).buyer_id
    messages.notify(ctx, buyer_id, "health_data/stopped", link=f"/library/{delivery.id}")
    return delivery


def _released(ctx: Context, delivery: Delivery, begun: Download, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, each read while the consent is held. A withdrawal waits for one piece, never for a slow reader.

    Once it was withdrawn the next piece raises, so that the transfer breaks off visibly short of its length.
    """
    sent, finished = 0, False
    try:
        while True:
            with ctx.again() as own:
                release(own, delivery)
                piece = next(pieces, None)
            if piece is None:
                break
            yield piece
            sent += len(piece)
        finished = True
    finally:
        with ctx.again() as own:
            end_download(own, begun, sent_bytes=sent, finished=finished)


def _kept(ctx: Context, delivery: Delivery, one: Packed) -> DeliveryFile:
    with one.path.open("rb") as content:
        kept = files.keep(ctx, content, name=one.path.name, media_type=one.media_type, owner_id=delivery.person_id)
    return DeliveryFile(
        delivery_id=delivery.id,
        file_id=kept.id,
        name=one.path.name,
        media_type=one.media_type,
        size=kept.size,
        sha256=kept.sha256,
        rows=one.rows,
    )
