"""Takes out of a table what can tell whose it is. A preview and a delivery both call `deidentify`, so they agree.

What is not known to be harmless goes; there is no list of bad words. `schema` marks every column: a column
that names the person by itself is dropped, a column that may do so keeps only values of known shapes.

HKTimeZone goes too: a rare zone is a rare place, and a row of zones is a travel diary. Weather and air pressure go,
because with a date they can be looked up on a map. What stays can still be recognised by someone who knows the person
(a heart's rhythm, the hours of sleep): this removes names and addresses, it does not make data anonymous.
"""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from salus.formats.apple_health.schema import IDENTIFIES, Identifies
from salus.formats.apple_health.types import TYPES

OTHER_SOURCE = "Other"
HARMLESS_METADATA = (
    "HKMetadataKeyHeartRateMotionContext",
    "HKHeartRateEventThreshold",
    "HKHeartRateSensorLocation",
    "HKBodyTemperatureSensorLocation",
    "HKWasUserEntered",
    "HKIndoorWorkout",
    "HKAverageMETs",
    "HKAverageSpeed",
    "HKMaximumSpeed",
    "HKElevationAscended",
    "HKElevationDescended",
    "HKLapLength",
    "HKSWOLFScore",
    "HKSwimmingLocationType",
    "HKSwimmingStrokeStyle",
    "HKVO2MaxTestType",
    "HKVO2MaxValue",
    "HKPhysicalEffortEstimationType",
    "HKAlgorithmVersion",
    "HKMetadataKeyAppleDeviceCalibrated",
    "HKBloodGlucoseMealTime",
    "HKInsulinDeliveryReason",
    "HKMenstrualCycleStart",
    "HKSexualActivityProtectionUsed",
    "HKMetadataKeyStateOfMindKind",
    "HKMetadataKeyStateOfMindValence",
    "HKMetadataKeyStateOfMindLabels",
    "HKMetadataKeyStateOfMindAssociations",
)
"""Keys of Apple's own whose values are numbers, codes or measurements. Every app may write others, and does."""

_UNITS = (
    "count|min|hr|h|s|ms|d|kcal|Cal|cal|kJ|J|W|km|m|cm|mm|mi|ft|yd|in|kg|g|mg|mcg|lb|oz|st|mmol|mol|L|l|dL|mL|ml|"
    "fl_oz_us|fl_oz_imp|cup_us|pt_us|degC|degF|mmHg|kPa|Pa|dBASPL|dBHL|S|mcS|IU|V|mV|mcV|uV|µV|Hz|hertz|D|deg|rad|lx|"
    "appleEffortScore"
)
_UNIT = re.compile(rf"(?:(?:{_UNITS}|%|1)(?:<[\d.]+>)?[/*·.]?|[()\d^-])+")
_NUMBERS = rf"^[(\s]*[-+]?[0-9]+([.][0-9]+)?(,\s*[0-9]+)*\s*[)]?(\s({_UNITS}|%|[/*·().])+)?$"
_CODE = re.compile(r"HK[A-Za-z0-9]{1,100}|[-+]?\d{1,12}(\.\d{1,12})?")
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}")
_HARDWARE = re.compile(r"(?:Watch|iPhone|iPad|iPod)\d{1,2},\d{1,2}")
_DEVICE_PART = re.compile(r",\s*(?=[A-Za-z]+:)")
_LEAD = re.compile(r"Lead [IV]{1,3}")
_DEVICES = ("Apple Watch", "iPhone", "iPad", "iPod")
_APPS = {
    *("Health", "Shortcuts", "Clock", "Sleep", "Withings", "Health Mate", "Oura", "Strava", "Garmin Connect"),
    *("Connect", "Fitbit", "MyFitnessPal", "Lifesum", "Sleep Cycle", "AutoSleep", "Pillow", "Mi Fit", "Mi Fitness"),
    *("Zepp", "Zepp Life", "Nike Run Club", "Polar Flow", "Suunto", "Komoot", "Omron", "OMRON connect", "WHOOP"),
    *("Dexcom G6", "Dexcom G7", "FreeStyle LibreLink", "LibreLink", "Clue", "Flo", "Calm", "Headspace", "Peloton"),
}
_CLASSIFICATIONS = frozenset(
    ("Sinus Rhythm", "Atrial Fibrillation", "Inconclusive", "Low Heart Rate", "High Heart Rate", "Poor Recording")
)


def identifies(field: pa.Field) -> Identifies:
    """What the column's mark says; an unmarked column counts as naming the person."""
    return Identifies((field.metadata or {}).get(IDENTIFIES, Identifies.DIRECT.encode()).decode())


