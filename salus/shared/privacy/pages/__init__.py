"""The pages about one's own data, and those of administrators about everybody's."""

from salus.shared.privacy.pages import administration, mine  # noqa: F401  (each adds its doors)
from salus.shared.privacy.pages.doors import pages

__all__ = ["pages"]
