"""What a person brought in, and what exactly would leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from io import BufferedReader
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from salus.exchanges.health_data.models import Import, Series
from salus.exchanges.health_data.rules import MAX_PREVIEW_ROWS, within
from salus.formats.apple_health.sharing import deidentify
from salus.kernel import progress
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.progress import Progress
from salus.shared.files import queries as files
from salus.shared.files.models import File

MINE = {Role.SELLER}


@dataclass(frozen=True)
class Preview:
    """The first samples exactly as a buyer would get them, and what was taken out on the way."""

    columns: list[str]
    rows: list[list[object]]
    count: int
    removed: list[str]


@query(roles={Role.SELLER, Role.SYSTEM})
def arrived(ctx: Context, import_id: UUID) -> Import:
    """One export that the acting person brought in."""
    found = ctx.get(Import, import_id)
    if not ctx.actor.has(Role.SYSTEM) and found.person_id != ctx.actor.id:
        raise NotFound
    return found


@query(roles={Role.SYSTEM})
def source(ctx: Context, arrived: Import) -> BufferedReader:
    """The export file of somebody, to be read by Salus itself."""
    return files.reader(ctx, files.file(ctx, arrived.file_id))


@query(roles=MINE)
def imports(ctx: Context) -> list[Import]:
    """All exports the acting person brought in, newest first."""
    mine = select(Import).where(Import.person_id == ctx.actor.person_id)
    return list(ctx.db.scalars(mine.order_by(Import.created_at.desc())))


@query(roles=MINE)
def import_progress(ctx: Context, import_id: UUID) -> Progress:
    """How far the reading of an export is."""
    return progress.of(ctx, arrived(ctx, import_id).id)


@query(roles=MINE)
def my_series(ctx: Context) -> list[Series]:
    """Everything the acting person has, one entry for each type, the richest first."""
    return series_of(ctx, ctx.actor.person_id)


@query(roles=MINE)
def one_series(ctx: Context, series_id: UUID) -> Series:
    """One type of the acting person's data."""
    found = ctx.get(Series, series_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles=WITHIN)
def current_series(ctx: Context, person_id: UUID, codes: Iterable[str]) -> list[Series]:
    """The current series of a person for these types, in the order of their codes."""
    wanted = select(Series).where(Series.person_id == person_id, Series.is_current, Series.code.in_(list(codes)))
    return list(ctx.db.scalars(wanted.order_by(Series.code)))


@query(roles=MINE, discloses=True, told="looked at a preview of your data")
def preview(ctx: Context, series: Series, from_day: date | None = None, to_day: date | None = None) -> Preview:
    """Exactly what would be shared of a type: the same code makes the delivery."""
    if series.person_id != ctx.actor.person_id:
        raise NotFound
    ctx.tell(subject=series, person_id=series.person_id)
    whole = read_series(ctx, series)
    shared = deidentify(within(whole, from_day, to_day))
    removed = [name for name in whole.column_names if name not in shared.column_names]
    return _preview(shared, removed)


@query(roles=WITHIN)
def raw_preview(ctx: Context, series: Series) -> Preview:
    """The first samples of a series as they are kept, for the step that opens them."""
    return _preview(read_series(ctx, series), [])


@query(roles=WITHIN)
def series_of(ctx: Context, person_id: UUID) -> list[Series]:
    """Everything a person has, the richest type first, for the step that opens it."""
    theirs = select(Series).where(Series.person_id == person_id, Series.is_current)
    return list(ctx.db.scalars(theirs.order_by(Series.area, Series.count.desc())))


@query(roles=WITHIN)
def read_series(ctx: Context, series: Series) -> pa.Table:
    """All samples of a series, decrypted into memory."""
    with files.reader(ctx, ctx.get(File, series.file_id)) as parquet:
        return pq.read_table(parquet)


def _preview(samples: pa.Table, removed: list[str]) -> Preview:
    head = samples.slice(0, MAX_PREVIEW_ROWS).to_pylist()
    rows = [[_shown(value) for value in row.values()] for row in head]
    return Preview(samples.column_names, rows, samples.num_rows, removed)


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value[:6]) + ("…" if len(value) > 6 else "")
    return value
