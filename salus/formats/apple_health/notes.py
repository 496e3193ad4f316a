"""What was odd in a file and what was done about it, in plain words."""

from collections import Counter
from threading import Lock

_WORDS = {
    "truncated": "The file ends in the middle. Everything before the break was read.",
    "skipped": "Damaged entries that could not be read and were left out: {n}.",
    "bytes": "Texts in another encoding, read as Western European: {n}.",
    "control": "Texts with invisible control characters, which were removed: {n}.",
    "numbers": "Measurements whose value is not a number, kept without it: {n}.",
    "moments": "Dates that could not be understood, left empty: {n}.",
    "beats": "Heart beats whose time could not be understood; the time of their recording stands in: {n}.",
    "clinical": "Clinical records in the file, which are not read: {n}.",
    "cda": "A clinical document (export_cda.xml) is in the file. It is not read.",
    "several": "The file holds several exports. Only the largest was read.",
    "attachments": "Electrocardiograms or routes that could not be read and were left out: {n}.",
    "large_attachments": "Electrocardiograms or routes far larger than real ones, left out: {n}.",
}


class Notes:
    """Counts of oddities. Holds no text from the file. Chunks are read in several threads, so counting is locked."""

    def __init__(self, known: "Notes | None" = None) -> None:
        self._counts: Counter[str] = Counter(known._counts if known else ())
        self._lock = Lock()

    def add(self, oddity: str, times: int = 1) -> None:
        with self._lock:
            self._counts[oddity] += times

    def __contains__(self, oddity: str) -> bool:
        return self._counts[oddity] > 0

    def sentences(self) -> tuple[str, ...]:
        return tuple(_WORDS[oddity].format(n=n) for oddity, n in sorted(self._counts.items()) if n)
