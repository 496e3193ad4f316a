"""The published checkpoints, held against those of the database."""

from collections.abc import Iterator
from datetime import datetime

from salus.formats.checkpoint import Checkpoint, NoteInvalid, VerifierKey
from salus.shared.records.verification.findings import Fault, Verification

PUBLISHED_WITHIN_S = 60


class Published:
    """The published checkpoints, walked along beside those of the database."""

    def __init__(self, notes: Iterator[str], key: VerifierKey | None, result: Verification) -> None:
        self._notes = notes
        self._key = key
        self._result = result
        self._size = 0
        self._note = ""
        self.next = self._read()

    def signed(self, note: str) -> Checkpoint | None:
        """The next published checkpoint if it is this very note, whose signature then was verified already."""
        return self.next if note == self._note else None

    def _read(self) -> Checkpoint | None:
        """The next one that the log did sign."""
        for note in self._notes:
            self._result.published += 1
            try:
                found = Checkpoint.open(note, self._key) if self._key else None
            except NoteInvalid as error:
                self._result.add(Fault.UNSIGNED, f"A published checkpoint after {self._size} records is bad: {error}.")
                continue
            if found is not None and found.size <= self._size:
                self._result.add(
                    Fault.REWRITTEN, f"The published log grew to {self._size} records and then shrank to {found.size}."
                )
            elif found is not None:
                self._size, self._note = found.size, note
                return found
        return None

    def compare(self, kept: Checkpoint, sealed_at: datetime, from_record: str | None) -> None:
        """Hold a checkpoint of the database against the published one of its size."""
        while self.next is not None and self.next.size < kept.size:
            self._result.add(
                Fault.REWRITTEN,
                f"A checkpoint of {self.next.size} records was published and is gone from the database: "
                f"the history up to there was rewritten.",
                from_record,
            )
            self.next = self._read()
        if self.next is not None and self.next.size == kept.size:
            if self.next.root != kept.root:
                self._result.add(
                    Fault.REWRITTEN,
                    f"The first {kept.size} records are not those of the checkpoint published at that size: history "
                    f"was rewritten and signed again.",
                    from_record,
                )
            self.next = self._read()
        elif self.next is not None or (self._result.at - sealed_at).total_seconds() > PUBLISHED_WITHIN_S:
            self._result.add(Fault.UNPUBLISHED, f"The checkpoint of {kept.size} records is not published.", from_record)

    def rest(self, size: int, last_record: str | None) -> None:
        """What was published beyond the end of the log."""
        longest = 0
        while self.next is not None:
            longest = max(longest, self.next.size)
            self.next = self._read()
        if longest:
            self._result.add(
                Fault.TRUNCATED,
                f"The log ends after {size} records, but {longest} were published as sealed: the last "
                f"{longest - size} were cut off together with their seals.",
                last_record,
            )
