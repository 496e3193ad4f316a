"""Odd and real exports give what an independent reader counts in them."""

import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from salus.formats.apple_health import ExportRefused, Kind, open_export
from tests.formats.apple_health.conftest import HEALTH

ODD = json.loads((HEALTH / "synthetic/odd_apple/expect.json").read_text()) if HEALTH.is_dir() else {"absent": []}
_BROKEN_ON_PURPOSE = {"x4-3-multi-empty-xml.zip", "x4-4-zip-slip.zip", "x4-7-broken-xml.zip"}  # see test_refusals


def count_and_sum(source: Path | bytes) -> list[float]:
    """[number of records, sum of the values of quantities]."""
    count, total = 0, 0.0
    with open_export(source) as export:
        for batch in export.batches():
            kind = batch.schema.metadata[b"kind"].decode()
            if kind in {Kind.QUANTITY, Kind.CATEGORY} or batch.schema.metadata[b"code"].startswith(b"HKData"):
                count += batch.num_rows
            if kind == Kind.QUANTITY:
                total += sum(value for value in batch.column("value").to_pylist() if value is not None)
    return [count, round(total, 6)]


def independent_count_and_sum(xml: bytes) -> list[float]:
    xml = re.sub(rb"<!DOCTYPE HealthData \[.*?\n?\]>", b"", xml, flags=re.DOTALL)
    records = list(ElementTree.fromstring(xml).iter("Record"))  # noqa: S314 - our own samples
    quantities = [r.get("value") for r in records if (r.get("type") or "").startswith("HKQuantity")]
    return [len(records), round(sum(float(value) for value in quantities if value), 6)]


def real_files() -> list[Path]:
    found = [*HEALTH.rglob("*.xml"), *HEALTH.rglob("*.zip")]
    health = [path for path in found if "odd_apple" not in path.parts and path.name != "Health Connect.zip"]
    whole = [path for path in health if path.name not in _BROKEN_ON_PURPOSE]
    return sorted(path for path in whole if path.suffix == ".zip" or b"<HealthData" in path.read_bytes())


def xml_of(path: Path) -> bytes:
    if path.suffix == ".xml":
        return path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if b"<HealthData" in content:
                return content
    return b""


@pytest.mark.usefixtures("samples", "either_way")
@pytest.mark.parametrize("name", ODD)
def test_an_odd_export_is_read_right_or_refused(name: str) -> None:
    path = HEALTH / f"synthetic/odd_apple/{name}.xml"
    if ODD[name][0] == "refuse":
        with pytest.raises(ExportRefused, match="entities"):
            count_and_sum(path)
    else:
        assert count_and_sum(path) == ODD[name]


@pytest.mark.usefixtures("samples", "either_way")
@pytest.mark.parametrize("path", real_files(), ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_a_real_export_has_the_records_and_the_sum_that_an_independent_reader_finds(path: Path) -> None:
    assert count_and_sum(path) == independent_count_and_sum(xml_of(path))


def test_there_are_enough_real_exports_to_mean_something(samples: Path) -> None:
    assert len(real_files()) >= 20
