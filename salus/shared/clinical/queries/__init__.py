"""Questions about clinical records."""

from salus.shared.clinical.queries.capabilities import Capabilities, capabilities
from salus.shared.clinical.queries.reading import held, history, read, version
from salus.shared.clinical.queries.searching import Page, beside, led, matching, search, seen
from salus.shared.clinical.queries.treating import treats
from salus.shared.clinical.queries.whole import changes, everything, validate

__all__ = [
    "Capabilities",
    "Page",
    "beside",
    "capabilities",
    "changes",
    "everything",
    "held",
    "history",
    "led",
    "matching",
    "read",
    "search",
    "seen",
    "treats",
    "validate",
    "version",
]
