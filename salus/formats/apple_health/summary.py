"""What an export was found to hold."""

from dataclasses import dataclass, field
from datetime import datetime

from salus.formats.apple_health.schema import Kind


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """One type of data. `count` is what was written; `read` is what the file said before repetitions were dropped."""

    code: str
    name: str
    group: str
    kind: Kind
    known: bool
    units: tuple[str, ...]
    count: int
    duplicates: int
    """Rows that were equal to another in every column, the device's memory address aside."""
    repeated: int
    """Records inside a correlation that stand on their own as well."""
    future: int
    """Rows that begin after the export was made. They are kept."""
    first: datetime | None
    last: datetime | None
    sources: tuple[str, ...]
    """Names of devices and apps as the person gave them: they may identify the person."""
    file: str

    @property
    def read(self) -> int:
        return self.count + self.duplicates + self.repeated


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole export, types with most rows first."""

    types: tuple[TypeSummary, ...]
    exported: datetime | None
    utc_offset: int | None
    """The phone's offset from UTC, in seconds, when it wrote the file. Apple states every moment in it, so the
    instants are right, and the local hour is wrong by daylight saving and by travel."""
    locale: str | None
    notes: tuple[str, ...]
    """What was repaired, skipped or not read, in plain words."""
    me: dict[str, str] = field(repr=False)
    """Date of birth, sex, blood type. Direct identifiers: never shared, never logged, not in the Parquet files."""

    @property
    def count(self) -> int:
        return sum(found.count for found in self.types)
