"""Searching: criteria become joins over numbers, so that PostgreSQL can use its indexes under row-level security."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from salus.formats.fhir import parameters
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.references import at, references, target
from salus.formats.fhir.search import Inclusion, Question, Total
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.clinical.queries.reading import CURRENT
from salus.shared.clinical.rules.conditions import Conditions
from salus.shared.clinical.rules.keeping import Kept, is_open, opened
from salus.shared.clinical.rules.refusals import Malformed
from salus.shared.clinical.rules.sight import READERS, condition, insist

MOST_FOLLOWED = 1000
"""Resources that a chain may lead over. A question that leads over more is to be narrowed."""
MOST_INCLUDED = 1000


@dataclass(frozen=True)
class Page:
    """What a search found: those that match in their order, those that go with them, and where it goes on."""

    question: Question
    matches: list[Kept]
    included: list[Kept]
    cursor: str | None = None
    total: int | None = None


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
    included = _included(ctx, question, matches)
    _tell_everybody(ctx, question.resource_type, [*matches, *included])
    cursor = asked.cursor(found[question.count - 1], len(matches)) if has_more else None
    return Page(question, matches, included, cursor, total)


@query(roles=WITHIN, discloses=True, told="found a clinical record of yours in a search")
def seen(ctx: Context, person_id: UUID, *, resource_type: str) -> None:
    """That a search showed something of this person too."""
    ctx.tell(person_id=person_id, type=resource_type)


@query(roles=WITHIN)
def matching(ctx: Context, question: Question, *, most: int) -> list[Match]:
    """Which resources answer the question, the first ones: for what looks them up to act on them."""
    insist(ctx, question.resource_type, "s")
    return [Match(row["id"], row["fhir_id"]) for row in ctx.rows(*_asked(ctx, question).page(_NAMES, most))]


_NAMES = "SELECT resource.id, resource.fhir_id, resource.written_at"


def _asked(ctx: Context, question: Question) -> Conditions:
    """The question as SQL, with what its chains lead to looked up already."""
    asked = Conditions(ctx.tenant_id, question)
    for criterion in question.criteria:
        if criterion.chained is not None:
            named = [
                f"{criterion.chained.resource_type}/{match.fhir_id}" for match in _followed(ctx, criterion.chained)
            ]
            asked.refers_to(criterion.parameter, named)
        elif criterion.referring is not None:
            asked.is_one_of(_referred(ctx, *criterion.referring, question.resource_type))
        else:
            asked.add(criterion)
    if not is_open(question.resource_type):
        asked.seen_by(ctx.actor, *condition(ctx.actor))
    return asked


def _followed(ctx: Context, question: Question) -> list[Match]:
    found = matching(ctx, question, most=MOST_FOLLOWED + 1)
    if len(found) > MOST_FOLLOWED:
        raise Malformed(f"This leads over more than {MOST_FOLLOWED} resources of {question.resource_type}: narrow it.")
    return found


def _referred(ctx: Context, question: Question, by: parameters.Parameter, resource_type: str) -> set[str]:
    """Ids of the resources of a type that those which answer the question refer to."""
    insist(ctx, question.resource_type, "s")
    rows = ctx.rows(*_asked(ctx, question).page(CURRENT, MOST_FOLLOWED + 1))
    if len(rows) > MOST_FOLLOWED:
        raise Malformed(f"This leads over more than {MOST_FOLLOWED} resources of {question.resource_type}: narrow it.")
    inclusion = Inclusion(question.resource_type, by, resource_type)
    return {named.fhir_id for row in rows for named in _named_by(opened(ctx.db, row), inclusion)}


def _included(ctx: Context, question: Question, matches: Sequence[Kept]) -> list[Kept]:
    wanted = {
        named: None
        for inclusion in question.includes
        for match in matches
        if match.resource_type == inclusion.resource_type
        for named in _named_by(match, inclusion)
    }
    shown = {match.row_id for match in matches}
    found: dict[UUID, Kept] = {}
    for resource_type in sorted({named.resource_type for named in wanted} & TYPES):
        ids = [named.fhir_id for named in wanted if named.resource_type == resource_type]
        found |= _taken(ctx, resource_type, ids=ids)
    for inclusion in question.revincludes if matches else ():
        named_so = [f"{match.resource_type}/{match.fhir_id}" for match in matches]
        found |= _taken(ctx, inclusion.resource_type, referring=(inclusion.parameter, named_so))
    return [one for row_id, one in found.items() if row_id not in shown][:MOST_INCLUDED]


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


def _named_by(match: Kept, inclusion: Inclusion) -> Iterable[Any]:
    """What a resource refers to by a parameter."""
    known = parameters.of(match.resource_type)
    for name in inclusion.parameter.looked_up:
        for path in known[name].paths:
            for value in at(match.resource, path):
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
