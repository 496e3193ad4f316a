"""Elements that come one at a time: workouts, correlations, activity summaries, and whatever Apple adds next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from salus.formats.apple_health import moments
from salus.formats.apple_health.columns import UNTYPED, without_address
from salus.formats.apple_health.moments import NEVER
from salus.formats.apple_health.notes import Notes
from salus.formats.apple_health.reader import Intern
from salus.formats.apple_health.schema import SCHEMAS, SUMMARY_VALUES, Kind, Piece
from salus.formats.apple_health.text import Texts
from salus.formats.apple_health.tokens import ELEMENTS, OTHER_ELEMENT, SLOTS, Tokens

Row = dict[str, Any]

_COMMON = {"startDate", "endDate", "creationDate", "sourceName", "sourceVersion", "device", "type"}


@dataclass(slots=True)
class Element:
    """One element with everything inside it."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)

    def named(self, name: str) -> Iterator["Element"]:
        return (child for child in self.children if child.name == name)


def elements(tokens: Tokens, intern: Intern, notes: Notes) -> Iterator[Element]:
    """All children of the root except records."""
    tops = np.flatnonzero((tokens.kinds == OTHER_ELEMENT) & (tokens.parents < 0))
    if not len(tops):
        return
    texts = Texts(tokens.buffer, tokens.escaped, intern, notes)
    every_top = np.append(np.flatnonzero(tokens.parents < 0), len(tokens))
    for top in tops.tolist():
        end = int(every_top[np.searchsorted(every_top, top, side="right")])
        yield _tree(tokens, texts, top, end)


def _tree(tokens: Tokens, texts: Texts, top: int, end: int) -> Element:
    made: dict[int, Element] = {}
    for row in range(top, end):
        kind = int(tokens.kinds[row])
        name = ELEMENTS[kind] if kind < OTHER_ELEMENT else texts.text(*tokens.names[row].tolist())
        spans = zip(SLOTS, tokens.starts[row].tolist(), tokens.ends[row].tolist(), strict=True)
        made[row] = Element(name, {slot: texts.text(start, stop) for slot, start, stop in spans if start >= 0})
        if row > top:
            made[int(tokens.parents[row])].children.append(made[row])
    low, high = np.searchsorted(tokens.others[:, 0], [top, end])
    for row, name_start, name_end, start, stop in tokens.others[low:high].tolist():
        made[row].attributes[texts.text(name_start, name_end)] = texts.text(start, stop)
    return made[top]


