"""What lies beside export.xml: electrocardiograms as CSV and workout routes as GPX."""

import csv
import re
from collections.abc import Iterator
from pyexpat import ExpatError, ParserCreate
from typing import Any

import numpy as np

from salus.formats.apple_health import moments
from salus.formats.apple_health.elements import Row, piece_of_rows
from salus.formats.apple_health.schema import Kind, Piece

MAX_ATTACHMENT_BYTES = 32 << 20
"""An hour of GPX is about 1 MB."""
MAX_ECG_BYTES = 4 << 20
"""An electrocardiogram of 30 seconds is 0.15 MB."""
MAX_POINTS = 300_000

_ECG = re.compile(r"(?:^|/)electrocardiograms/[^/]+\.csv$", re.IGNORECASE)
_ROUTE = re.compile(r"(?:^|/)workout-routes/[^/]+\.gpx$", re.IGNORECASE)
_HERTZ = re.compile(r"\s*(\d+(?:[.,]\d+)?)")
_VOLTAGE = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?,?")

_ECG_FIELDS = {
    "Name": "name",
    "Date of Birth": "date_of_birth",
    "Classification": "classification",
    "Symptoms": "symptoms",
    "Software Version": "source_version",
    "Device": "device",
    "Lead": "lead",
    "Unit": "unit",
}
_POINT_FIELDS = {
    "ele": "altitude_m",
    "speed": "speed_m_s",
    "course": "course_deg",
    "hAcc": "horizontal_accuracy_m",
    "vAcc": "vertical_accuracy_m",
}


class UnreadableAttachment(ValueError):
    """This file is not what its folder says it is."""


def is_attachment(name: str) -> bool:
    return bool(_ECG.search(name) or _ROUTE.search(name))


def is_too_large(name: str, size: int) -> bool:
    return size > (MAX_ECG_BYTES if _ECG.search(name) else MAX_ATTACHMENT_BYTES)


def read_attachment(name: str, content: bytes) -> Piece:
    """The electrocardiogram (one row) or the route (a row for each point) in this file.

    Raises UnreadableAttachment.
    """
    if _ECG.search(name):
        return piece_of_rows("HKElectrocardiogram", Kind.ECG, [_ecg(content)])
    points = list(_points(name.rsplit("/", 1)[-1], content))
    return piece_of_rows("WorkoutRoute", Kind.ROUTE, points)


def _ecg(content: bytes) -> Row:
    """The header, with the person's name and date of birth, and one voltage on each line after it.

    The header is found by its English words; in other languages only its dates and voltages are understood.
    """
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    voltages = [float(line.rstrip(",").replace(",", ".")) for line in lines if _VOLTAGE.fullmatch(line.strip())]
    if not voltages:
        raise UnreadableAttachment
    header = dict(row[:2] for row in csv.reader(line for line in lines[:40] if line[:1].isalpha()) if len(row) >= 2)
    row: Row = {column: header.get(field) for field, column in _ECG_FIELDS.items()}
    rate = _HERTZ.match(header.get("Sample Rate", ""))
    micros, offset = moments.parse_one(header.get("Recorded Date", ""))
    return row | {
        "start": None if micros == moments.NEVER else np.datetime64(micros, "us").item(),
        "utc_offset": offset,
        "sample_rate_hz": float(rate[1].replace(",", ".")) if rate else None,
        "voltages": voltages,
    }


class _Points:
    """Receives expat's events of one GPX file."""

    def __init__(self, route: str) -> None:
        self.parser = ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._route, self._text = route, ""
        self._point: dict[str, Any] | None = None
        self.points: list[Row] = []

    def _doctype(self, *_: object) -> None:
        raise UnreadableAttachment  # Apple writes none, and entities hide in it.

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._text = ""
        if name == "trkpt":
            latitude, longitude = _number(attributes.get("lat")), _number(attributes.get("lon"))
            self._point = {"route": self._route, "latitude": latitude, "longitude": longitude}

    def _characters(self, text: str) -> None:
        if len(self._text) < 64:
            self._text += text

    def _end(self, name: str) -> None:
        if self._point is None:
            return
        if name == "time":
            micros, _ = moments.parse_one(self._text)
            self._point["start"] = None if micros == moments.NEVER else np.datetime64(micros, "us").item()
        elif name in _POINT_FIELDS:
            self._point[_POINT_FIELDS[name]] = _number(self._text)
        elif name == "trkpt":
            self.points.append(self._point)
            if len(self.points) > MAX_POINTS:
                raise UnreadableAttachment
            self._point = None


def _points(route: str, content: bytes) -> Iterator[Row]:
    reader = _Points(route)
    try:
        reader.parser.Parse(content, True)
    except ExpatError as error:
        raise UnreadableAttachment from error
    yield from reader.points


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
