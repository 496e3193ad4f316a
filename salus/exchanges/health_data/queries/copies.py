"""What this exchange adds to the copy that a person gets of everything about them, and what it still owes them."""

import io
from collections.abc import Iterator
from uuid import UUID

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from sqlalchemy import select

from salus.exchanges.health_data.models import Request, RequestState, Series
from salus.exchanges.health_data.rules import short
from salus.exchanges.health_data.rules.packing import flat
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.files import queries as files
from salus.shared.files.models import File
from salus.shared.privacy.rules.parts import Exported

OWED = (RequestState.PAYING, RequestState.PAID)


@query(roles=WITHIN)
def exported(ctx: Context, person_id: UUID) -> list[Exported]:
    """Every series of a person as it is kept (Parquet) and for spreadsheets (CSV), older ones in a folder of theirs."""
    theirs = select(Series).where(Series.person_id == person_id).order_by(Series.code, Series.id)
    return [one for series in ctx.db.scalars(theirs) for one in _series(ctx, series)]


@query(roles=WITHIN)
def obligations(ctx: Context, person_id: UUID) -> list[str]:
    """What was sold and is not handed over yet, or is being paid for."""
    owed = select(Request.id).where(Request.person_id == person_id, Request.state.in_(OWED)).limit(1)
    if ctx.db.scalar(owed) is None:
        return []
    return ["A buyer paid or is paying for your data and has not got it yet. Wait until it is delivered or ended."]


def _series(ctx: Context, series: Series) -> Iterator[Exported]:
    folder = "health" if series.is_current else f"health/older/{series.import_id}"
    letters = "".join(letter for letter in short(series.code) if letter.isalnum() and letter.isascii())[:80]
    path = f"{folder}/{letters or 'Other'}-{series.kind}-{str(series.id)[-4:]}"
    file = ctx.get(File, series.file_id)
    yield Exported(f"{path}.parquet", files.content(ctx, file), file.id)
    if series.is_current:
        yield Exported(f"{path}.csv", _csv(files.reader(ctx, file)))


def _csv(parquet: io.BufferedReader) -> Iterator[bytes]:
    """Read only when it is asked for: one series at a time is in memory, and not all of a person's."""
    out = io.BytesIO()
    with parquet:
        pa_csv.write_csv(flat(pq.read_table(parquet)), out)
    yield out.getvalue()