class Elements:
    """Turns such elements into rows, and keeps what is said only once: the date of the export and the person."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.exported: datetime | None = None
        self.utc_offset: int | None = None
        self.locale: str | None = None
        self.me: dict[str, str] = {}

    def pieces(self, found: Iterator[Element]) -> Iterator[Piece]:
        rows: dict[tuple[str, Kind], list[Row]] = {}
        for element in found:
            for code, kind, row in self._rows(element):
                rows.setdefault((code, kind), []).append(row)
        for (code, kind), of_type in rows.items():
            yield piece_of_rows(code, kind, of_type)

    def _rows(self, element: Element) -> Iterator[tuple[str, Kind, Row]]:
        match element.name:
            case "ExportDate":
                micros, offset = moments.parse_one(element.attributes.get("value", ""))
                if micros != NEVER:
                    self.exported, self.utc_offset = _moment(micros), offset
            case "Me":
                self.me = element.attributes
            case "ClinicalRecord":
                self.notes.add("clinical")
            case "Workout":
                yield "Workout", Kind.WORKOUT, self._workout(element)
                for route in element.named("WorkoutRoute"):
                    yield from (("WorkoutRoute", Kind.ROUTE, point) for point in self._inline_points(route))
            case "Correlation":
                yield element.attributes.get("type", UNTYPED), Kind.CORRELATION, self._correlation(element)
            case "ActivitySummary":
                yield "ActivitySummary", Kind.ACTIVITY_SUMMARY, self._activity_summary(element)
            case name:
                yield name, Kind.OTHER, self._other(element)

    def _moment(self, text: str | None) -> datetime | None:
        micros = moments.parse_one(text)[0] if text else NEVER
        if text and micros == NEVER:
            self.notes.add("moments")
        return None if micros == NEVER else _moment(int(micros))

    def _common(self, element: Element) -> Row:
        given = element.attributes
        device = given.get("device")
        return {
            "start": self._moment(given.get("startDate")),
            "end": self._moment(given.get("endDate")),
            "created": self._moment(given.get("creationDate")),
            "utc_offset": moments.parse_one(given.get("startDate", ""))[1],
            "source_name": given.get("sourceName"),
            "source_version": given.get("sourceVersion"),
            "device": without_address(device) if device else device,
            # A dictionary, because iOS writes the metadata of a workout twice.
            "metadata": {
                entry.attributes.get("key", ""): entry.attributes.get("value", "")
                for entry in element.named("MetadataEntry")
            },
        }

    def _workout(self, workout: Element) -> Row:
        given = workout.attributes
        known = {"workoutActivityType", "duration", "durationUnit", "totalDistance", "totalDistanceUnit"}
        known |= {"totalEnergyBurned", "totalEnergyBurnedUnit"}
        row = self._common(workout)
        row["metadata"] |= {key: text for key, text in given.items() if key not in known | _COMMON}
        return row | {
            "activity": given.get("workoutActivityType"),
            "duration": self._number(given.get("duration")),
            "duration_unit": given.get("durationUnit"),
            "distance": self._number(given.get("totalDistance")),
            "distance_unit": given.get("totalDistanceUnit"),
            "energy": self._number(given.get("totalEnergyBurned")),
            "energy_unit": given.get("totalEnergyBurnedUnit"),
            "statistics": [self._statistic(child) for child in workout.named("WorkoutStatistics")],
            "events": [self._event(child) for child in workout.named("WorkoutEvent")],
            "activities": [self._activity(child) for child in workout.named("WorkoutActivity")],
            "routes": [
                file.attributes.get("path", "")
                for route in workout.named("WorkoutRoute")
                for file in route.named("FileReference")
            ],
        }

    def _statistic(self, element: Element) -> Row:
        given = element.attributes
        numbers = {name: self._number(given.get(name)) for name in ("average", "minimum", "maximum", "sum")}
        span = {"start": self._moment(given.get("startDate")), "end": self._moment(given.get("endDate"))}
        return {"type": given.get("type"), "unit": given.get("unit"), **span, **numbers}

    def _event(self, element: Element) -> Row:
        given = element.attributes
        duration = {"duration": self._number(given.get("duration")), "unit": given.get("durationUnit")}
        return {"type": given.get("type"), "date": self._moment(given.get("date")), **duration}

    def _activity(self, element: Element) -> Row:
        given = element.attributes
        span = {"start": self._moment(given.get("startDate")), "end": self._moment(given.get("endDate"))}
        duration = {"duration": self._number(given.get("duration")), "unit": given.get("durationUnit")}
        return {"uuid": given.get("uuid"), **span, **duration}

    def _inline_points(self, route: Element) -> Iterator[Row]:
        """Points of a route that iOS 10 wrote into the workout instead of a file of its own."""
        name = route.attributes.get("startDate", "")
        for location in route.named("Location"):
            given = location.attributes
            yield {
                "start": self._moment(given.get("date")),
                "route": name,
                "latitude": self._number(given.get("latitude")),
                "longitude": self._number(given.get("longitude")),
                "altitude_m": self._number(given.get("altitude")),
                "speed_m_s": self._number(given.get("speed")),
                "course_deg": self._number(given.get("course")),
                "horizontal_accuracy_m": self._number(given.get("horizontalAccuracy")),
                "vertical_accuracy_m": self._number(given.get("verticalAccuracy")),
            }

    def _correlation(self, element: Element) -> Row:
        names = ("type", "value", "unit")
        members = [{name: child.attributes.get(name) for name in names} for child in element.named("Record")]
        return self._common(element) | {"members": members}

    def _activity_summary(self, element: Element) -> Row:
        given = element.attributes
        try:
            day = date.fromisoformat(given.get("dateComponents", ""))
        except ValueError:
            day = None
            self.notes.add("moments")
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
        start = midnight - timedelta(seconds=self.utc_offset or 0) if midnight else None
        values = {column: self._number(given.get(name)) for name, column in SUMMARY_VALUES.items()}
        return {"start": start, "date": day, "energy_unit": given.get("activeEnergyBurnedUnit"), **values}

    def _other(self, element: Element) -> Row:
        row = self._common(element)
        row["metadata"] |= {key: text for key, text in element.attributes.items() if key not in _COMMON}
        for number, child in enumerate(child for child in element.children if child.name != "MetadataEntry"):
            row["metadata"] |= {f"{child.name}[{number}].{key}": text for key, text in child.attributes.items()}
        return row

    def _number(self, text: str | None) -> float | None:
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            self.notes.add("numbers")
            return None


def piece_of_rows(code: str, kind: Kind, rows: list[Row]) -> Piece:
    """A piece made of single rows; equal rows are the same."""
    listed = [row | {"metadata": list(row["metadata"].items())} if "metadata" in row else row for row in rows]
    batch = pa.RecordBatch.from_pylist(listed, schema=SCHEMAS[kind])
    hashes = pa.array([hash(repr(row)) & 0x7FFF_FFFF_FFFF_FFFF for row in rows], pa.uint64())
    return Piece(code, kind, batch, hashes, hashes, pa.array([False] * len(rows)))


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
