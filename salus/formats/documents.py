"""Sets documents for people: tagged PDF that a screen reader can read (PDF/UA-1), in one visual language."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from babel.dates import format_date

from salus.formats.amounts import LOCALE

HERE = Path(__file__).parent

# Typst compiles one document at a time; a second thread would be refused, not queued.
_one_at_a_time = Lock()


@cache
def _compiler() -> typst.Compiler:
    """The fonts are read once: a compiler of its own would make every document three times as slow."""
    return typst.Compiler(root=HERE)


def pdf(template: str, content: dict[str, Any], *, made_at: datetime) -> bytes:
    """The document of `template` (`invoice.typ`, beside this module), the same bytes for the same content.

    What people wrote reaches the template as JSON and is only ever text there, so it cannot become markup or code.
    """
    given = {"content": json.dumps(content)}
    with _one_at_a_time:
        try:
            return _bytes(_compile(template, given, made_at, standard="ua-1"))
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
            # No font here has one of the characters (a name in Chinese, say). The standard forbids the box that
            # stands for it, but a document with a box serves its reader better than none.
            return _bytes(_compile(template, given, made_at, standard=None))


def png(template: str, content: dict[str, Any], *, pixels_per_inch: int = 144) -> bytes:
    """The first page as a picture."""
    with _one_at_a_time:
        pages = _compiler().compile(
            HERE / template, format="png", ppi=pixels_per_inch, sys_inputs={"content": json.dumps(content)}
        )
    return _bytes(pages[0] if isinstance(pages, list) else pages)


def day_text(day: date) -> str:
    """24 November 2026."""
    return format_date(day, "d MMMM y", locale=LOCALE)


def moment_text(moment: datetime) -> str:
    """24 November 2026, 14:05 UTC. A moment without a time zone is refused: nobody could tell what it means."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    utc = moment.astimezone(UTC)
    return f"{day_text(utc.date())}, {utc:%H:%M}\N{NO-BREAK SPACE}UTC"


def _compile(template: str, given: dict[str, str], made_at: datetime, *, standard: Any) -> Any:
    return _compiler().compile(
        HERE / template, format="pdf", sys_inputs=given, timestamp=made_at, pdf_standards=standard or []
    )


def _bytes(compiled: Any) -> bytes:
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave no single document")
    return compiled
