"""Searches that only the resources themselves can answer, because what they are found by holds no words in plain."""

from collections.abc import Iterable, Sequence

from salus.formats.fhir import criteria
from salus.formats.fhir.search import SAID, Question
from salus.shared.clinical.rules.conditions import cursor_at, place_of
from salus.shared.clinical.rules.keeping import Kept
from salus.shared.clinical.rules.refusals import Malformed


def sifted(candidates: Iterable[Kept], question: Question) -> list[Kept]:
    """Those of the candidates that say what is asked of their words, in the order that is asked for."""
    asked = [criterion for criterion in question.criteria if criterion.modifier in SAID]
    found = (one for one in candidates if all(criteria.says(one.resource, criterion) for criterion in asked))
    return criteria.in_order(found, question)


def page(found: Sequence[Kept], question: Question) -> tuple[list[Kept], str | None]:
    """The page that is asked for, and the cursor of the next one.

    A page begins after the last resource of the one before, wherever that is now; where it is gone, as far on as then.
    """
    start = _start(found, place_of(question.cursor)) if question.cursor else 0
    end = start + question.count
    matches = list(found[start:end])
    has_more = bool(matches) and end < len(found)
    return matches, cursor_at(f"{end}.{matches[-1].row_id}") if has_more else None


def _start(found: Sequence[Kept], place: str) -> int:
    number, _, last = place.partition(".")
    if not number.isdecimal() or len(number) > 9:
        raise Malformed("This is no place that we gave out.")
    return next((at + 1 for at, one in enumerate(found) if str(one.row_id) == last), int(number))
