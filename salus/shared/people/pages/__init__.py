"""The pages of people: coming in, one's own account, and what administrators see."""

from salus.shared.people.pages import (  # noqa: F401  (each adds its doors)
    account,
    administration,
    entrance,
    second_step,
    security,
)
from salus.shared.people.pages.doors import pages

__all__ = ["pages"]
