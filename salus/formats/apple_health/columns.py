"""From tokens to columns: records, their metadata and their heart beats, each type in a batch of its own."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from salus.formats.apple_health import moments
from salus.formats.apple_health.moments import DAY, MICROS, NEVER, Micros
from salus.formats.apple_health.notes import Notes
from salus.formats.apple_health.reader import Intern
from salus.formats.apple_health.schema import METADATA, MOMENT, SCHEMAS, Kind, Piece
from salus.formats.apple_health.text import Texts, Words
from salus.formats.apple_health.tokens import (
    BEAT,
    BPM,
    CREATED,
    DEVICE,
    END,
    KEY,
    RECORD,
    SOURCE,
    START,
    TIME,
    TYPE,
    UNIT,
    VALUE,
    VERSION,
    Ints,
    Tokens,
)
from salus.formats.apple_health.tokens import METADATA as METADATA_ENTRY
from salus.formats.apple_health.types import kind_of_record

UNTYPED = "Untyped"
BEATS_CODE = "HeartRateVariabilityBeats"

_HASH = npt.NDArray[np.uint64]
_ADDRESS = re.compile(r"^<<HKDevice: 0x[0-9a-fA-F]+>,\s*(.*?)>$", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def without_address(device: str) -> str:
    """A device's description without its place in memory, which differs from record to record of one device."""
    match = _ADDRESS.match(device)
    return match[1] if match else device


def mixed(first: _HASH, *others: _HASH) -> _HASH:
    """One hash of several columns, row by row."""
    result = first.copy()
    for other in others:
        result = (result ^ (result >> np.uint64(29)) ^ other) * np.uint64(0x9E3779B97F4A7C15)
        result ^= result >> np.uint64(32)
    return result


def moment_column(micros: Micros) -> pa.TimestampArray:
    return pa.array(micros, pa.int64(), mask=micros == NEVER).cast(MOMENT)


