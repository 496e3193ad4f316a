"""Moments as Apple writes them, `2023-12-01 21:25:05 -0300`, parsed by the column."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from salus.formats.apple_health.tokens import Bytes, Ints

Micros = npt.NDArray[np.int64]
MICROS = 1_000_000
DAY = 86_400 * MICROS
NEVER = np.iinfo(np.int64).min
"""Stands for a moment that is absent or not understood."""

_LENGTH = len("2023-12-01 21:25:05 -0300")
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 21, 22, 23, 24]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = re.compile(r"\s*(Z|[+-]\d\d:?\d\d)$")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,6}))?\s*([ap])?\.?\s*m?\.?", re.IGNORECASE)


def parse(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[Micros, Ints]:
    """(microseconds since 1970 in UTC or NEVER, offset from UTC in seconds) of each span."""
    micros, offsets = np.full(len(starts), NEVER, np.int64), np.zeros(len(starts), np.int32)
    usual = np.flatnonzero((ends - starts == _LENGTH) & (starts >= 0))
    if len(usual):
        parsed, offset, good = _parse_usual(np.lib.stride_tricks.sliding_window_view(buffer, _LENGTH)[starts[usual]])
        micros[usual[good]], offsets[usual[good]] = parsed[good], offset[good]
    for row in np.flatnonzero((micros == NEVER) & (starts >= 0)).tolist():
        micros[row], offsets[row] = parse_one(buffer[starts[row] : ends[row]].tobytes().decode(errors="replace"))
    return micros, offsets


def _parse_usual(text: npt.NDArray[np.uint8]) -> tuple[Micros, Ints, npt.NDArray[np.bool_]]:
    digits = text[:, _DIGITS] - np.uint8(48)
    d = digits.astype(np.int32).T
    year, month, day = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3], d[4] * 10 + d[5], d[6] * 10 + d[7]
    hour, minute, second = d[8] * 10 + d[9], d[10] * 10 + d[11], d[12] * 10 + d[13]
    offset = (d[14] * 10 + d[15]) * 3600 + (d[16] * 10 + d[17]) * 60
    offset = np.where(text[:, 20] == ord("-"), -offset, offset).astype(np.int32)
    good: npt.NDArray[np.bool_] = (digits <= 9).all(axis=1) & (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    good &= (text[:, 4] == ord("-")) & (text[:, 10] == ord(" ")) & (text[:, 19] == ord(" "))
    good &= (hour < 24) & (minute < 60) & (second < 60) & ((text[:, 20] == ord("-")) | (text[:, 20] == ord("+")))
    months = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    good &= day <= (months + 1).astype("datetime64[D]").astype(np.int64) - first
    seconds = (first + day - 1) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return seconds * MICROS, offset, good


def parse_one(text: str) -> tuple[int, int]:
    """The same for one text in any ISO 8601 form; a moment without an offset is taken as UTC."""
    try:
        moment = datetime.fromisoformat(_OFFSET.sub(r"\1", text.strip()))
    except ValueError:
        return int(NEVER), 0
    offset = moment.utcoffset() or timedelta()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1), int(offset.total_seconds())


def micros_of_day(clock: str) -> int:
    """A time of day in the phone's locale, `00:20:37,80` or `4:17:18.57 pm`, in microseconds after midnight, or -1."""
    match = _CLOCK.fullmatch(clock.strip())
    if not match:
        return -1
    hour, minute, second, fraction, half = match.groups()
    hours = int(hour) if half is None else int(hour) % 12 + (12 if half in "pP" else 0)
    return ((hours * 60 + int(minute)) * 60 + int(second)) * MICROS + int((fraction or "0").ljust(6, "0"))
