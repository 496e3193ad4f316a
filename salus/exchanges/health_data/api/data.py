"""Bringing data in, and what was found."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import File, UploadFile

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import imports as actions
from salus.exchanges.health_data.models import Import, Series
from salus.exchanges.health_data.queries import imports as queries
from salus.exchanges.health_data.queries.imports import Preview
from salus.kernel.errors import Invalid
from salus.kernel.progress import Progress
from salus.web.doors import Api, CurrentContext

MAX_EXPORT_BYTES = 4 << 30
api = Api("/health-data", tag="My health data")


@api.get("/imports", operation=queries.imports, answer=list[schemas.ImportRead])
def imports(ctx: CurrentContext) -> list[Import]:
    return queries.imports(ctx)


@api.post(
    "/imports",
    operation=actions.bring_in,
    answer=schemas.ImportRead,
    status=202,
    max_body=MAX_EXPORT_BYTES,
    limit="20/hour",
)
def bring_in(ctx: CurrentContext, export: Annotated[UploadFile, File()]) -> Import:
    if not export.filename:
        raise Invalid("Send the file export.zip with its name.", field="export")
    return actions.bring_in(ctx, export.file, name=export.filename)


@api.get("/imports/{import_id}", operation=queries.arrived, answer=schemas.ImportRead)
def arrived(ctx: CurrentContext, import_id: UUID) -> Import:
    return queries.arrived(ctx, import_id)


@api.get("/imports/{import_id}/progress", operation=queries.import_progress, answer=schemas.ProgressRead)
def import_progress(ctx: CurrentContext, import_id: UUID) -> Progress:
    return queries.import_progress(ctx, import_id)


@api.post("/imports/{import_id}/reading", operation=actions.read_again, answer=schemas.ImportRead, status=202)
def read_again(ctx: CurrentContext, import_id: UUID) -> Import:
    return actions.read_again(ctx, queries.arrived(ctx, import_id))


@api.get("/series", operation=queries.my_series, answer=list[schemas.SeriesRead])
def my_series(ctx: CurrentContext) -> list[Series]:
    return queries.my_series(ctx)


@api.get("/series/{series_id}", operation=queries.one_series, answer=schemas.SeriesRead)
def one_series(ctx: CurrentContext, series_id: UUID) -> Series:
    return queries.one_series(ctx, series_id)


@api.put("/series/{series_id}/switch", operation=actions.switch, answer=schemas.SeriesRead)
def switch(ctx: CurrentContext, series_id: UUID, wish: schemas.Switch) -> Series:
    return actions.switch(ctx, queries.one_series(ctx, series_id), on=wish.on)


@api.get("/series/{series_id}/preview", operation=queries.preview, answer=schemas.PreviewRead)
def preview(ctx: CurrentContext, series_id: UUID, from_day: date | None = None, to_day: date | None = None) -> Preview:
    return queries.preview(ctx, queries.one_series(ctx, series_id), from_day, to_day)
