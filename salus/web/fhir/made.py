"""Types of which resources are made whenever they are asked for, and how what was asked is found among them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from salus.formats.fhir import criteria, faithful
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.search import Question
from salus.kernel.context import Context
from salus.kernel.operations import admit, operation_of
from salus.web.fhir.answering import Version


@dataclass(frozen=True)
class Made:
    """A resource that was made when it was asked for."""

    resource: Resource
    written_at: datetime
    version: int = 1
    is_deletion: bool = False

    @property
    def resource_type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def fhir_id(self) -> str:
        return str(self.resource["id"])

    @property
    def content(self) -> str:
        return faithful.text(self.resource)


@dataclass(frozen=True)
class Found:
    """A page of what was found, and what goes with it."""

    question: Question
    matches: Sequence[Made]
    included: Sequence[Version] = ()
    cursor: str | None = None
    total: int | None = 0


class Store(Protocol):
    """What is kept, as far as what is made refers to it."""

    def led(self, ctx: Context, question: Question, /) -> Question:
        """The question with what its chains lead to in their place."""

    def beside(self, ctx: Context, question: Question, matches: Sequence[Made], /) -> Sequence[Version]:
        """What the question wants to have included with these."""


@dataclass(frozen=True)
class MadeType:
    """One such type: what makes its resources, and the operations that doing so performs (reading, searching)."""

    reading: Callable[[Context, str], Made]
    searching: Callable[[Context, Question], Iterable[Made]]
    operations: tuple[Callable[..., Any], Callable[..., Any]]

    def read(self, ctx: Context, fhir_id: str) -> Made:
        """One of them, for whoever may ask for it, wherever they ask. Raises NotFound."""
        admit(ctx, operation_of(self.operations[0]))
        return self.reading(ctx, fhir_id)

    def search(self, ctx: Context, question: Question) -> Found:
        """A page of those that answer the question. Raises NotUnderstood."""
        admit(ctx, operation_of(self.operations[1]))
        asked = _led(ctx, question)
        answering = (one for one in self.searching(ctx, asked) if criteria.answers(one.resource, asked))
        found = criteria.in_order(answering, question)
        start = int(question.cursor) if question.cursor.isdecimal() else 0
        end = start + question.count
        matches = found[start:end] if question.summary != "count" else []
        cursor = str(end) if matches and end < len(found) else None
        return Found(question, matches, _beside(ctx, question, matches), cursor, len(found))


MADE: dict[str, MadeType] = {}
"""Types of which resources are made when they are asked for."""
_stores: list[Store] = []


def kept_by(store: Store) -> None:
    """Say where references from what is made lead. The module that keeps resources does it once, when it is loaded."""
    _stores.append(store)


def _led(ctx: Context, question: Question) -> Question:
    if not any(criterion.chained or criterion.referring for criterion in question.criteria):
        return question
    (store,) = _stores
    admit(ctx, operation_of(store.led))
    return store.led(ctx, question)


def _beside(ctx: Context, question: Question, matches: Sequence[Made]) -> Sequence[Version]:
    if not matches or not (question.includes or question.revincludes):
        return ()
    (store,) = _stores
    admit(ctx, operation_of(store.beside))
    return store.beside(ctx, question, matches)
