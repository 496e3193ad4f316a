"""The library: what was delivered to an organisation, and reading it."""

from uuid import UUID

from starlette.responses import Response

from salus.exchanges.health_data.actions import deliveries as actions
from salus.exchanges.health_data.queries import deliveries as queries
from salus.exchanges.health_data.queries import requests
from salus.kernel.actor import Role
from salus.web.doors import CurrentContext, Page, Pages, stream

pages = Pages()
pages.menu("Library", "/library", roles={Role.BUYER}, place=45)


@pages.get("/library", operation=queries.library)
def library(ctx: CurrentContext) -> Page:
    found = [(delivery, requests.named_request(ctx, delivery.request_id)) for delivery in queries.library(ctx)]
    return Page("health_data/library.html", deliveries=found)


@pages.get("/library/{delivery_id}", operation=queries.delivery)
def delivery(ctx: CurrentContext, delivery_id: UUID) -> Page:
    found = queries.delivery(ctx, delivery_id)
    return Page(
        "health_data/delivery.html",
        delivery=found,
        request=requests.named_request(ctx, found.request_id),
        files=queries.delivery_files(ctx, found),
        downloads=queries.downloads(ctx, found),
        is_mine=found.person_id == ctx.actor.id,
    )


@pages.get("/library/files/{file_id}", operation=actions.download)
def read(ctx: CurrentContext, file_id: UUID) -> Response:
    reading = actions.download(ctx, queries.delivery_file(ctx, file_id))
    file = reading.file
    return stream(reading.pieces, name=file.name, media_type=file.media_type, size=file.size)
