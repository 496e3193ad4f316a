"""What was delivered, to whom, and when it was read."""

from collections.abc import Iterator
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from salus.exchanges.health_data.models import Delivery, DeliveryFile, DeliveryState, Download, Offer, Request, Series
from salus.exchanges.health_data.queries.imports import current_series
from salus.exchanges.health_data.rules import DeliveryStopped, conditions, within
from salus.exchanges.health_data.rules.packing import Licence
from salus.formats.apple_health.sharing import deidentify
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.codes.rules import MEANINGS, Purpose
from salus.shared.consent import queries as consent
from salus.shared.files import queries as files
from salus.shared.files.models import File

PARTIES = {Role.BUYER, Role.SELLER}
NEWEST = 10


@query(roles={Role.BUYER})
def library(ctx: Context) -> list[Delivery]:
    """Everything that was delivered to the acting buyer's organisation, newest first."""
    ours = select(Delivery).where(Delivery.organisation_id == ctx.actor.organisation_id)
    return list(ctx.db.scalars(ours.order_by(Delivery.created_at.desc())))


@query(roles=PARTIES)
def delivery(ctx: Context, delivery_id: UUID) -> Delivery:
    """One delivery, for the organisation that got it and the person it came from."""
    return _as_a_party(ctx, ctx.get(Delivery, delivery_id))


@query(roles=PARTIES)
def delivery_for(ctx: Context, request_id: UUID) -> Delivery | None:
    """The delivery that came of a request, if it has come."""
    found = ctx.db.scalar(select(Delivery).where(Delivery.request_id == request_id))
    return _as_a_party(ctx, found) if found else None


@query(roles=PARTIES)
def delivery_files(ctx: Context, delivery: Delivery) -> list[DeliveryFile]:
    """The files of a delivery, the manifest first."""
    _as_a_party(ctx, delivery)
    found = ctx.db.scalars(select(DeliveryFile).where(DeliveryFile.delivery_id == delivery.id))
    return sorted(found, key=lambda file: (file.name not in {"manifest.json", "LICENCE.txt"}, file.name))


@query(roles=PARTIES)
def delivery_file(ctx: Context, file_id: UUID) -> DeliveryFile:
    """One file of a delivery."""
    file = ctx.get(DeliveryFile, file_id)
    _as_a_party(ctx, ctx.get(Delivery, file.delivery_id))
    return file


@query(roles=PARTIES)
def downloads(ctx: Context, delivery: Delivery) -> list[Download]:
    """Every reading of a delivery, newest first."""
    _as_a_party(ctx, delivery)
    found = select(Download).where(Download.delivery_id == delivery.id).order_by(Download.created_at.desc())
    return list(ctx.db.scalars(found))


@query(roles={Role.SELLER})
def readings_of_mine(ctx: Context) -> list[Download]:
    """The newest readings of the acting person's delivered data."""
    mine = select(Download).where(Download.person_id == ctx.actor.person_id)
    return list(ctx.db.scalars(mine.order_by(Download.created_at.desc()).limit(NEWEST)))


@query(roles={Role.BUYER, Role.SYSTEM})
def release(ctx: Context, delivery: Delivery) -> None:
    """Raises unless the delivery may be read at this moment; the consent is held until the transaction ends."""
    now = ctx.get(Delivery, delivery.id)
    if now.state is DeliveryState.STOPPED:
        raise DeliveryStopped
    request = ctx.get(Request, delivery.request_id)
    consent.rely_on(ctx, delivery.authorisation_id, recipient_id=delivery.organisation_id, subject_id=request.offer_id)


@query(roles=WITHIN)
def delivery_of(ctx: Context, file: DeliveryFile) -> Delivery:
    """The delivery a file belongs to."""
    return ctx.get(Delivery, file.delivery_id)


@query(roles={Role.SYSTEM})
def deliveries_under(ctx: Context, authorisation_id: UUID) -> list[Delivery]:
    """All deliveries that rest on one authorisation."""
    return list(ctx.db.scalars(select(Delivery).where(Delivery.authorisation_id == authorisation_id)))


@query(roles={Role.SYSTEM})
def series_for(ctx: Context, request: Request) -> list[Series]:
    """The series a request is about, as they are now: a newer export brings newer samples of the same period."""
    offer = ctx.get(Offer, request.offer_id)
    return current_series(ctx, request.person_id, offer.codes)


@query(roles={Role.SYSTEM})
def samples(ctx: Context, request: Request, series: list[Series]) -> Iterator[tuple[str, str, pa.Table]]:
    """Exactly what was agreed to, one type after the other: these types, this period, nothing that names the person."""
    offer = ctx.get(Offer, request.offer_id)
    opened = [(one, files.reader(ctx, ctx.get(File, one.file_id))) for one in series]
    return (
        (one.code, one.name, deidentify(within(pq.read_table(reader), offer.from_day, offer.to_day)))
        for one, reader in opened
    )


@query(roles={Role.SYSTEM})
def licence(ctx: Context, request: Request) -> Licence:
    """Under what a request's data is handed over."""
    offer = ctx.get(Offer, request.offer_id)
    authorisation = consent.any_consent(ctx, request.authorisation_id)
    return Licence(
        authorisation_id=str(authorisation.id),
        recipient=authorisation.recipient_name,
        data_set=offer.title,
        purpose=MEANINGS[Purpose(request.purpose)].title,
        purpose_words=request.purpose_words,
        terms=[condition.for_buyer for condition in conditions(offer.terms, offer.term_values)],
        from_day=offer.from_day,
        to_day=offer.to_day,
        ends_at=authorisation.expires_at,
    )


def _as_a_party(ctx: Context, delivery: Delivery) -> Delivery:
    is_buyer = ctx.actor.organisation_id is not None and delivery.organisation_id == ctx.actor.organisation_id
    if not is_buyer and delivery.person_id != ctx.actor.id:
        raise NotFound
    return delivery
