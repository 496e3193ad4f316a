"""What is kept about copies, erasures, retention and processing."""

from salus.shared.privacy.models.processing import Activity
from salus.shared.privacy.models.retention import LegalHold, RetentionRule, RetentionRun
from salus.shared.privacy.models.wishes import Copy, CopyState, Erasure, ErasureState

__all__ = [
    "Activity",
    "Copy",
    "CopyState",
    "Erasure",
    "ErasureState",
    "LegalHold",
    "RetentionRule",
    "RetentionRun",
]
