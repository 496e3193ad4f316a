"""Questions about clinical records."""

from salus.shared.clinical.queries.reading import held, history, read, version
from salus.shared.clinical.queries.searching import Page, matching, search, seen
from salus.shared.clinical.queries.treating import treats

__all__ = ["Page", "held", "history", "matching", "read", "search", "seen", "treats", "version"]
