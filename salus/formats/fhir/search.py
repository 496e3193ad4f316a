"""Searches: what was asked, read into criteria before anything is looked up (FHIR R4, 3.1.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from salus.formats.fhir import parameters
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.parameters import Kind, Parameter
from salus.formats.fhir.references import ID

MOST_PER_PAGE, USUAL_PER_PAGE = 200, 20
MOST_CRITERIA = 20
MOST_ALTERNATIVES = 100
MOST_STEPS = 5
"""Steps of one criterion: its references, and what it asks of what they lead to at last."""
MOST_TYPES = 20
"""Types that one chain may lead over, where it does not name them."""
PREFIXES = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"})
LAST_UPDATED = Parameter("_lastUpdated", Kind.DATE, (), ("_lastUpdated",))
ITS_ID = Parameter("_id", Kind.TOKEN, (), ("_id",))
MODIFIERS = {
    Kind.TOKEN: {"not", "text"}, Kind.STRING: {"exact", "contains"}, Kind.REFERENCE: {"identifier"},
    Kind.URI: set[str](), Kind.DATE: set[str](), Kind.QUANTITY: set[str](), Kind.NUMBER: set[str](),
}  # fmt: skip
SAID = frozenset({"contains", "text"})
"""Modifiers that only the words of a resource can answer."""
COMPARED = frozenset({Kind.DATE, Kind.QUANTITY, Kind.NUMBER})
"""Kinds by which resources are ordered without being read."""
SILENT = frozenset({"_format", "_pretty", "_totalMethod"})
"""What says how to answer and is read elsewhere, or changes nothing here."""


class NotUnderstood(ValueError):
    """A search that cannot mean anything. The message names the parameter and never its value."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class Total(StrEnum):
    """Whether whoever asks wants to know how many there are."""

    NONE = "none"
    ESTIMATE = "estimate"
    ACCURATE = "accurate"


@dataclass(frozen=True)
class Criterion:
    """One thing that must hold: one of `values`, or one of `chained` for what the reference leads to."""

    parameter: Parameter
    values: tuple[str, ...]
    modifier: str = ""
    chained: "tuple[Question, ...]" = ()
    """What the resource must be that the reference leads to (`patient.family`), for each type that it may be of."""
    referring: "tuple[Question, Parameter] | None" = None
    """What must refer to it, and by which parameter (`_has`)."""


@dataclass(frozen=True)
class Inclusion:
    """`_include` and `_revinclude`: of which type, by which reference, and only to (or from) which type."""

    resource_type: str
    parameter: Parameter
    target: str | None = None


@dataclass(frozen=True)
class Question:
    """A search within one type."""

    resource_type: str
    criteria: tuple[Criterion, ...] = ()
    includes: tuple[Inclusion, ...] = ()
    revincludes: tuple[Inclusion, ...] = ()
    sort: tuple[tuple[Parameter, bool], ...] = ()
    """What to order by, and whether downwards."""
    count: int = USUAL_PER_PAGE
    total: Total = Total.NONE
    summary: str = ""
    elements: tuple[str, ...] = ()
    cursor: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    """What was understood, as it was written: for the link to itself."""
    ignored: tuple[str, ...] = ()
    """Names of what was not understood and left out."""

    @property
    def is_read(self) -> bool:
        """Whether only the resources themselves tell whether they answer it, or in which order."""
        return any(criterion.modifier in SAID for criterion in self.criteria) or any(
            parameter.kind not in COMPARED and parameter is not ITS_ID for parameter, _ in self.sort
        )


@dataclass
class _Reading:
    resource_type: str
    criteria: list[Criterion] = field(default_factory=list)
    includes: list[Inclusion] = field(default_factory=list)
    revincludes: list[Inclusion] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read(resource_type: str, pairs: Iterable[tuple[str, str]], *, strict: bool = False) -> Question:
    """What was asked of this type.

    A parameter that nobody here knows is left out and named in `ignored`; where the caller wants it `strict`, it is
    refused. Raises NotUnderstood for that, and for a value or a modifier that means nothing.
    """
    reading, question = _Reading(resource_type), Question(resource_type)
    for name, value in pairs:
        if name in SILENT:
            continue
        if name in _SETTINGS:
            question = _SETTINGS[name](question, value)
        elif not _take(reading, name, value):
            if strict:
                raise NotUnderstood(f"{resource_type} has no search parameter of this name.", name)
            reading.ignored.append(name)
            continue
        if name != "_cursor":
            reading.asked.append((name, value))
    if len(reading.criteria) > MOST_CRITERIA:
        raise NotUnderstood(f"At most {MOST_CRITERIA} criteria are taken at once.", reading.asked[-1][0])
    return replace(
        question,
        criteria=tuple(reading.criteria),
        includes=tuple(reading.includes),
        revincludes=tuple(reading.revincludes),
        asked=tuple(reading.asked),
        ignored=tuple(reading.ignored),
    )


def prefixed(value: str) -> tuple[str, str]:
    """`ge2024` is (`ge`, `2024`); without a prefix it is `eq`."""
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def _take(reading: _Reading, name: str, value: str) -> bool:
    """Add what the parameter asks; False if it is not known."""
    if name in {"_include", "_revinclude", "_include:iterate", "_revinclude:iterate"}:
        inclusion = _inclusion(name, value)
        (reading.revincludes if name.startswith("_rev") else reading.includes).append(inclusion)
        return True
    found = _criterion(reading.resource_type, name, value)
    if found is not None:
        reading.criteria.append(found)
    return found is not None


