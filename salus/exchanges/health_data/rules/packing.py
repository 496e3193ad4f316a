"""How a delivery is put together: per type one Parquet and one CSV file, a licence in plain words, and a manifest.

What goes in went through `deidentify` already, the same function that made the person's preview.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from salus.exchanges.health_data.rules import short

PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"
FORMULA = "^[=+\\-@\t\r]"
"""Beginnings that a spreadsheet would run as a formula (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Packed:
    """One file of a delivery, ready to be kept."""

    path: Path
    media_type: str
    rows: int


@dataclass(frozen=True)
class Licence:
    """Under what the data is handed over. It names the person by nothing but the number of their authorisation."""

    authorisation_id: str
    recipient: str
    data_set: str
    purpose: str
    purpose_words: str
    terms: list[str]
    from_day: date
    to_day: date
    ends_at: datetime

    def text(self) -> str:
        """In plain words."""
        terms = "\n".join(f"- {term}" for term in self.terms)
        return (
            f"Licence for “{self.data_set}”\n\n"
            f"Given to: {self.recipient}\nUnder authorisation: {self.authorisation_id}\n"
            f"Period of the data: {self.from_day} to {self.to_day}\n"
            f"Purpose: {self.purpose}\n{self.purpose_words}\n\nTerms:\n{terms}\n\n"
            f"It ends on {self.ends_at:%Y-%m-%d}, or at once when the person withdraws. Then you delete every copy.\n"
            "You do not try to find out whose data it is. You do not pass it on.\n"
        )


def pack(folder: Path, parts: Iterable[tuple[str, str, pa.Table]], licence: Licence) -> list[Packed]:
    """Write the files of a delivery into a private folder. `parts` are code, plain name and samples of each type."""
    packed: list[Packed] = []
    described: list[dict[str, Any]] = []
    for code, name, samples in parts:
        stem = _stem(code, taken={one.path.stem for one in packed})
        written = [
            _written(folder / f"{stem}.parquet", PARQUET, samples),
            _written(folder / f"{stem}.csv", CSV, samples),
        ]
        packed += written
        described += [_described(one, code, name, samples) for one in written]
    (folder / "LICENCE.txt").write_text(licence.text())
    packed.insert(0, Packed(folder / "LICENCE.txt", "text/plain; charset=utf-8", 0))
    manifest = {"licence": asdict(licence), "files": described}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, default=str, ensure_ascii=False))
    packed.insert(0, Packed(folder / "manifest.json", "application/json", 0))
    return packed


def _stem(code: str, *, taken: set[str]) -> str:
    """A file name for a type. A code of a hostile export may hold anything, and two may come to the same letters."""
    letters = "".join(letter for letter in short(code) if letter.isalnum() and letter.isascii())[:80] or "Other"
    stems = (letters if number == 1 else f"{letters}{number}" for number in count(1))
    return next(stem for stem in stems if stem not in taken)


def _written(path: Path, media_type: str, samples: pa.Table) -> Packed:
    if media_type == PARQUET:
        pq.write_table(samples, path, compression="zstd")
    else:
        pa_csv.write_csv(flat(samples), path)
    return Packed(path, media_type, samples.num_rows)


def _described(one: Packed, code: str, name: str, samples: pa.Table) -> dict[str, Any]:
    content = one.path.read_bytes()
    return {
        "name": one.path.name,
        "type": code,
        "type_name": name,
        "media_type": one.media_type,
        "rows": one.rows,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "columns": {field.name: str(field.type) for field in samples.schema},
    }


def flat(samples: pa.Table) -> pa.Table:
    """The samples as a table that CSV can hold: nested values as JSON, texts that no spreadsheet runs."""
    columns = {}
    for field in samples.schema:
        column = samples.column(field.name)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_nested(field.type):
            column = pa.chunked_array([[None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]])
        if pa.types.is_string(column.type):
            column = pc.if_else(
                pc.fill_null(pc.match_substring_regex(column, FORMULA), False),
                pc.binary_join_element_wise("'", column, ""),
                column,
            )
        columns[field.name] = column
    return pa.table(columns)