class Records:
    """All `<Record>` elements of one chunk."""

    def __init__(self, tokens: Tokens, intern: Intern, notes: Notes) -> None:
        self._tokens, self._notes = tokens, notes
        self._elements = np.flatnonzero(tokens.kinds == RECORD).astype(np.int32)
        self._texts = Texts(tokens.buffer, tokens.escaped, intern, notes)
        self._row = np.full(len(tokens) + 1, -1, np.int32)
        self._row[self._elements] = np.arange(len(self._elements), dtype=np.int32)

    def pieces(self) -> Iterator[Piece]:
        """Rows by type, then the heart beats inside them."""
        if not len(self._elements):
            return
        self._start, self._offset = self._moments(START)
        self._end, _ = self._moments(END)
        self._created, _ = self._moments(CREATED)
        self._source = self._words(SOURCE)
        types, metadata, metadata_hash = self._words(TYPE), *self._metadata()
        common, same, alike = self._common(metadata, metadata_hash)
        inside = self._tokens.parents[self._elements] >= 0
        for code in np.unique(types.codes).tolist():
            rows = np.flatnonzero(types.codes == code)
            name = types.texts[code] if code >= 0 else UNTYPED
            taken = pa.array(rows)
            batch = common if len(rows) == len(types.codes) else common.take(taken)
            kind = kind_of_record(name)
            yield Piece(
                name,
                kind,
                self._of_kind(batch, kind),
                pa.array(same[rows]),
                pa.array(alike[rows]),
                pa.array(inside[rows]),
            )
        yield from self._beats()

    def _moments(self, slot: int) -> tuple[Micros, Ints]:
        starts = self._tokens.starts[self._elements, slot]
        micros, offsets = moments.parse(self._tokens.buffer, starts, self._tokens.ends[self._elements, slot])
        self._notes.add("moments", int(((micros == NEVER) & (starts >= 0)).sum()))
        return micros, offsets

    def _words(self, slot: int) -> Words:
        starts, ends = self._tokens.starts[self._elements, slot], self._tokens.ends[self._elements, slot]
        return self._texts.words(starts, ends, without_address if slot == DEVICE else None)

    def _common(self, metadata: pa.MapArray, metadata_hash: _HASH) -> tuple[pa.RecordBatch, _HASH, _HASH]:
        """Every column of a record, with its value both as text and as number; and the hashes of `Piece`."""
        value, unit, version, device = (self._words(slot) for slot in (VALUE, UNIT, VERSION, DEVICE))
        numbers, value_hash = numbers_of(value)
        columns = {
            "start": moment_column(self._start),
            "end": moment_column(self._end),
            "created": moment_column(self._created),
            "utc_offset": pa.array(self._offset),
            "number": numbers,
            "text": value.column(),
            "unit": unit.column(),
            "source_name": self._source.column(),
            "source_version": version.column(),
            "device": device.column(),
            "metadata": metadata,
        }
        span = (self._start.view(np.uint64), self._end.view(np.uint64))
        alike = mixed(*span, value_hash, unit.hashes(), self._source.hashes())
        same = mixed(alike, self._created.view(np.uint64), version.hashes(), device.hashes(), metadata_hash)
        return pa.RecordBatch.from_pydict(columns), same, alike

    def _of_kind(self, batch: pa.RecordBatch, kind: Kind) -> pa.RecordBatch:
        schema = SCHEMAS[kind]
        source = {name: name for name in schema.names} | {"value": "number" if kind is Kind.QUANTITY else "text"}
        if kind is Kind.QUANTITY:
            text, number = batch.column("text"), batch.column("number")
            self._notes.add("numbers", number.null_count - text.null_count)
        return pa.RecordBatch.from_arrays([batch.column(source[name]) for name in schema.names], schema=schema)

    def _metadata(self) -> tuple[pa.MapArray, _HASH]:
        """Metadata of each record: its entries, and attributes that no version of the format is known to have."""
        tokens = self._tokens
        entries = np.flatnonzero(tokens.kinds == METADATA_ENTRY)
        rows = self._row[tokens.parents[entries]]
        entries, rows = entries[rows >= 0], rows[rows >= 0]
        keys = [tokens.starts[entries, KEY], tokens.ends[entries, KEY]]
        values = [tokens.starts[entries, VALUE], tokens.ends[entries, VALUE]]
        odd = self._row[tokens.others[:, 0]] >= 0
        if odd.any():
            others = tokens.others[odd]
            rows = np.concatenate([rows, self._row[others[:, 0]]])
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
            keys = [np.concatenate([keys[i], others[:, 1 + i]])[order] for i in (0, 1)]
            values = [np.concatenate([values[i], others[:, 3 + i]])[order] for i in (0, 1)]
        key, value = self._texts.words(*keys), self._texts.words(*values)
        ends = np.cumsum(np.bincount(rows, minlength=len(self._elements)))
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        sums = np.concatenate([[np.uint64(0)], np.cumsum(mixed(key.hashes(), value.hashes()), dtype=np.uint64)])
        column = pa.MapArray.from_arrays(pa.array(offsets), key.dense(), value.dense(), METADATA)
        return column, sums[offsets[1:]] - sums[offsets[:-1]]

    def _beats(self) -> Iterator[Piece]:
        """Single heart beats; their time of day gets the date of the record that holds them."""
        tokens = self._tokens
        beats = np.flatnonzero(tokens.kinds == BEAT)
        lists = tokens.parents[beats]
        rows = self._row[np.where(lists >= 0, tokens.parents[lists], -1)]
        beats, rows = beats[rows >= 0], rows[rows >= 0]
        if not len(beats):
            return
        clock = self._texts.words(tokens.starts[beats, TIME], tokens.ends[beats, TIME])
        of_day = np.array([*(moments.micros_of_day(text) for text in clock.texts), -1], np.int64)[clock.codes]
        self._notes.add("beats", int((of_day < 0).sum()))
        start = moments_of_beats(self._start[rows], self._offset[rows], of_day)
        bpm = self._texts.words(tokens.starts[beats, BPM], tokens.ends[beats, BPM])
        number, bpm_hash = numbers_of(bpm)
        columns = [
            moment_column(start),
            moment_column(self._start[rows]),
            pa.array(self._offset[rows]),
            number,
            self._source.column().take(pa.array(rows)),
        ]
        same = mixed(start.view(np.uint64), bpm_hash, self._source.hashes()[rows], clock.hashes())
        batch = pa.RecordBatch.from_arrays(columns, schema=SCHEMAS[Kind.BEATS])
        hashes = pa.array(same)
        yield Piece(BEATS_CODE, Kind.BEATS, batch, hashes, hashes, pa.array(np.zeros(len(beats), np.bool_)))


def moments_of_beats(record: Micros, offset: Ints, of_day: Micros) -> Micros:
    """The moment of a beat: its time of day in the record's offset, on the day nearest to the record's start."""
    local = record + offset.astype(np.int64) * MICROS
    beat = local - local % DAY + of_day
    beat += DAY * ((beat < local - DAY // 2).astype(np.int64) - (beat > local + DAY // 2).astype(np.int64))
    return np.where((of_day < 0) | (record == NEVER), record, beat - offset.astype(np.int64) * MICROS)


def numbers_of(words: Words) -> tuple[pa.DoubleArray, _HASH]:
    """(values as numbers, null where they are none; hashes by which 1 and 1.0 are the same)."""
    try:
        distinct = pc.cast(pa.array(words.texts, pa.string()), pa.float64())
    except pa.ArrowInvalid:
        numbers = [float(text) if _NUMBER.fullmatch(text) else None for text in words.texts]
        distinct = pa.array(numbers, pa.float64())
    hashes = [hash(text if n is None else n) for text, n in zip(words.texts, distinct.to_pylist(), strict=True)]
    by_code = np.array([*hashes, 0], np.int64).view(np.uint64)
    return distinct.take(pa.array(words.codes, mask=words.codes < 0)), by_code[words.codes]
