"""Searching: criteria become joins over numbers, so that PostgreSQL can use its indexes under row-level security."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from salus.formats.fhir import parameters
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.indexing import values
from salus.formats.fhir.references import references, target
from salus.formats.fhir.search import ITS_ID, SAID, Criterion, Inclusion, Question, Total
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query, reaches
from salus.shared.clinical.queries.reading import CURRENT
from salus.shared.clinical.rules import sifting
from salus.shared.clinical.rules.conditions import Conditions
from salus.shared.clinical.rules.keeping import Kept, is_open, opened
from salus.shared.clinical.rules.refusals import Malformed
from salus.shared.clinical.rules.sight import READERS, condition, insist

MOST_FOLLOWED = 1000
"""Resources that a chain may lead over. A question that leads over more is to be narrowed."""
MOST_INCLUDED = 1000
MOST_READ = 1000
"""Resources that are read to see whether they answer, or in which order. A question that leaves more is to be narrowed.
"""


@dataclass(frozen=True)
class Page:
    """What a search found: those that match in their order, those that go with them, and where it goes on."""

    question: Question
    matches: list[Kept]
    included: list[Kept]
    cursor: str | None = None
    total: int | None = None


class Referring(Protocol):
    """A resource, kept here or made elsewhere, with which others may go."""

    @property
    def resource_type(self) -> str: ...
    @property
    def fhir_id(self) -> str: ...
    @property
    def resource(self) -> Resource: ...


class Match(NamedTuple):
    """Which resource answers criteria."""

    row_id: UUID
    fhir_id: str


@query(roles=READERS, discloses=True, told="searched clinical records, yours among them", smart="*.s")
def search(ctx: Context, question: Question) -> Page:
    """What the actor may see of what answers the question. Everybody whose record is shown is told in their own.

    Raises PurposeNeeded, and Malformed for a chain that leads over too many.
    """
    insist(ctx, question.resource_type, "s")
    page = _sifted_page(ctx, question) if question.is_read else _page(ctx, question)
    included = _included(ctx, question, page.matches)
    _tell_everybody(ctx, question.resource_type, [*page.matches, *included])
    return replace(page, included=included) if included else page


@query(roles=WITHIN, discloses=True, told="found a clinical record of yours in a search")
def seen(ctx: Context, person_id: UUID, *, resource_type: str) -> None:
    """That a search showed something of this person too."""
    ctx.tell(person_id=person_id, type=resource_type)


@query(roles=WITHIN)
def matching(ctx: Context, question: Question, *, most: int) -> list[Match]:
    """Which resources answer the question, the first ones: for what looks them up to act on them."""
    insist(ctx, question.resource_type, "s")
    if question.is_read:
        return [Match(kept.row_id, kept.fhir_id) for kept in _sifted(ctx, question)[:most]]
    return [Match(row["id"], row["fhir_id"]) for row in ctx.rows(*_asked(ctx, question).page(_NAMES, most))]


@query(roles=READERS, smart="*.s")
def led(ctx: Context, question: Question) -> Question:
    """A question about what is made elsewhere, with what its chains lead to here in their place."""
    return replace(question, criteria=tuple(_led(ctx, question, criterion) for criterion in question.criteria))


@query(roles=READERS, discloses=True, told="searched clinical records, yours among them", smart="*.rs")
def beside(ctx: Context, question: Question, matches: Sequence[Referring]) -> list[Kept]:
    """What the question wants to have included with resources that were made elsewhere."""
    included = _included(ctx, question, matches)
    _tell_everybody(ctx, question.resource_type, included)
    return included


_NAMES = "SELECT resource.id, resource.fhir_id, resource.written_at"


def _page(ctx: Context, question: Question) -> Page:
    asked = _asked(ctx, question)
    found: list[dict[str, Any]] = []
    if question.summary != "count":
        found = ctx.rows(*asked.page(CURRENT, question.count + 1))
    matches = [opened(ctx.db, row) for row in found[: question.count]]
    has_more = len(found) > question.count
    total = None
    if question.total is not Total.NONE or question.summary == "count":
        total = ctx.rows(*asked.counted())[0]["total"]
    elif not question.cursor and not has_more:
        total = len(matches)
    cursor = asked.cursor(found[question.count - 1], len(matches)) if has_more else None
    return Page(question, matches, [], cursor, total)


def _sifted_page(ctx: Context, question: Question) -> Page:
    found = _sifted(ctx, question)
    if question.summary == "count":
        return Page(question, [], [], None, len(found))
    matches, cursor = sifting.page(found, question)
    return Page(question, matches, [], cursor, len(found))


def _sifted(ctx: Context, question: Question) -> list[Kept]:
    """Everything that answers a question which only the resources themselves answer, in its order.

    Raises Malformed where too many would have to be read.
    """
    asked = _asked(ctx, replace(question, sort=(), cursor=""))
    rows = ctx.rows(*asked.page(CURRENT, MOST_READ + 1))
    if len(rows) > MOST_READ:
        raise Malformed(
            f"More than {MOST_READ} resources would have to be read to sort them by this, or to look into their words: "
            "narrow it by other criteria."
        )
    return sifting.sifted([opened(ctx.db, row) for row in rows], question)


def _asked(ctx: Context, question: Question) -> Conditions:
    """The question as SQL, with what its chains lead to looked up already, and without what only words answer."""
    asked = Conditions(ctx.tenant_id, question)
    for criterion in question.criteria:
        if criterion.chained:
            asked.refers_to(criterion.parameter, _led_to(ctx, criterion))
        elif criterion.referring is not None:
            asked.is_one_of(_referred(ctx, *criterion.referring, question.resource_type))
        elif criterion.modifier not in SAID:
            asked.add(criterion)
    if not is_open(question.resource_type):
        asked.seen_by(ctx.actor, *condition(ctx.actor))
    return asked


def _led(ctx: Context, question: Question, criterion: Criterion) -> Criterion:
    if criterion.chained:
        return Criterion(criterion.parameter, tuple(_led_to(ctx, criterion)))
    if criterion.referring is not None:
        return Criterion(ITS_ID, tuple(_referred(ctx, *criterion.referring, question.resource_type)))
    return criterion


def _led_to(ctx: Context, criterion: Criterion) -> list[str]:
    """What the reference of a chain must be one of.

    Of several types that it may lead to, those are left out that the scopes of a program do not reach.
    """
    asked = [one for one in criterion.chained if reaches(ctx, one.resource_type, "s")] or criterion.chained
    return [f"{one.resource_type}/{match.fhir_id}" for one in asked for match in _followed(ctx, one)]


def _followed(ctx: Context, question: Question) -> list[Match]:
    found = matching(ctx, question, most=MOST_FOLLOWED + 1)
    if len(found) > MOST_FOLLOWED:
        raise Malformed(f"This leads over more than {MOST_FOLLOWED} resources of {question.resource_type}: narrow it.")
    return found


def _referred(ctx: Context, question: Question, by: parameters.Parameter, resource_type: str) -> set[str]:
    """Ids of the resources of a type that those which answer the question refer to."""
    insist(ctx, question.resource_type, "s")
    found = _answering(ctx, question, MOST_FOLLOWED + 1)
    if len(found) > MOST_FOLLOWED:
        raise Malformed(f"This leads over more than {MOST_FOLLOWED} resources of {question.resource_type}: narrow it.")
    inclusion = Inclusion(question.resource_type, by, resource_type)
    return {named.fhir_id for kept in found for named in _named_by(kept, inclusion)}


def _answering(ctx: Context, question: Question, most: int) -> list[Kept]:
    if question.is_read:
        return _sifted(ctx, question)
    return [opened(ctx.db, row) for row in ctx.rows(*_asked(ctx, question).page(CURRENT, most))]


def _included(ctx: Context, question: Question, matches: Sequence[Referring]) -> list[Kept]:
    wanted = {
        named: None
        for inclusion in question.includes
        for match in matches
        if match.resource_type == inclusion.resource_type
        for named in _named_by(match, inclusion)
    }
    shown = {(match.resource_type, match.fhir_id) for match in matches}
    found: dict[UUID, Kept] = {}
    for resource_type in sorted({named.resource_type for named in wanted} & TYPES):
        ids = [named.fhir_id for named in wanted if named.resource_type == resource_type]
        found |= _taken(ctx, resource_type, ids=ids)
    for inclusion in question.revincludes if matches else ():
        named_so = [f"{match.resource_type}/{match.fhir_id}" for match in matches]
        found |= _taken(ctx, inclusion.resource_type, referring=(inclusion.parameter, named_so))
    fresh = [one for one in found.values() if (one.resource_type, one.fhir_id) not in shown]
    return fresh[:MOST_INCLUDED]


def _taken(
    ctx: Context,
    resource_type: str,
    *,
    ids: Iterable[str] | None = None,
    referring: tuple[parameters.Parameter, list[str]] | None = None,
) -> dict[UUID, Kept]:
    """Resources of a type that the actor may see, by their ids or by what they refer to."""
    insist(ctx, resource_type, "rs")
    asked = _asked(ctx, Question(resource_type))
    if ids is not None:
        asked.is_one_of(ids)
    if referring is not None:
        asked.refers_to(*referring)
    return {row["id"]: opened(ctx.db, row) for row in ctx.rows(*asked.page(CURRENT, MOST_INCLUDED))}


def _named_by(match: Referring, inclusion: Inclusion) -> Iterable[Any]:
    """What a resource refers to by a parameter."""
    for value in values(match.resource, inclusion.parameter):
        for reference in references(value):
            named = target(reference)
            if named is not None and inclusion.target in {None, named.resource_type}:
                yield named


def _tell_everybody(ctx: Context, resource_type: str, shown: Iterable[Kept]) -> None:
    """One record for the search, and one more for each further person of whom it showed something."""
    persons = sorted({kept.person_id for kept in shown if kept.person_id is not None})
    ctx.tell(person_id=persons[0] if persons else None, type=resource_type)
    for person_id in persons[1:]:
        seen(ctx, person_id, resource_type=resource_type)
