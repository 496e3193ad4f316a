"""Rows wait here, by type, in bounded memory, until all of a type are there and can be sorted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from salus.formats.apple_health.refusals import TooManyTypes
from salus.formats.apple_health.schema import Kind, Piece

MAX_TYPES = 2_000
ROWS_PER_PART = 1 << 16
SAME, ALIKE, INSIDE = "#same", "#alike", "#inside"
"""Columns that travel with the rows and are not written."""

_BUFFERED_BYTES = 24 << 20
_BLOCK_ROWS = 1 << 14
"""About 3 MB. A few rows of a block keep all of it in memory, so blocks are small beside ROWS_PER_PART."""

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of one type in the spill file, and between which moments they lie."""

    offset: int
    size: int
    first: int
    last: int


@dataclass(slots=True)
class Pile:
    """All rows of one type. A stranger's file may use one code for records and for workouts: those are two piles."""

    code: str
    kind: Kind
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    rows: int = 0


class Spill:
    """Rows that do not fit into memory go to one unnamed temporary file in `folder`; it vanishes with the process."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        self._lock = Lock()
        self._waiting_bytes = 0
        self.piles: dict[tuple[str, Kind], Pile] = {}

    def close(self) -> None:
        self._file.close()

    @property
    def rows(self) -> int:
        return sum(pile.rows for pile in self.piles.values())

    def add(self, piece: Piece) -> None:
        pile = self.piles.setdefault((piece.code, piece.kind), Pile(piece.code, piece.kind))
        if len(self.piles) > MAX_TYPES:
            raise TooManyTypes
        columns = [*piece.rows.columns, piece.same, piece.alike, piece.inside]
        batch = pa.RecordBatch.from_arrays(columns, [*piece.rows.schema.names, SAME, ALIKE, INSIDE])
        pile.waiting.append(batch)
        pile.rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_bytes > _BUFFERED_BYTES:
            self.flush()

    def flush(self) -> None:
        for pile in self.piles.values():
            if pile.waiting:
                table = pa.Table.from_batches(pile.waiting).unify_dictionaries().combine_chunks()
                pile.blocks += [self._written(table.slice(at, _BLOCK_ROWS)) for at in range(0, len(table), _BLOCK_ROWS)]
                pile.waiting = []
        self._waiting_bytes = 0

    def _written(self, table: pa.Table) -> _Block:
        start = starts_of(table)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        content = sink.getvalue()
        offset = self._file.seek(0, 2)
        self._file.write(content)
        return _Block(offset, content.size, int(start.min()), int(start.max()))

    def parts(self, pile: Pile) -> Iterator[pa.Table]:
        """The rows of one type in parts of bounded size, each part wholly before the next; inside a part unsorted."""
        for low, high, rows in self._spans(pile):
            # Rows of one moment cannot be parted by time. Their hash parts them: equal rows stay together.
            shares = max(1, rows // ROWS_PER_PART)
            for share in range(shares):
                blocks = [block for block in pile.blocks if block.last >= low and block.first < high]
                tables = [self._rows(block, low, high, share, shares) for block in blocks]
                if tables:
                    yield pa.concat_tables(tables).unify_dictionaries().combine_chunks()

    def _spans(self, pile: Pile) -> list[tuple[int, int, int]]:
        """(from, to, rows): stretches of time that hold about ROWS_PER_PART rows, more if many rows share a moment."""
        bounds = np.iinfo(np.int64)
        if pile.rows <= ROWS_PER_PART * 3 // 2:
            return [(bounds.min, bounds.max, ROWS_PER_PART)]
        # Copies, because a view of one column would keep the whole block in memory.
        starts = np.sort(np.concatenate([starts_of(self._read(block)).copy() for block in pile.blocks]))
        inner, times = np.unique(starts[ROWS_PER_PART::ROWS_PER_PART], return_counts=True)
        crowded = inner[times > 1] + 1  # Such a moment gets a stretch of its own.
        edges = np.unique(np.concatenate([[bounds.min], inner, crowded, [bounds.max]]))
        counts = np.diff(np.searchsorted(starts, edges))
        return [(low, high, rows) for (low, high), rows in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)]

    def _rows(self, block: _Block, low: int, high: int, share: int, shares: int) -> pa.Table:
        table = self._read(block)
        if shares == 1 and block.first >= low and block.last < high:
            return table
        start = starts_of(table)
        wanted = (start >= low) & (start < high)
        if shares > 1:
            wanted &= table.column(ALIKE).to_numpy() % np.uint64(shares) == share
        return table.filter(pa.array(wanted))

    def _read(self, block: _Block) -> pa.Table:
        with self._lock:
            self._file.seek(block.offset)
            content = self._file.read(block.size)
        return pa.ipc.open_stream(content).read_all()


def starts_of(table: pa.Table) -> Int64s:
    """Moments of start in microseconds; rows without one count as the last."""
    last = np.iinfo(np.int64).max - 1
    column = table.column("start").cast(pa.int64()).fill_null(last)
    found: Int64s = column.to_numpy()
    return found
