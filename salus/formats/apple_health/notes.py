"""What was odd in a file and what was done about it, in plain words."""

from collections import Counter
from threading import Lock

_WORDS = {
    "truncated": "The file ends in the middle. Everything before the break was read.",
    "skipped": "{n} damaged entries could not be read and were left out.",
    "bytes": "{n} texts held characters in another encoding; they were read as Western European text.",
    "control": "{n} texts held invisible control characters; these were removed.",
    "numbers": "{n} measurements had a value that is not a number; they were kept without it.",
    "moments": "{n} dates could not be understood; those entries were kept without them.",
    "beats": "{n} heart beats had a time that could not be understood; the time of their recording stands in.",
    "clinical": "{n} clinical records are in the file. They are not read.",
    "cda": "A clinical document (export_cda.xml) is in the file. It is not read.",
    "several": "The file holds several exports. Only the largest was read.",
    "attachments": "{n} electrocardiograms or routes could not be read and were left out.",
    "large_attachments": "{n} electrocardiograms or routes are far larger than real ones and were left out.",
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
