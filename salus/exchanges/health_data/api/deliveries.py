"""Deliveries and reading them."""

from uuid import UUID

from starlette.responses import Response

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import deliveries as actions
from salus.exchanges.health_data.models import Delivery, DeliveryFile, Download
from salus.exchanges.health_data.queries import deliveries as queries
from salus.web.doors import Api, CurrentContext, stream

api = Api("/health-data/deliveries", tag="Library")


@api.get("", operation=queries.library, answer=list[schemas.DeliveryRead])
def library(ctx: CurrentContext) -> list[Delivery]:
    return queries.library(ctx)


@api.get("/{delivery_id}", operation=queries.delivery, answer=schemas.DeliveryRead)
def delivery(ctx: CurrentContext, delivery_id: UUID) -> Delivery:
    return queries.delivery(ctx, delivery_id)


@api.get("/{delivery_id}/files", operation=queries.delivery_files, answer=list[schemas.DeliveryFileRead])
def delivery_files(ctx: CurrentContext, delivery_id: UUID) -> list[DeliveryFile]:
    return queries.delivery_files(ctx, queries.delivery(ctx, delivery_id))


@api.get("/{delivery_id}/downloads", operation=queries.downloads, answer=list[schemas.DownloadRead])
def downloads(ctx: CurrentContext, delivery_id: UUID) -> list[Download]:
    return queries.downloads(ctx, queries.delivery(ctx, delivery_id))


@api.get("/files/{file_id}/content", operation=actions.download, produces="*/*")
def read(ctx: CurrentContext, file_id: UUID) -> Response:
    reading = actions.download(ctx, queries.delivery_file(ctx, file_id))
    file = reading.file
    return stream(reading.pieces, name=file.name, media_type=file.media_type, size=file.size)
