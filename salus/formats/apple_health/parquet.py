"""Writes one Parquet file for each type: sorted by start, equal rows once, every column marked as in `schema`."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from salus.formats.apple_health.schema import SCHEMAS, Kind
from salus.formats.apple_health.spill import ALIKE, INSIDE, ROWS_PER_PART, SAME, Int64s, Pile, Spill, starts_of
from salus.formats.apple_health.summary import TypeSummary
from salus.formats.apple_health.types import known_type, plain_name

# Two writers keep two cores busy and hold one part each; more would only raise the peak of memory.
_WRITERS = 2
_MAX_SOURCES = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Tally:
    """What was seen while the rows of one type went by."""

    future_from: int
    count: int = 0
    duplicates: int = 0
    repeated: int = 0
    future: int = 0
    first: int | None = None
    last: int | None = None
    units: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def add(self, table: pa.Table) -> None:
        """Count rows that are sorted by start."""
        start = table.column("start").drop_null().cast(pa.int64()).to_numpy()
        self.count += table.num_rows
        if len(start):
            self.first = int(start[0]) if self.first is None else self.first
            self.last = int(start[-1])
            self.future += len(start) - int(np.searchsorted(start, self.future_from, side="right"))
        for name, seen in (("unit", self.units), ("source_name", self.sources)):
            if name in table.column_names and len(seen) < _MAX_SOURCES:
                seen.update(word for word in pc.unique(table.column(name)).to_pylist() if word is not None)


def write_types(spill: Spill, folder: Path, now: datetime, on_rows: Callable[[int], None]) -> list[TypeSummary]:
    """Write all types, the largest first. Rows that start after `now` are counted as future."""
    spill.flush()
    names = _file_names(list(spill.piles))

    def write(pile: Pile) -> TypeSummary:
        tally = _Tally((now - _EPOCH) // timedelta(microseconds=1))
        _write_type(spill, pile, folder / names[pile.code, pile.kind], tally)
        on_rows(pile.rows)
        return _summary(pile, tally, names[pile.code, pile.kind])

    with ThreadPoolExecutor(min(_WRITERS, cpu_count() or 1)) as pool:
        return list(pool.map(write, sorted(spill.piles.values(), key=lambda pile: -pile.rows)))


def _write_type(spill: Spill, pile: Pile, path: Path, tally: _Tally) -> None:
    schema = SCHEMAS[pile.kind].with_metadata({"code": pile.code, "kind": pile.kind.value})
    with pq.ParquetWriter(path, schema, **_options(schema)) as writer:
        for part in spill.parts(pile):
            table = sorted_once(part, tally)
            tally.add(table)
            writer.write_table(table.cast(schema), row_group_size=2 * ROWS_PER_PART)


def _options(schema: pa.Schema) -> dict[str, Any]:
    words = [name for name in schema.names if pa.types.is_dictionary(schema.field(name).type)]
    if "metadata" in schema.names:
        words += ["metadata.key_value.key", "metadata.key_value.value"]
    # Sorted moments differ little from one to the next: coded as differences they take a quarter of the space.
    times = [name for name in ("start", "end", "created") if name in schema.names]
    delta = dict.fromkeys(times, "DELTA_BINARY_PACKED")
    return {"compression": "zstd", "compression_level": 1, "use_dictionary": words, "column_encoding": delta}


def sorted_once(part: pa.Table, tally: _Tally) -> pa.Table:
    """Rows in order of start, without duplicates and without a correlation's copies of rows that stand alone."""
    start = starts_of(part)
    order: Int64s = np.argsort(start, kind="stable")
    start = start[order]
    tied = np.zeros(len(start), np.bool_)
    tied[1:] = start[1:] == start[:-1]
    tied[:-1] |= tied[1:]
    candidates = np.flatnonzero(tied)
    if len(candidates):
        rows = order[candidates]
        same, alike, inside = (part.column(name).to_numpy()[rows] for name in (SAME, ALIKE, INSIDE))
        by = np.lexsort((same, inside, alike, start[candidates]))
        keys = start[candidates][by], alike[by]
        group = np.ones(len(by), np.bool_)
        group[1:] = (keys[0][1:] != keys[0][:-1]) | (keys[1][1:] != keys[1][:-1])
        leader = np.maximum.accumulate(np.where(group, np.arange(len(by)), 0))
        repeated = inside[by] & ~inside[by][leader]
        duplicate = np.zeros(len(by), np.bool_)
        duplicate[1:] = ~group[1:] & (same[by][1:] == same[by][:-1]) & ~repeated[1:]
        tally.repeated += int(repeated.sum())
        tally.duplicates += int(duplicate.sum())
        order = np.delete(order, candidates[by[repeated | duplicate]])
    return part.drop_columns([SAME, ALIKE, INSIDE]).take(pa.array(order))


def _summary(pile: Pile, tally: _Tally, name: str) -> TypeSummary:
    known = known_type(pile.code, pile.kind)
    return TypeSummary(
        code=pile.code,
        name=plain_name(pile.code),
        group=known.group if known else "Unknown",
        kind=pile.kind,
        known=known is not None,
        units=tuple(sorted(tally.units)),
        count=tally.count,
        duplicates=tally.duplicates,
        repeated=tally.repeated,
        future=tally.future,
        first=None if tally.first is None else _EPOCH + timedelta(microseconds=tally.first),
        last=None if tally.last is None else _EPOCH + timedelta(microseconds=tally.last),
        sources=tuple(sorted(tally.sources)),
        file=name,
    )


def _file_names(types: list[tuple[str, Kind]]) -> dict[tuple[str, Kind], str]:
    """A harmless and unique file name for each type, whose code may be any text that a stranger put into the file."""
    names: dict[tuple[str, Kind], str] = {}
    taken: set[str] = set()
    for code, kind in types:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", code)[:80] or "type"
        number, name = 2, stem
        while name.lower() in taken:
            number, name = number + 1, f"{stem}_{number}"
        taken.add(name.lower())
        names[code, kind] = f"{name}.parquet"
    return names
