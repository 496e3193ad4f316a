"""What an export says is kept: units, moments, metadata, sources, workouts, beats, routes; and said once."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from salus.formats.apple_health import Kind, Summary, open_export
from salus.formats.apple_health.spill import Spill
from tests.formats.apple_health.conftest import HEAD, STEPS, TAIL, record, xml, zipped

Read = Callable[..., tuple[Summary, dict[str, pa.Table]]]
EXPORT = "apple_health_export/export.xml"
WATCH = "name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch7,5, software:11.2"


def device(address: str) -> str:
    return f"&lt;&lt;HKDevice: {address}&gt;, {WATCH}&gt;"


@pytest.mark.usefixtures("either_way")
def test_a_record_keeps_all_that_apple_wrote(read: Read) -> None:
    inside = '<MetadataEntry key="HKTimeZone" value="Europe/Berlin"/><MetadataEntry key="HKWasUserEntered" value="1"/>'
    summary, tables = read(
        xml(record("72.5", unit="count/min", sourceVersion="11.2", device=device("0x1"), inside=inside))
    )

    assert tables[STEPS].to_pylist() == [
        {
            "start": datetime(2026, 1, 1, 7, 0, tzinfo=UTC),
            "end": datetime(2026, 1, 1, 7, 59, 59, tzinfo=UTC),
            "created": datetime(2026, 1, 1, 8, 0, tzinfo=UTC),
            "utc_offset": 7200,
            "value": 72.5,
            "unit": "count/min",
            "source_name": "Pia’s iPhone",
            "source_version": "11.2",
            "device": WATCH,
            "metadata": [("HKTimeZone", "Europe/Berlin"), ("HKWasUserEntered", "1")],
        }
    ]
    assert (summary.exported, summary.utc_offset, summary.locale) == (
        datetime(2026, 5, 13, 10, 14, 9, tzinfo=UTC),
        7200,
        "en_DE",
    )


@pytest.mark.usefixtures("either_way")
def test_one_watch_at_two_addresses_is_one_watch(read: Read) -> None:
    _, tables = read(xml(*[record(n, second=n, device=device(hex(0x281000000 + n))) for n in range(5)]))

    assert tables[STEPS].column("device").unique().to_pylist() == [WATCH]


@pytest.mark.usefixtures("either_way")
def test_the_same_record_twice_counts_once_even_at_another_address(read: Read) -> None:
    summary, _ = read(xml(record(5, device=device("0x1")), record(5, device=device("0x2")), record(6)))

    assert [(found.count, found.duplicates, found.read) for found in summary.types] == [(2, 1, 3)]


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    "difference",
    [
        {"value": "6"},
        {"endDate": "2026-01-01 09:59:58 +0200"},
        {"sourceName": "Paul"},
        {"unit": "km"},
        {"sourceVersion": "2"},
    ],
)
def test_records_that_differ_in_anything_are_both_kept(read: Read, difference: dict[str, str]) -> None:
    summary, _ = read(xml(record(5), record(**({"value": 5} | difference))))

    assert summary.count == 2


@pytest.mark.usefixtures("either_way")
def test_records_that_differ_only_in_metadata_are_both_kept(read: Read) -> None:
    notes = [f'<MetadataEntry key="HKTimeZone" value="{zone}"/>' for zone in ("Europe/Berlin", "Europe/Paris")]

    summary, _ = read(xml(*[record(5, inside=note) for note in notes]))

    assert summary.count == 2


@pytest.mark.usefixtures("either_way")
def test_a_record_inside_a_correlation_counts_once(read: Read) -> None:
    inside, alone = (
        record(120, kind="HKQuantityTypeIdentifierBloodPressureSystolic"),
        record(80, kind="HKQuantityTypeX"),
    )
    correlation = (
        '<Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Omron" '
        'startDate="2026-01-01 09:00:00 +0200" endDate="2026-01-01 09:00:00 +0200">'
        f'<MetadataEntry key="k" value="v"/>{inside}{alone}</Correlation>'
    )

    summary, tables = read(xml(inside, correlation))

    systolic = next(found for found in summary.types if found.name == "Blood pressure, systolic")
    assert (systolic.count, systolic.repeated, systolic.duplicates) == (1, 1, 0)
    assert tables["HKQuantityTypeX"].num_rows == 1  # nowhere else in the file, so it is not lost
    members = tables["HKCorrelationTypeIdentifierBloodPressure"].column("members").to_pylist()[0]
    assert [member["value"] for member in members] == ["120", "80"]


@pytest.mark.usefixtures("either_way")
def test_rows_are_sorted_by_their_start(read: Read) -> None:
    _, tables = read(xml(*[record(n, second=(n * 7) % 50) for n in range(50)]))

    starts = tables[STEPS].column("start").to_pylist()
    assert starts == sorted(starts)


def test_a_large_type_is_sorted_and_freed_of_duplicates_in_parts(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.formats.apple_health.spill.ROWS_PER_PART", 100)
    monkeypatch.setattr("salus.formats.apple_health.spill._BUFFERED_BYTES", 10_000)
    monkeypatch.setattr("salus.formats.apple_health.reader.CHUNK_BYTES", 8_000)
    monkeypatch.setattr("salus.formats.apple_health.export._PIECE", 8_000)
    blocks: list[int] = []
    flush = Spill.flush
    monkeypatch.setattr(Spill, "flush", lambda self: (blocks.append(1), flush(self))[1])
    numbers = [(n * 7919) % 1_000 for n in range(1_000)]

    summary, tables = read(xml(*[record(n, second=n) for n in [*numbers, *numbers]]))

    assert len(blocks) > 5
    assert [(found.count, found.duplicates) for found in summary.types] == [(1_000, 1_000)]
    assert tables[STEPS].column("value").to_pylist() == list(range(1_000))


def test_a_crowd_at_one_moment_is_written_in_parts_too(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.formats.apple_health.spill.ROWS_PER_PART", 100)
    parts: list[int] = []
    every = Spill.parts
    monkeypatch.setattr(
        Spill, "parts", lambda self, pile: (parts.append(part.num_rows) or part for part in every(self, pile))
    )

    summary, tables = read(xml(*[record(n) for n in [*range(1_000), *range(1_000)]], record(-1, second=1)))

    assert [(found.count, found.duplicates) for found in summary.types] == [(1_001, 1_000)]
    assert sorted(tables[STEPS].column("value").to_pylist()) == list(range(-1, 1_000))
    assert len(parts) > 10
    assert max(parts) < 400


@pytest.mark.usefixtures("either_way")
def test_an_unknown_type_is_kept_and_named_as_unknown(read: Read) -> None:
    summary, tables = read(
        xml(record(3, kind="HKQuantityTypeIdentifierMoonPhase"), '<Thing startDate="2026-01-01" a="b"/>')
    )

    quantity, thing = sorted(summary.types, key=lambda found: found.code)
    assert (quantity.name, quantity.known, quantity.kind) == ("Moon phase (unknown type)", False, Kind.QUANTITY)
    assert tables["HKQuantityTypeIdentifierMoonPhase"].column("value").to_pylist() == [3.0]
    assert (thing.name, thing.kind) == ("Thing (unknown type)", Kind.OTHER)
    assert tables["Thing"].column("metadata").to_pylist() == [[("a", "b")]]


def test_a_type_whose_name_is_a_path_is_written_inside_the_folder(read: Read) -> None:
    summary, tables = read(xml(record(kind="../../evil"), record(kind=".._.._evil"), record(kind="")))

    assert {"../../evil", ".._.._evil"} <= set(tables)
    assert all("/" not in found.file and not found.file.startswith(".") for found in summary.types)


@pytest.mark.usefixtures("either_way")
def test_a_record_that_claims_to_be_a_workout_is_kept_apart_from_workouts(read: Read) -> None:
    workout = '<Workout workoutActivityType="HKWorkoutActivityTypeYoga" sourceName="x"/>'
    odd_correlation = f'<Correlation type="{STEPS}" sourceName="x"/>'

    summary, _ = read(xml(record(kind="Workout"), workout, odd_correlation, record()))

    found = {(of_type.code, of_type.kind): of_type.known for of_type in summary.types}
    assert found == {
        ("Workout", Kind.OTHER): False,
        ("Workout", Kind.WORKOUT): True,
        (STEPS, Kind.CORRELATION): False,
        (STEPS, Kind.QUANTITY): True,
    }
    assert len({of_type.file for of_type in summary.types}) == 4


def test_a_date_in_the_future_is_kept_and_counted(read: Read) -> None:
    summary, _ = read(xml(record(1), record(2, startDate="2087-01-01 00:00:00 +0200")))

    assert [(found.count, found.future) for found in summary.types] == [(2, 1)]
    assert summary.types[0].last == datetime(2086, 12, 31, 22, tzinfo=UTC)


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2024-02-29 23:59:59 +0530", datetime(2024, 2, 29, 18, 29, 59, tzinfo=UTC)),
        ("1969-12-31 20:00:00 -0330", datetime(1969, 12, 31, 23, 30, tzinfo=UTC)),
        ("2023-01-01T08:00:00Z", datetime(2023, 1, 1, 8, tzinfo=UTC)),
        ("2023-01-01T08:00:00.250+01:00", datetime(2023, 1, 1, 7, 0, 0, 250_000, tzinfo=UTC)),
        ("2023-02-29 08:00:00 +0100", None),
        ("2023-13-01 08:00:00 +0100", None),
        ("yesterday, about teatime", None),
    ],
)
def test_moments_are_understood_or_left_empty(read: Read, written: str, instant: datetime | None) -> None:
    summary, tables = read(xml(record(startDate=written)))

    assert tables[STEPS].column("start").to_pylist() == [instant]
    assert any("Dates" in note for note in summary.notes) == (instant is None)


@pytest.mark.usefixtures("either_way")
def test_a_value_that_is_no_number_is_left_empty_and_said(read: Read) -> None:
    summary, tables = read(xml(record("many"), record("1e3", second=1), record(".5", second=2)))

    assert tables[STEPS].column("value").to_pylist() == [None, 1000.0, 0.5]
    assert any("not a number" in note for note in summary.notes)


@pytest.mark.usefixtures("either_way")
def test_a_category_keeps_its_word(read: Read) -> None:
    asleep = "HKCategoryValueSleepAnalysisAsleepCore"
    summary, tables = read(xml(record(asleep, kind="HKCategoryTypeIdentifierSleepAnalysis", unit=None)))

    assert summary.types[0].name == "Sleep"
    assert tables["HKCategoryTypeIdentifierSleepAnalysis"].column("value").to_pylist() == [asleep]


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    ("clocks", "seconds"),
    [
        (("09:00:01,80", "09:00:02,70"), (1.8, 2.7)),
        (("9:00:01.80 AM", "9:00:02.70\u202fam"), (1.8, 2.7)),
        (("23:59:59,00", "00:00:00,00"), (-32_401.0, -32_400.0)),
    ],
)
def test_heart_beats_get_the_date_of_their_record(
    read: Read, clocks: tuple[str, str], seconds: tuple[float, float]
) -> None:
    beats = "".join(f'<InstantaneousBeatsPerMinute bpm="6{n}" time="{clock}"/>' for n, clock in enumerate(clocks))
    kind = "HKQuantityTypeIdentifierHeartRateVariabilitySDNN"
    inside = f"<HeartRateVariabilityMetadataList>{beats}</HeartRateVariabilityMetadataList>"

    _, tables = read(xml(record(40, kind=kind, unit="ms", inside=inside)))

    found = tables["HeartRateVariabilityBeats"]
    start = datetime(2026, 1, 1, 7, tzinfo=UTC)
    assert [(moment - start).total_seconds() for moment in found.column("start").to_pylist()] == pytest.approx(seconds)
    assert found.column("bpm").to_pylist() == [60, 61]


def test_beats_after_midnight_belong_to_the_next_day(read: Read) -> None:
    inside = (
        '<HeartRateVariabilityMetadataList><InstantaneousBeatsPerMinute bpm="60" time="00:00:10,00"/>'
        "</HeartRateVariabilityMetadataList>"
    )
    late = record(
        40,
        kind="HKQuantityTypeIdentifierHeartRateVariabilitySDNN",
        startDate="2026-01-01 23:59:50 +0200",
        inside=inside,
    )

    _, tables = read(xml(late))

    assert tables["HeartRateVariabilityBeats"].column("start").to_pylist() == [
        datetime(2026, 1, 1, 22, 0, 10, tzinfo=UTC)
    ]


@pytest.mark.usefixtures("either_way")
def test_a_workout_keeps_its_statistics_events_and_route(read: Read) -> None:
    span = 'startDate="2026-01-01 09:00:00 +0200" endDate="2026-01-01 10:00:00 +0200"'
    workout = f"""<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="60" durationUnit="min"
      totalDistance="10.5" totalDistanceUnit="km" sourceName="Pia’s Watch" {span}>
      <MetadataEntry key="HKIndoorWorkout" value="0"/><MetadataEntry key="HKIndoorWorkout" value="0"/>
      <WorkoutEvent type="HKWorkoutEventTypeSegment" date="2026-01-01 09:10:00 +0200" duration="5" durationUnit="min"/>
      <WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" {span} average="140" maximum="171" unit="count/min"/>
      <WorkoutRoute sourceName="x"><FileReference path="/workout-routes/route_1.gpx"/></WorkoutRoute></Workout>"""

    _, tables = read(xml(workout))

    (row,) = tables["Workout"].to_pylist()
    assert (row["activity"], row["duration"], row["distance"]) == ("HKWorkoutActivityTypeRunning", 60.0, 10.5)
    assert row["metadata"] == [("HKIndoorWorkout", "0")]
    assert row["statistics"][0]["average"] == 140.0
    assert row["events"][0]["date"] == datetime(2026, 1, 1, 7, 10, tzinfo=UTC)
    assert row["routes"] == ["/workout-routes/route_1.gpx"]


def test_points_that_ios_10_wrote_into_a_workout_are_a_route(read: Read) -> None:
    point = '<Location date="2016-11-14 07:25:44 -0700" latitude="54.1" longitude="7.9" altitude="21" speed="2.5"/>'
    route = f'<WorkoutRoute sourceName="x" startDate="2016-11-14 07:25:44 -0700">{point}{point}</WorkoutRoute>'

    summary, tables = read(xml(f'<Workout workoutActivityType="A" sourceName="x">{route}</Workout>'))

    assert tables["WorkoutRoute"].column("latitude").to_pylist() == [54.1]
    assert {found.name: found.duplicates for found in summary.types}["Workout routes"] == 1


def test_a_day_of_activity_rings_begins_at_local_midnight(read: Read) -> None:
    day = '<ActivitySummary dateComponents="2026-01-02" activeEnergyBurned="590.25" activeEnergyBurnedUnit="kcal"/>'

    _, tables = read(xml(day))

    (row,) = tables["ActivitySummary"].to_pylist()
    assert (row["date"], row["active_energy"]) == (date(2026, 1, 2), 590.25)
    assert row["start"] == datetime(2026, 1, 1, 22, tzinfo=UTC)


def test_who_the_person_is_stays_apart(read: Read) -> None:
    me = '<Me HKCharacteristicTypeIdentifierDateOfBirth="1987-03-02"/>'

    summary, tables = read(xml(me, record()))

    assert summary.me == {"HKCharacteristicTypeIdentifierDateOfBirth": "1987-03-02"}
    assert "1987" not in repr(summary)
    assert list(tables) == [STEPS]


def test_electrocardiograms_and_routes_beside_the_xml_are_read(samples: Path, read: Read) -> None:
    ecg = (samples / "franzbischoff__SensAnalytics/apple_watch/ecg_sample.csv").read_bytes()
    gpx = next((samples / "dogsheep__healthkit-to-sqlite").rglob("*.gpx")).read_bytes()
    files = {EXPORT: xml(record()), "x/electrocardiograms/ecg_1.csv": ecg, "x/workout-routes/route_1.gpx": gpx}

    summary, tables = read(zipped(files))

    (row,) = tables["HKElectrocardiogram"].to_pylist()
    assert (row["classification"], row["sample_rate_hz"], row["unit"]) == ("Sinus Rhythm", 512.0, "µV")
    assert len(row["voltages"]) == sum(line[:1] in b"-0123456789" for line in ecg.splitlines() if line)
    assert tables["WorkoutRoute"].num_rows == gpx.count(b"<trkpt")
    assert tables["WorkoutRoute"].column("route").unique().to_pylist() == ["route_1.gpx"]
    assert summary.notes == ()


def test_an_attachment_that_cannot_be_read_costs_only_itself(read: Read) -> None:
    bomb = b'<!DOCTYPE gpx [<!ENTITY a "b">]><gpx><trk><trkpt lat="1" lon="2"/></trk></gpx>'
    files = {EXPORT: xml(record()), "workout-routes/r.gpx": bomb, "electrocardiograms/e.csv": b"no numbers here"}

    summary, tables = read(zipped(files))

    assert list(tables) == [STEPS]
    assert any(note.endswith("left out: 2.") for note in summary.notes)


@pytest.mark.parametrize(
    "name", ["apple_health_export/导出.xml", "Export.xml", "a/b/c/exportar.xml", "apple_health_export/EXPORT.XML"]
)
def test_the_export_is_found_by_what_it_holds_not_by_its_name(read: Read, name: str) -> None:
    junk = {"__MACOSX/apple_health_export/._export.xml": b"\0\5\x16\7", "apple_health_export/.DS_Store": b"\0"}

    summary, _ = read(zipped({name: xml(record()), "x/export_cda.xml": b"<ClinicalDocument/>"} | junk))

    assert summary.count == 1
    assert any("clinical document" in note for note in summary.notes)


def test_of_several_exports_the_largest_is_read(read: Read) -> None:
    summary, _ = read(zipped({"old/export.xml": xml(record()), "new/export.xml": xml(record(1), record(2, second=1))}))

    assert summary.count == 2
    assert any("several" in note for note in summary.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252", "utf-8-sig"])
def test_other_encodings_are_read(read: Read, encoding: str) -> None:
    declared = "UTF-8" if encoding.startswith("utf") else encoding
    text = xml(record(sourceName="Zoë")).decode().replace("UTF-8", declared)

    _, tables = read(text.encode(encoding))

    assert tables[STEPS].column("source_name").to_pylist() == ["Zoë"]


@pytest.mark.usefixtures("either_way")
def test_bytes_that_are_not_the_declared_utf8_are_read_and_said(read: Read) -> None:
    summary, tables = read(xml(record(sourceName="Zo?")).replace(b"Zo?", b"Zo\xeb"))

    assert tables[STEPS].column("source_name").to_pylist() == ["Zoë"]
    assert any("encoding" in note for note in summary.notes)


@pytest.mark.usefixtures("either_way")
def test_references_are_resolved_once(read: Read) -> None:
    _, tables = read(
        xml(record(sourceName="&amp;lt; &#8217;&#x1F600;", inside='<MetadataEntry key="a&amp;b" value="&quot;"/>'))
    )

    assert tables[STEPS].column("source_name").to_pylist() == ["&lt; ’😀"]
    assert tables[STEPS].column("metadata").to_pylist() == [[("a&b", '"')]]


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    with open_export(zipped({EXPORT: xml(*[record(n, second=n) for n in range(300)])})) as export:
        export.write_parquet(tmp_path, lambda done, total: seen.append((done, total)))

    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (export.bytes_total, export.bytes_total)


def test_a_file_that_is_already_open_is_read_and_left_open(tmp_path: Path) -> None:
    with io.BytesIO(zipped({EXPORT: xml(record())})) as file:
        with open_export(file) as export:
            assert export.write_parquet(tmp_path).count == 1
        assert not file.closed


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    with open_export((HEAD + record() + "<Broken <" + record(second=1) + TAIL).encode()) as export:
        first, second = export.write_parquet(tmp_path), export.write_parquet(tmp_path)

    assert first == second


def test_only_the_types_are_left_in_the_folder(tmp_path: Path) -> None:
    with open_export(xml(record(), record(kind="HKQuantityTypeIdentifierHeartRate"))) as export:
        summary = export.write_parquet(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(found.file for found in summary.types)
    assert pq.read_schema(tmp_path / summary.types[0].file).metadata[b"code"].startswith(b"HKQuantityType")


def test_a_zip_larger_than_four_gigabytes_would_be_understood() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        archive.open(zipfile.ZipInfo(EXPORT), "w", force_zip64=True) as member,
    ):
        member.write(xml(record()))

    with open_export(buffer.getvalue()) as export:
        assert sum(batch.num_rows for batch in export.batches()) == 1
