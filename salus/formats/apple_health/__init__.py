"""Reads Apple Health exports: fast, in bounded memory, and safe against what a stranger may have put into the file.

>>> with open_export("export.zip") as export:
...     summary = export.write_parquet(Path("health"))
"""

from salus.formats.apple_health.export import Export, Progress, open_export
from salus.formats.apple_health.priors import PRIORS, Prior
from salus.formats.apple_health.refusals import ExportRefused
from salus.formats.apple_health.schema import Identifies, Kind
from salus.formats.apple_health.sharing import deidentify, identifies
from salus.formats.apple_health.summary import Summary, TypeSummary
from salus.formats.apple_health.types import TYPES, HealthType, activity_name, plain_name

__all__ = [
    "PRIORS",
    "TYPES",
    "Export",
    "ExportRefused",
    "HealthType",
    "Identifies",
    "Kind",
    "Prior",
    "Progress",
    "Summary",
    "TypeSummary",
    "activity_name",
    "deidentify",
    "identifies",
    "open_export",
    "plain_name",
]
