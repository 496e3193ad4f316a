"""My data: bring an export in, watch it being read, see what was found, choose what may be shared."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import imports as actions
from salus.exchanges.health_data.queries import imports as queries
from salus.kernel.actor import Role
from salus.kernel.errors import Invalid
from salus.web.doors import CurrentContext, Page, Pages, go

MAX_EXPORT_BYTES = 4 << 30
pages = Pages()
pages.menu("My data", "/data", roles={Role.SELLER}, place=20)


@pages.get("/data", operation=queries.my_series)
def data(ctx: CurrentContext) -> Page:
    return Page("health_data/data.html", series=queries.my_series(ctx), imports=queries.imports(ctx))


@pages.get("/data/bring", operation=queries.imports)
def bring(ctx: CurrentContext) -> Page:
    return Page("health_data/bring.html", imports=queries.imports(ctx))


@pages.post("/data/bring", operation=actions.bring_in, again=bring, max_body=MAX_EXPORT_BYTES, limit="20/hour")
def bring_in(ctx: CurrentContext, export: Annotated[UploadFile, File()]) -> Response:
    if not export.filename:
        raise Invalid("Choose the file export.zip first.", field="export")
    arrived = actions.bring_in(ctx, export.file, name=export.filename)
    return go(f"/data/imports/{arrived.id}")


@pages.get("/data/imports/{import_id}", operation=queries.import_progress)
def reading(ctx: CurrentContext, import_id: UUID) -> Page:
    arrived, progress = queries.arrived(ctx, import_id), queries.import_progress(ctx, import_id)
    return Page("health_data/import.html", arrived=arrived, progress=progress)


@pages.get("/data/imports/{import_id}/progress", operation=queries.import_progress)
def reading_progress(ctx: CurrentContext, import_id: UUID) -> Page:
    arrived, progress = queries.arrived(ctx, import_id), queries.import_progress(ctx, import_id)
    return Page("health_data/_reading.html", arrived=arrived, progress=progress)


@pages.post("/data/imports/{import_id}/again", operation=actions.read_again, again=reading)
def read_again(ctx: CurrentContext, import_id: UUID) -> Response:
    actions.read_again(ctx, queries.arrived(ctx, import_id))
    return go(f"/data/imports/{import_id}", said="Reading starts again.")


@pages.get("/data/series/{series_id}", operation=queries.preview)
def preview(ctx: CurrentContext, series_id: UUID, from_day: date | None = None, to_day: date | None = None) -> Page:
    series = queries.one_series(ctx, series_id)
    return Page("health_data/series.html", series=series, preview=queries.preview(ctx, series, from_day, to_day))


@pages.post("/data/series/{series_id}/switch", operation=actions.switch)
def switch(ctx: CurrentContext, series_id: UUID, wish: Annotated[schemas.Switch, Form()]) -> Response:
    series = actions.switch(ctx, queries.one_series(ctx, series_id), on=wish.on)
    return go(f"/data#{series.id}", said=f"{series.name} is {'on' if series.is_shared else 'off'}.")
