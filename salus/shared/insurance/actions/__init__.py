"""What people, administrators and Salus itself do about insurance."""

from salus.shared.insurance.actions.checks import ask, hasten, postpone, settle
from salus.shared.insurance.actions.coverages import add_coverage, remove_coverage
from salus.shared.insurance.actions.insurers import add_insurer, change_insurer, retire_insurer

__all__ = [
    "add_coverage",
    "add_insurer",
    "ask",
    "change_insurer",
    "hasten",
    "postpone",
    "remove_coverage",
    "retire_insurer",
    "settle",
]
