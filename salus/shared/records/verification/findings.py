"""What a verification says."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MOST_FINDINGS = 200
"""Findings told in words; all are counted."""


class Fault(StrEnum):
    """What can be wrong with a log."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"
    UNSIGNED = "unsigned"
    UNPUBLISHED = "unpublished"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in words for an administrator, and from which record on."""

    fault: Fault
    words: str
    record_id: UUID | None = None


@dataclass
class Verification:
    """What was looked at, and what was found to be wrong. A log without findings is whole."""

    origin: str
    at: datetime
    size: int = 0
    """Records in the log."""
    root: str = ""
    """In base64, as a signed checkpoint spells it."""
    checkpoints: int = 0
    published: int = 0
    waiting: int = 0
    """Records that are not sealed yet."""
    waiting_since: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    faults: Counter[Fault] = field(default_factory=Counter)

    @property
    def is_whole(self) -> bool:
        return not self.faults

    def add(self, fault: Fault, words: str, record_id: str | None = None) -> None:
        self.faults[fault] += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(fault, words, UUID(record_id) if record_id else None))
