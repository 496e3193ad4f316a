"""Exports to read: written here, or real samples where they are present."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from salus.formats.apple_health import Summary, open_export, reader

HEALTH = Path(__file__).parents[3].resolve() / "../shared/data/health"

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="en_DE">
 <ExportDate value="2026-05-13 12:14:09 +0200"/>
"""
TAIL = "</HealthData>\n"
STEPS = "HKQuantityTypeIdentifierStepCount"


@pytest.fixture(scope="session")
def samples() -> Path:
    if not HEALTH.is_dir():
        reason = "the sample exports are not present"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return HEALTH


@pytest.fixture(params=["exact", "fast"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read once with the exact tokeniser first, as small files are, and once with the fast one, as large files are."""
    monkeypatch.setattr(reader, "SMALL_FILE_BYTES", reader.SMALL_FILE_BYTES if request.param == "exact" else -1)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[Summary, dict[str, pa.Table]]]:
    """Reads an export: what was found, and the table of each type."""

    def reading(source: Path | bytes) -> tuple[Summary, dict[str, pa.Table]]:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        with open_export(source) as export:
            summary = export.write_parquet(folder)
        return summary, {found.code: pq.read_table(folder / found.file) for found in summary.types}

    return reading


def xml(*elements: str, head: str = HEAD, tail: str = TAIL) -> bytes:
    return (head + "\n".join(elements) + tail).encode()


def record(value: object = 1, *, second: int = 0, kind: str = STEPS, inside: str = "", **attributes: str) -> str:
    """One record, as Apple writes it; `second` moves its start."""
    given = {
        "type": kind,
        "sourceName": "Pia’s iPhone",
        "unit": "count",
        "creationDate": "2026-01-01 10:00:00 +0200",
        "startDate": f"2026-01-01 09:{second // 60:02d}:{second % 60:02d} +0200",
        "endDate": "2026-01-01 09:59:59 +0200",
        "value": str(value),
    } | attributes
    text = " ".join(f'{name}="{content}"' for name, content in given.items() if content is not None)
    return f"<Record {text}>{inside}</Record>" if inside else f"<Record {text}/>"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
