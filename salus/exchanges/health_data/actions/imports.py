"""Bringing health data in. An export is kept encrypted, read in the background, and shows all at once or not at all."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select, update

from salus.exchanges.health_data.models import Import, ImportState, Series
from salus.exchanges.health_data.rules import NotYourTurn
from salus.formats.apple_health import Summary, TypeSummary
from salus.kernel import progress
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.files import actions as files
from salus.shared.files.models import File

PARQUET = "application/vnd.apache.parquet"
WORKER = {Role.SYSTEM}


@dataclass(frozen=True)
class Found:
    """One type that was read: its file, and how many samples each month has."""

    summary: TypeSummary
    path: Path
    months: dict[str, int]


@action(roles={Role.SELLER}, told="brought in an export")
def bring_in(ctx: Context, stream: BinaryIO, *, name: str, media_type: str = "application/zip") -> Import:
    """Keep an Apple Health export of the acting person; it is read in the background."""
    person_id = ctx.actor.person_id
    kept = files.keep(ctx, stream, name=name, media_type=media_type, owner_id=person_id)
    arrived = Import(person_id=person_id, file_id=kept.id)
    ctx.db.add(arrived)
    ctx.tell(person_id=person_id, size=kept.size)
    return arrived


@action(roles={Role.SELLER}, told="had an export read again")
def read_again(ctx: Context, arrived: Import) -> Import:
    """Start a reading again that stopped half way."""
    if arrived.person_id != ctx.actor.person_id:
        raise NotFound
    arrived = ctx.lock(arrived)
    _expect_unread(arrived)
    arrived.state = ImportState.WAITING
    return arrived


@action(roles=WORKER, told="began to read your export")
def begin_reading(ctx: Context, arrived: Import) -> Import:
    """Mark an export as being read, from its start, whatever an earlier reading got to."""
    arrived = ctx.lock(arrived)
    _expect_unread(arrived)
    arrived.state = ImportState.READING
    return arrived


@action(roles=WORKER, told="finished reading your export")
def finish_reading(ctx: Context, arrived: Import, summary: Summary, found: list[Found]) -> Import:
    """Keep every type of the export as an encrypted series, and let newer series take the place of older ones."""
    arrived = ctx.lock(arrived)
    if arrived.state is not ImportState.READING:
        raise NotYourTurn
    switched_on = _replace(ctx, arrived, [one.summary.code for one in found])
    for one in found:
        with one.path.open("rb") as parquet:
            kept = files.keep(ctx, parquet, name=one.path.name, media_type=PARQUET, owner_id=arrived.person_id)
        ctx.db.add(_series(arrived, kept, one, is_shared=one.summary.code in switched_on))
    files.remove(ctx, ctx.get(File, arrived.file_id))
    arrived.state = ImportState.DONE
    arrived.records = summary.count
    arrived.duplicates = sum(one.summary.duplicates + one.summary.repeated for one in found)
    arrived.notes, arrived.exported_at, arrived.finished_at = list(summary.notes), summary.exported, ctx.now
    progress.forget(ctx, arrived.id)
    ctx.tell(person_id=arrived.person_id, types=len(found), samples=summary.count)
    return arrived


@action(roles=WORKER, told="could not read your export")
def refuse_reading(ctx: Context, arrived: Import, problem: str) -> Import:
    """Say that a file is not a usable export, and remove it."""
    arrived = ctx.lock(arrived)
    _expect_unread(arrived)
    files.remove(ctx, ctx.get(File, arrived.file_id))
    arrived.state, arrived.problem, arrived.finished_at = ImportState.REFUSED, problem, ctx.now
    progress.forget(ctx, arrived.id)
    ctx.tell(person_id=arrived.person_id)
    return arrived


@action(roles={Role.SELLER}, told="turned a type of data on or off")
def switch(ctx: Context, series: Series, *, on: bool) -> Series:
    """Turn a type on or off for sharing. What was already agreed with a buyer stays as it was agreed."""
    if series.person_id != ctx.actor.person_id:
        raise NotFound
    series.is_shared = on
    ctx.tell(person_id=series.person_id, on=on)
    return series


def _expect_unread(arrived: Import) -> None:
    if arrived.state not in {ImportState.WAITING, ImportState.READING}:
        raise NotYourTurn("This export was read to its end. Bring in a new one to read more.")


def _replace(ctx: Context, arrived: Import, codes: list[str]) -> set[str]:
    """Make the person's older series of these types history. Returns the codes that were switched on."""
    older = (Series.person_id == arrived.person_id, Series.is_current, Series.code.in_(codes))
    switched_on = set(ctx.db.scalars(select(Series.code).where(*older, Series.is_shared)))
    ctx.db.execute(update(Series).where(*older).values(is_current=False))
    return switched_on


def _series(arrived: Import, kept: File, one: Found, *, is_shared: bool) -> Series:
    found = one.summary
    return Series(
        person_id=arrived.person_id,
        import_id=arrived.id,
        file_id=kept.id,
        code=found.code,
        name=found.name,
        area=found.group,
        kind=found.kind.value,
        units=list(found.units),
        count=found.count,
        first_at=found.first,
        last_at=found.last,
        is_known=found.known,
        future=found.future,
        months=one.months,
        sources="\n".join(found.sources),
        is_shared=is_shared,
    )
