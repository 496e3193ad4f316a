"""The people who do not exist have exports that read like real ones."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from salus.formats.apple_health import Summary
from salus.formats.apple_health.generate import synthetic_export

Read = Callable[..., tuple[Summary, dict[str, pa.Table]]]


def test_a_made_up_person_has_18_months_of_a_dozen_types(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "export.zip"
    synthetic_export(path, seed=1)

    summary, _ = read(path)

    assert summary.notes == ()
    assert all(found.known for found in summary.types)
    assert len([found for found in summary.types if found.kind in {"quantity", "category"}]) >= 12
    steps = next(found for found in summary.types if found.name == "Steps")
    assert steps.first
    assert steps.last
    assert 500 < (steps.last - steps.first).days <= 540
    assert len(steps.sources) == 2
    systolic = next(found for found in summary.types if found.name == "Blood pressure, systolic")
    assert systolic.repeated == systolic.count
    assert {"Electrocardiograms", "Workout routes", "Workouts", "Single heart beats"} <= {t.name for t in summary.types}


def test_the_same_seed_makes_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    for name, seed in (("a.zip", 1), ("b.zip", 1), ("c.zip", 2)):
        synthetic_export(tmp_path / name, seed=seed, days=20)

    first, again, other = ((tmp_path / name).read_bytes() for name in ("a.zip", "b.zip", "c.zip"))
    assert first == again
    assert first != other


def test_bare_xml_holds_the_same_records_as_the_zip(tmp_path: Path, read: Read) -> None:
    synthetic_export(tmp_path / "a.xml", seed=3, days=20)
    synthetic_export(tmp_path / "a.zip", seed=3, days=20)

    (bare, _), (zipped, _) = read(tmp_path / "a.xml"), read(tmp_path / "a.zip")

    assert {t.code: t.count for t in bare.types}.items() <= {t.code: t.count for t in zipped.types}.items()
