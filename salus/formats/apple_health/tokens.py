"""What a tokeniser hands on: the elements of a stretch of XML, as positions of attribute values in a buffer.

Two tokenisers make the same thing: `scanner` is fast, `expat` is exact. Whatever follows cannot tell them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

# Attributes with a column of their own; all others travel in `Tokens.others`.
SLOTS = (
    *("type", "unit", "value", "sourceName", "sourceVersion", "device", "creationDate", "startDate", "endDate"),
    *("key", "bpm", "time"),
)
TYPE, UNIT, VALUE, SOURCE, VERSION, DEVICE, CREATED, START, END, KEY, BPM, TIME = range(len(SLOTS))

# Elements that come by the million and are therefore handled by the column; all others are handled one by one.
ELEMENTS = ("Record", "MetadataEntry", "InstantaneousBeatsPerMinute", "HeartRateVariabilityMetadataList")
RECORD, METADATA, BEAT, BEAT_LIST = range(len(ELEMENTS))
OTHER_ELEMENT = len(ELEMENTS)

MAX_VALUE_BYTES = 1 << 20
"""No attribute of a real export comes near this; a longer one is refused before it fills the memory."""


class Status(IntEnum):
    """Why a tokeniser stopped. It always stops between two children of the root."""

    MORE = 0  # the buffer ends inside an element: call again with more bytes
    END = 1  # the root element was closed
    UNSURE = 2  # the next element is not plain XML: another reader must look at it
    FULL = 3  # the tables are full: call again with the rest
    TOO_LARGE = 4  # an attribute is longer than MAX_VALUE_BYTES


@dataclass(frozen=True, slots=True)
class Tokens:
    """Elements in document order. Positions are -1 where an attribute is absent."""

    buffer: Bytes
    escaped: bool  # whether values still hold references such as &amp;
    names: Ints  # [element, (name start, name end)]
    kinds: Ints  # index into ELEMENTS, or OTHER_ELEMENT
    parents: Ints  # index of the enclosing element, -1 for children of the root
    starts: Ints  # [element, slot]
    ends: Ints
    others: Ints  # [n, (element, name start, name end, value start, value end)]

    def __len__(self) -> int:
        return len(self.kinds)


Tokenise = Callable[[Any, int, int | None], tuple[Tokens, int, Status]]
"""(buffer, position, at most so many children of the root) -> tokens, position reached, why it stopped."""
