"""From the bytes of attribute values to text, each distinct value once."""

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from salus.formats.apple_health.notes import Notes
from salus.formats.apple_health.reader import Intern
from salus.formats.apple_health.refusals import EntitiesDeclared
from salus.formats.apple_health.tokens import Bytes, Ints

_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([^\s&;]{1,64}));")
_PREDEFINED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LINE_BREAK = re.compile(r"\r\n|[\t\n\r]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Words:
    """The distinct texts of one column of one chunk: `codes` has one entry for each row, -1 where it is absent."""

    def __init__(self, codes: Ints, texts: list[str]) -> None:
        self.codes = codes
        self.texts = texts

    def column(self) -> pa.DictionaryArray:
        indices = pa.array(self.codes, mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self.texts, pa.string()))

    def dense(self) -> pa.StringArray:
        """Absent texts are empty."""
        return pa.array([*self.texts, ""], pa.string()).take(
            pa.array(np.where(self.codes < 0, len(self.texts), self.codes))
        )

    def hashes(self) -> npt.NDArray[np.uint64]:
        """Equal for equal texts within this process; 0 where absent."""
        known = np.array([*(hash(text) for text in self.texts), 0], np.int64).view(np.uint64)
        return known[self.codes]


class Texts:
    """Decodes spans of one buffer."""

    def __init__(self, buffer: Bytes, escaped: bool, intern: Intern, notes: Notes) -> None:
        self._buffer = buffer
        self._bytes = buffer.tobytes() if not escaped else buffer.data
        self._escaped = escaped
        self._intern = intern
        self._notes = notes

    def words(self, starts: Ints, ends: Ints, clean: Callable[[str], str] | None = None) -> Words:
        starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)
        codes, firsts = self._intern(self._buffer, starts, ends)
        spans = zip(starts[firsts].tolist(), ends[firsts].tolist(), strict=True)
        texts = [self.text(start, end) for start, end in spans]
        if clean is None and not self._escaped:
            return Words(codes, texts)
        # Different bytes can be one text: &apos; and ', or one device at two memory addresses.
        known: dict[str, int] = {}
        recode = np.array([known.setdefault(clean(text) if clean else text, len(known)) for text in texts] + [-1])
        return Words(recode[codes].astype(np.int32), list(known))

    def text(self, start: int, end: int) -> str:
        raw = bytes(self._bytes[start:end])
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self._notes.add("bytes")
            text = raw.decode("cp1252", errors="replace")
        if self._escaped and not text.isprintable():
            text = _LINE_BREAK.sub(" ", text)
            text, removed = _CONTROL.subn("", text)
            if removed:
                self._notes.add("control")
        return _REFERENCE.sub(_referred, text) if self._escaped and "&" in text else text


def _referred(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name is not None:
        if name not in _PREDEFINED:
            raise EntitiesDeclared
        return _PREDEFINED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