def deidentify(table: pa.Table) -> pa.Table:
    """The same rows without what tells whose they are. The columns keep their order and their marks."""
    columns, fields = [], []
    for field in table.schema:
        mark = identifies(field)
        if mark is Identifies.DIRECT:
            continue
        column = table.column(field.name).combine_chunks()
        columns.append(column if mark is Identifies.NO else _cleaned(field.name, column))
        fields.append(pa.field(field.name, columns[-1].type, metadata=field.metadata))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=_harmless(table.schema.metadata)))


def _harmless(metadata: dict[bytes, bytes] | None) -> dict[bytes, bytes]:
    """Code and kind of the type. An unknown code is a stranger's text, so it stays only in Apple's form."""
    code, kind = (metadata or {}).get(b"code", b"").decode(), (metadata or {}).get(b"kind", b"")
    return {b"code": (code if code in TYPES or _CODE.fullmatch(code) else "Unknown").encode(), b"kind": kind}


def _cleaned(name: str, column: pa.Array) -> pa.Array:
    if name == "metadata":
        return _harmless_metadata(column)
    if name in {"members", "statistics", "events"}:
        return _harmless_parts(column)
    clean = _CLEAN.get(name)
    if clean is None:
        return pa.nulls(len(column), column.type)
    return _mapped(column, clean)


def _mapped(column: pa.Array, clean: Callable[[str], str | None]) -> pa.Array:
    """The column with each distinct word replaced; words that are gone do not linger in the dictionary."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words = [None if word is None else clean(word) for word in encoded.dictionary.to_pylist()]
    dense = pa.array(words, pa.string()).take(encoded.indices)
    return dense.dictionary_encode().cast(column.type) if pa.types.is_dictionary(column.type) else dense


def _harmless_metadata(column: pa.MapArray) -> pa.MapArray:
    offsets = np.asarray(column.offsets)
    keys, items = (part.slice(offsets[0], offsets[-1] - offsets[0]) for part in (column.keys, column.items))
    keep = pc.and_(
        pc.is_in(keys, pa.array(HARMLESS_METADATA)), pc.fill_null(pc.match_substring_regex(items, _NUMBERS), False)
    )
    kept_before = np.concatenate([[0], np.cumsum(np.asarray(keep))])
    new = pa.array(kept_before[offsets - offsets[0]].astype(np.int32))
    return pa.MapArray.from_arrays(new, keys.filter(keep), items.filter(keep))


def _harmless_parts(column: pa.ListArray) -> pa.ListArray:
    """Lists of structures: their texts are codes and units, or go."""
    parts = column.flatten()
    kinds = [parts.type.field(i) for i in range(parts.type.num_fields)]
    fields = []
    for kind, values in zip(kinds, parts.flatten(), strict=True):
        clean = _unit if kind.name == "unit" else _code
        fields.append(_mapped(values, clean) if pa.types.is_string(kind.type) else values)
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    offsets = pa.array(np.concatenate([[0], np.cumsum(np.asarray(lengths))]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(fields, fields=kinds))


def _code(text: str) -> str | None:
    return text if _CODE.fullmatch(text) else None


def _unit(text: str) -> str | None:
    return text if len(text) <= 40 and _UNIT.fullmatch(text) else None


def source_class(name: str) -> str:
    """`iPhone` for `Anna’s iPhone`: the class of device, or a well-known app's name, or `Other`."""
    plain = name.replace("\u00a0", " ").strip()
    for device in _DEVICES:
        if device.lower() in plain.lower():
            return device
    return plain if plain in _APPS else OTHER_SOURCE


def device_class(device: str) -> str | None:
    """Model, hardware and software of an Apple device; never its name, serial number or local identifier."""
    if _HARDWARE.fullmatch(device):
        return device
    kept = []
    for part in _DEVICE_PART.split(device):
        label, _, value = part.partition(":")
        known = {
            "manufacturer": value in {"Apple", "Apple Inc."},
            "model": value in {"Watch", "iPhone", "iPad", "iPod"},
            "hardware": bool(_HARDWARE.fullmatch(value)),
            "software": bool(_VERSION.fullmatch(value)),
        }
        if known.get(label):
            kept.append(f"{label}:{value}")
    return ", ".join(kept) or None


_CLEAN: dict[str, Callable[[str], str | None]] = {
    "source_name": source_class,
    "source_version": lambda text: text if _VERSION.fullmatch(text) else None,
    "device": device_class,
    "value": _code,
    "activity": _code,
    "unit": _unit,
    "duration_unit": _unit,
    "distance_unit": _unit,
    "energy_unit": _unit,
    "classification": lambda text: text if text in _CLASSIFICATIONS else None,
    "lead": lambda text: text if _LEAD.fullmatch(text) else None,
}
