"""What leaves has lost whose it is: canaries in every place a stranger could put a name never come out."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from salus.formats.apple_health import Identifies, Summary, deidentify, identifies
from salus.formats.apple_health.schema import SCHEMAS
from salus.formats.apple_health.sharing import HARMLESS_METADATA, OTHER_SOURCE, device_class, source_class
from tests.formats.apple_health.conftest import STEPS, record, xml, zipped

Read = Callable[..., tuple[Summary, dict[str, pa.Table]]]

CANARY = "Canary7Kestrel"
SPAN = 'startDate="2026-01-01 09:00:00 +0200" endDate="2026-01-01 10:00:00 +0200"'
ECG = f"""Name,{CANARY}
Date of Birth,{CANARY}
Recorded Date,2026-01-01 09:00:00 +0200
Classification,{CANARY}
Symptoms,{CANARY}
Software Version,{CANARY}
Device,"{CANARY}"
Sample Rate,512 hertz
Lead,{CANARY}
Unit,{CANARY}

1.5,
2.5,
"""
GPX = f"""<gpx><metadata><author>{CANARY}</author></metadata><trk><name>{CANARY}</name><trkseg>
<trkpt lon="7.123456" lat="54.654321"><ele>3</ele><time>2026-01-01T09:00:00Z</time>
<extensions><speed>2.5</speed></extensions></trkpt></trkseg></trk></gpx>"""


def canaries() -> bytes:
    """An export that says the canary wherever text can stand."""
    device = (
        f"&lt;&lt;HKDevice: 0x1&gt;, name:{CANARY}, manufacturer:{CANARY}, model:{CANARY}, localIdentifier:{CANARY}&gt;"
    )
    metadata = f'<MetadataEntry key="{CANARY}" value="1"/>' + "".join(
        f'<MetadataEntry key="{key}" value="{CANARY}"/>' for key in (*HARMLESS_METADATA, "HKTimeZone", "HKExternalUUID")
    )
    everywhere = dict.fromkeys(("sourceName", "sourceVersion", "unit", "unheardOf"), CANARY) | {"device": device}
    given = " ".join(f'{name}="{value}"' for name, value in everywhere.items())
    texts = f'type="{CANARY}" unit="{CANARY}" uuid="{CANARY}" durationUnit="{CANARY}" value="{CANARY}"'
    workout = (
        f'<Workout workoutActivityType="{CANARY}" durationUnit="{CANARY}" totalDistanceUnit="{CANARY}" {given} {SPAN}>'
        f"{metadata}<WorkoutEvent {texts}/><WorkoutStatistics {texts}/><WorkoutActivity {texts}/>"
        f'<WorkoutRoute sourceName="{CANARY}"><FileReference path="/{CANARY}.gpx"/></WorkoutRoute></Workout>'
    )
    beats = (
        f'<HeartRateVariabilityMetadataList><InstantaneousBeatsPerMinute bpm="60" time="{CANARY}"/>'
        "</HeartRateVariabilityMetadataList>"
    )
    kinds = (STEPS, "HKCategoryTypeIdentifierSleepAnalysis", "HKCategoryTypeIdentifierNew", CANARY)
    records = [record(CANARY, kind=kind, inside=metadata + beats, **everywhere) for kind in kinds]
    correlation = (
        f'<Correlation type="HKCorrelationTypeIdentifierFood" {given} {SPAN}>{metadata}{records[1]}</Correlation>'
    )
    summary = f'<ActivitySummary dateComponents="2026-01-01" activeEnergyBurnedUnit="{CANARY}" x="{CANARY}"/>'
    other = f'<{CANARY} {given} {SPAN}><Child a="{CANARY}"/></{CANARY}>'
    me = f'<Me HKCharacteristicTypeIdentifierDateOfBirth="{CANARY}"/>'
    export = xml(me, *records, correlation, workout, summary, other)
    attachments = {f"electrocardiograms/{CANARY}.csv": ECG.encode(), f"workout-routes/{CANARY}.gpx": GPX.encode()}
    return zipped({"apple_health_export/export.xml": export} | attachments)


def everything_in(table: pa.Table) -> str:
    """Every text of a table, also words that stand in a dictionary and are used by no row."""
    dictionaries = [
        chunk.dictionary.to_pylist()
        for column in table.columns
        for chunk in column.chunks
        if pa.types.is_dictionary(column.type)
    ]
    return repr((table.to_pydict(), table.schema.metadata, [field.metadata for field in table.schema], dictionaries))


def test_the_canary_is_really_everywhere_before(read: Read) -> None:
    _, tables = read(canaries())

    assert len(tables) == 10
    assert all(CANARY in everything_in(table) for table in tables.values())


def test_no_canary_comes_out(read: Read) -> None:
    _, tables = read(canaries())

    for code, table in tables.items():
        shared = deidentify(table)
        assert CANARY not in everything_in(shared), code
        assert "54.654321" not in everything_in(shared)
        assert shared.num_rows == table.num_rows


def test_harmless_things_stay(read: Read) -> None:
    inside = (
        '<MetadataEntry key="HKWasUserEntered" value="1"/><MetadataEntry key="HKTimeZone" value="Pacific/Pitcairn"/>'
        '<MetadataEntry key="HKAverageMETs" value="7.89 kcal/hr·kg"/>'
        '<MetadataEntry key="Withings User Identifier" value="12345"/>'
    )
    device = "name:Pia, manufacturer:Apple Inc., model:Watch, hardware:Watch7,5, software:11.2, localIdentifier:AB-1"
    given = {"sourceName": "Pia’s Apple\u00a0Watch", "sourceVersion": "11.2", "device": device, "unit": "kcal/hr·kg"}
    rows = [record(n, second=n, inside=inside, **given) for n in range(3)] + [
        record(9, second=50, sourceName="Paul’s gadget")
    ]

    _, tables = read(xml(*rows))
    before, after = tables[STEPS], deidentify(tables[STEPS])

    for name in ("start", "end", "created", "value", "utc_offset"):
        assert after.column(name) == before.column(name)
    first, last = after.to_pylist()[0], after.to_pylist()[-1]
    assert first["source_name"] == "Apple Watch"
    assert first["source_version"] == "11.2"
    assert first["device"] == "manufacturer:Apple Inc., model:Watch, hardware:Watch7,5, software:11.2"
    assert first["unit"] == "kcal/hr·kg"
    assert first["metadata"] == [("HKWasUserEntered", "1"), ("HKAverageMETs", "7.89 kcal/hr·kg")]
    assert (last["source_name"], last["metadata"]) == (OTHER_SOURCE, [])


def test_a_part_of_a_table_is_cleaned_like_the_whole(read: Read) -> None:
    inside = '<MetadataEntry key="HKWasUserEntered" value="{}"/><MetadataEntry key="x" value="y"/>'
    _, tables = read(xml(*[record(n, second=n, inside=inside.format(n)) for n in range(9)]))

    assert deidentify(tables[STEPS].slice(3, 4)) == deidentify(tables[STEPS]).slice(3, 4)


def test_a_column_that_nobody_marked_is_dropped() -> None:
    assert deidentify(pa.table({"surprise": ["x"]})).column_names == []


def test_every_column_of_every_kind_is_marked() -> None:
    for schema in SCHEMAS.values():
        assert all(field.metadata and b"identifies" in field.metadata for field in schema)
        texts = [field for field in schema if not pa.types.is_primitive(field.type) and field.name != "voltages"]
        assert all(identifies(field) is not Identifies.NO for field in texts)


def test_cleaning_twice_changes_nothing_more(read: Read) -> None:
    _, tables = read(canaries())

    for table in tables.values():
        once = deidentify(table)
        assert deidentify(once) == once


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("Anna’s iPhone", "iPhone"),
        ("iPhone von Anna", "iPhone"),
        ("Apple\u00a0Watch de Zoë", "Apple Watch"),
        ("IPAD (Kitchen)", "iPad"),
        ("Strava", "Strava"),
        ("Strava Anna", OTHER_SOURCE),
        ("Здоровье", OTHER_SOURCE),
        ("", OTHER_SOURCE),
    ],
)
def test_a_source_is_known_by_its_class(name: str, known_as: str) -> None:
    assert source_class(name) == known_as


@pytest.mark.parametrize(
    ("device", "known_as"),
    [
        ("Watch6,2", "Watch6,2"),
        ("name:Anna, model:Watch, manufacturer:Apple Inc.", "model:Watch, manufacturer:Apple Inc."),
        ("name:Mi Band, hardware:V0.25, software:V1.0, localIdentifier:C7BFB66B-68FE", None),
        ("name:x, hardware:SN12345678, software:1.2.3.4.5.6", None),
        ("Anna’s scale", None),
    ],
)
def test_a_device_is_known_by_its_model(device: str, known_as: str | None) -> None:
    assert device_class(device) == known_as