def _criterion(resource_type: str, name: str, value: str, step: int = 1) -> Criterion | None:
    if step > MOST_STEPS:
        raise NotUnderstood(f"At most {MOST_STEPS} references are followed one after the other.", name)
    if name.startswith("_has:"):
        return _has(name, value, step)
    head, dot, rest = name.partition(".")
    base, _, modifier = head.partition(":")
    parameter = {"_id": ITS_ID, "_lastUpdated": LAST_UPDATED}.get(base) or parameters.of(resource_type).get(base)
    if parameter is None:
        return None
    if dot:
        return _chain(parameter, modifier, rest, value, step)
    if modifier and parameter in {ITS_ID, LAST_UPDATED}:
        raise NotUnderstood("This is asked for without a modifier.", name)
    if modifier == "missing":
        if value not in {"true", "false"}:
            raise NotUnderstood("Whether it is missing is true or false.", name)
    elif modifier and modifier not in MODIFIERS[parameter.kind] and not _is_type(parameter, modifier):
        raise NotUnderstood("This modifier is not supported here.", name)
    values = tuple(_unescaped(part) for part in re.split(r"(?<!\\),", value))
    if len(values) > MOST_ALTERNATIVES:
        raise NotUnderstood(f"At most {MOST_ALTERNATIVES} alternatives are taken at once.", name)
    if not all(values):
        raise NotUnderstood("A search parameter needs a value.", name)
    return Criterion(parameter, values, modifier)


def _chain(parameter: Parameter, modifier: str, rest: str, value: str, step: int) -> Criterion:
    """`patient.family=…`: without a type, whatever the reference may lead to and understands the rest."""
    if parameter.kind is not Kind.REFERENCE:
        raise NotUnderstood("Only a reference can be followed.", parameter.name)
    asked = []
    for target in (modifier,) if modifier else parameter.targets:
        inner = _criterion(target, rest, value, step + 1) if target in TYPES else None
        if inner is not None:
            asked.append(Question(target, (inner,)))
    if not asked:
        raise NotUnderstood(
            "Name a type that the reference leads to and one of its parameters: subject:Patient.name.", parameter.name
        )
    if sum(map(_width, asked)) > MOST_TYPES:
        raise NotUnderstood("This may lead over too many types. Name them: subject:Patient.name.", parameter.name)
    return Criterion(parameter, (), chained=tuple(asked))


def _width(question: Question) -> int:
    """How many types a chain leads over."""
    return 1 + sum(_width(inner) for criterion in question.criteria for inner in criterion.chained)


def _has(name: str, value: str, step: int) -> Criterion:
    """`_has:Observation:patient:code=…` asks for what an observation with that code refers to."""
    words = name.split(":", 3)
    by = parameters.of(words[1]).get(words[2]) if len(words) == 4 and words[1] in TYPES else None
    inner = _criterion(words[1], words[3], value, step + 1) if by is not None else None
    if by is None or inner is None or by.kind is not Kind.REFERENCE:
        raise NotUnderstood("Ask like this: _has:Observation:patient:code=1234-5.", name)
    return Criterion(ITS_ID, (), referring=(Question(words[1], (inner,)), by))


def _inclusion(name: str, value: str) -> Inclusion:
    words = value.split(":")
    parameter = parameters.of(words[0]).get(words[1]) if len(words) in {2, 3} else None
    is_kept = words[0] in TYPES or not name.startswith("_rev")
    if parameter is None or parameter.kind is not Kind.REFERENCE or not is_kept:
        raise NotUnderstood("Name a type and a reference of it, as in Observation:patient.", name)
    return Inclusion(words[0], parameter, words[2] if len(words) == 3 else None)


def _is_type(parameter: Parameter, modifier: str) -> bool:
    return parameter.kind is Kind.REFERENCE and modifier in TYPES


def _unescaped(part: str) -> str:
    return re.sub(r"\\([,|$\\])", r"\1", part)


def _count(question: Question, value: str) -> Question:
    if not value.isdigit():
        raise NotUnderstood("The number of results is a whole number.", "_count")
    counted = min(int(value), MOST_PER_PAGE)
    return replace(question, count=counted, summary="count" if counted == 0 else question.summary)


def _total(question: Question, value: str) -> Question:
    try:
        return replace(question, total=Total(value))
    except ValueError:
        raise NotUnderstood("The total is none, estimate or accurate.", "_total") from None


def _summary(question: Question, value: str) -> Question:
    if value not in {"true", "false", "text", "data", "count"}:
        raise NotUnderstood("The summary is true, false, text, data or count.", "_summary")
    return replace(question, summary="" if value == "false" else value)


def _elements(question: Question, value: str) -> Question:
    return replace(question, elements=tuple(part for part in value.split(",") if part.isalnum()))


def _sort(question: Question, value: str) -> Question:
    known = parameters.of(question.resource_type)
    order = []
    for part in value.split(","):
        name = part.removeprefix("-")
        parameter = {"_id": ITS_ID, "_lastUpdated": LAST_UPDATED}.get(name) or known.get(name)
        if parameter is None:
            raise NotUnderstood("Results are sorted by _id, _lastUpdated or a search parameter of their type.", "_sort")
        order.append((parameter, part.startswith("-")))
    return replace(question, sort=tuple(order[:3]))


def _cursor(question: Question, value: str) -> Question:
    if not re.fullmatch(r"[\w-]{1,200}", value):
        raise NotUnderstood("This is no place that we gave out.", "_cursor")
    return replace(question, cursor=value)


_SETTINGS = {
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_sort": _sort,
    "_cursor": _cursor,
}


def is_id(value: str) -> bool:
    return ID.fullmatch(value) is not None
