"""The columns of each kind of sample, and whether a column can tell who the person is."""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

IDENTIFIES = b"identifies"


class Kind(StrEnum):
    """What one row of a type is."""

    QUANTITY = "quantity"
    CATEGORY = "category"
    CORRELATION = "correlation"
    WORKOUT = "workout"
    ACTIVITY_SUMMARY = "activity summary"
    BEATS = "beats"
    ECG = "ecg"
    ROUTE = "route"
    OTHER = "other"


class Identifies(StrEnum):
    """Whether a column can name the person: never, in some rows, or by itself."""

    NO = "no"
    MAY = "may"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one type, as read: duplicates are not yet removed.

    `same` is equal for rows that agree in everything; `alike` for rows that agree in moment, value and source, as a
    record and its repetition inside a correlation do. Both hold within one process only.
    """

    code: str
    kind: Kind
    rows: pa.RecordBatch
    same: pa.UInt64Array
    alike: pa.UInt64Array
    inside: pa.BooleanArray  # whether the row is a child of a correlation


def _field(name: str, kind: pa.DataType, identifies: Identifies = Identifies.NO) -> pa.Field:
    return pa.field(name, kind, metadata={IDENTIFIES: identifies.encode()})


MOMENT = pa.timestamp("us", tz="UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())
METADATA = pa.map_(pa.string(), pa.string())

_TIMES = [_field("start", MOMENT), _field("end", MOMENT), _field("created", MOMENT), _field("utc_offset", pa.int32())]
_SOURCE = [
    _field("source_name", _WORD, Identifies.MAY),
    _field("source_version", _WORD, Identifies.MAY),
    _field("device", _WORD, Identifies.MAY),
    _field("metadata", METADATA, Identifies.MAY),
]
_STATISTIC = pa.struct(
    [("type", pa.string()), ("start", MOMENT), ("end", MOMENT)]
    + [(name, pa.float64()) for name in ("average", "minimum", "maximum", "sum")]
    + [("unit", pa.string())]
)
_EVENT = pa.struct([("type", pa.string()), ("date", MOMENT), ("duration", pa.float64()), ("unit", pa.string())])
_ACTIVITY = pa.struct(
    [("uuid", pa.string()), ("start", MOMENT), ("end", MOMENT), ("duration", pa.float64()), ("unit", pa.string())]
)
_MEMBER = pa.struct([("type", pa.string()), ("value", pa.string()), ("unit", pa.string())])

SUMMARY_VALUES = {
    "activeEnergyBurned": "active_energy",
    "activeEnergyBurnedGoal": "active_energy_goal",
    "appleMoveTime": "move_minutes",
    "appleMoveTimeGoal": "move_minutes_goal",
    "appleExerciseTime": "exercise_minutes",
    "appleExerciseTimeGoal": "exercise_minutes_goal",
    "appleStandHours": "stand_hours",
    "appleStandHoursGoal": "stand_hours_goal",
}

SCHEMAS: dict[Kind, pa.Schema] = {
    Kind.QUANTITY: pa.schema([*_TIMES, _field("value", pa.float64()), _field("unit", _WORD, Identifies.MAY), *_SOURCE]),
    Kind.CATEGORY: pa.schema([*_TIMES, _field("value", _WORD, Identifies.MAY), *_SOURCE]),
    Kind.OTHER: pa.schema(
        [*_TIMES, _field("value", _WORD, Identifies.MAY), _field("unit", _WORD, Identifies.MAY), *_SOURCE]
    ),
    Kind.CORRELATION: pa.schema([*_TIMES, _field("members", pa.list_(_MEMBER), Identifies.MAY), *_SOURCE]),
    Kind.WORKOUT: pa.schema(
        [
            *_TIMES,
            _field("activity", _WORD, Identifies.MAY),
            _field("duration", pa.float64()),
            _field("duration_unit", _WORD, Identifies.MAY),
            _field("distance", pa.float64()),
            _field("distance_unit", _WORD, Identifies.MAY),
            _field("energy", pa.float64()),
            _field("energy_unit", _WORD, Identifies.MAY),
            _field("statistics", pa.list_(_STATISTIC), Identifies.MAY),
            _field("events", pa.list_(_EVENT), Identifies.MAY),
            _field("activities", pa.list_(_ACTIVITY), Identifies.DIRECT),
            _field("routes", pa.list_(pa.string()), Identifies.DIRECT),
            *_SOURCE,
        ]
    ),
    Kind.ACTIVITY_SUMMARY: pa.schema(
        [
            _field("start", MOMENT),
            _field("date", pa.date32()),
            *[_field(name, pa.float64()) for name in SUMMARY_VALUES.values()],
            _field("energy_unit", _WORD, Identifies.MAY),
        ]
    ),
    Kind.BEATS: pa.schema(
        [
            _field("start", MOMENT),
            _field("record_start", MOMENT),
            _field("utc_offset", pa.int32()),
            _field("bpm", pa.float64()),
            _field("source_name", _WORD, Identifies.MAY),
        ]
    ),
    Kind.ECG: pa.schema(
        [
            _field("start", MOMENT),
            _field("utc_offset", pa.int32()),
            _field("name", pa.string(), Identifies.DIRECT),
            _field("date_of_birth", pa.string(), Identifies.DIRECT),
            _field("classification", pa.string(), Identifies.MAY),
            _field("symptoms", pa.string(), Identifies.MAY),
            _field("source_version", _WORD, Identifies.MAY),
            _field("device", _WORD, Identifies.MAY),
            _field("sample_rate_hz", pa.float64()),
            _field("lead", pa.string(), Identifies.MAY),
            _field("unit", pa.string(), Identifies.MAY),
            _field("voltages", pa.list_(pa.float32())),
        ]
    ),
    Kind.ROUTE: pa.schema(
        [
            _field("start", MOMENT),
            _field("route", _WORD, Identifies.DIRECT),
            _field("latitude", pa.float64(), Identifies.DIRECT),
            _field("longitude", pa.float64(), Identifies.DIRECT),
            _field("altitude_m", pa.float64()),
            _field("speed_m_s", pa.float64()),
            _field("course_deg", pa.float64()),
            _field("horizontal_accuracy_m", pa.float64()),
            _field("vertical_accuracy_m", pa.float64()),
        ]
    ),
}
