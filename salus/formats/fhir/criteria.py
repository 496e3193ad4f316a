"""What the values of a search mean, and whether a resource answers it: for what is looked up, and for what is made."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from salus.formats.fhir import moments
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.indexing import PRESENT, Found, amounts, folded, index, tokens, values, word
from salus.formats.fhir.moments import Stretch
from salus.formats.fhir.parameters import Kind, Parameter
from salus.formats.fhir.references import target
from salus.formats.fhir.search import ITS_ID, LAST_UPDATED, SAID, Criterion, NotUnderstood, Question, prefixed

_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?")
_DAY = 86_400_000_000
COMPARED: dict[str, Callable[[float, float, float, float], bool]] = {
    "eq": lambda low, high, from_, to: from_ >= low and to <= high,
    "ne": lambda low, high, from_, to: not (from_ >= low and to <= high),
    "gt": lambda low, high, from_, to: to > high,
    "ge": lambda low, high, from_, to: to >= low,
    "lt": lambda low, high, from_, to: from_ < low,
    "le": lambda low, high, from_, to: from_ <= high,
    "sa": lambda low, high, from_, to: from_ > high,
    "eb": lambda low, high, from_, to: to < low,
    "ap": lambda low, high, from_, to: to >= low and from_ <= high,
}
"""By prefix (FHIR R4, 3.1.1.4.6): whether what is from `from_` to `to` answers what was asked from `low` to `high`."""


class AtHand(Protocol):
    """Something that holds a resource."""

    @property
    def resource(self) -> Resource: ...


T = TypeVar("T", bound=AtHand)


class Range(NamedTuple):
    """A number that is compared: what it may mean, and the code of its unit."""

    how: str
    low: float
    high: float
    unit: str


def words(parameter: Parameter, modifier: str, value: str) -> list[str]:
    """The words that a value is found under. Raises NotUnderstood for a reference to no type."""
    if parameter.kind is Kind.STRING:
        return [f"={value}" if modifier == "exact" else folded(value)]
    if parameter.kind is not Kind.REFERENCE:
        return [value]
    if modifier == "identifier":
        return [f"identifier|{value}"]
    named = target(value)
    if named is not None:
        return [str(named)]
    targets = (modifier,) if modifier else parameter.targets
    if not targets:
        raise NotUnderstood("Say of which type the resource is: Type/id.", parameter.name)
    return [f"{resource_type}/{value}" for resource_type in targets]


def stretch(parameter: Parameter, value: str) -> tuple[str, Stretch]:
    """How a date is compared, and what it means. Raises NotUnderstood."""
    how, written = prefixed(value)
    # A plus in an address stands for a space, and a zone may begin with one.
    found = moments.stretch(re.sub(r" (\d\d:\d\d)$", r"+\1", written))
    if found is None:
        raise NotUnderstood("A date is written like 2026-11-24, a time like 2026-11-24T14:05:00Z.", parameter.name)
    if how == "ap":
        tenth = max((found.high - found.low) // 10, _DAY)
        found = Stretch(found.low - tenth, found.high + tenth)
    return how, found


def amount(parameter: Parameter, value: str) -> Range:
    """How a number is compared: 5.4 is equal to whatever rounds to it (FHIR R4, 3.1.1.4.5). Raises NotUnderstood."""
    how, rest = prefixed(value)
    written, _, unit = rest.partition("|")
    if not _NUMBER.fullmatch(written):
        raise NotUnderstood("It is compared with a number.", parameter.name)
    system, _, code = unit.partition("|")
    number, half = float(written), 0.5 * 10.0 ** -len(written.partition(".")[2])
    if "e" in written.lower() or how == "ap":
        half = abs(number) * (0.1 if how == "ap" else 0.05)
    if how not in {"eq", "ne", "ap"}:
        half = 0.0
    return Range(how, number - half, number + half, f"{system}|{code}" if system else code)


def answers(resource: Resource, question: Question) -> bool:
    """Whether a resource that is at hand answers the question, of which chains were followed already."""
    found = index(resource)
    return all(_holds(resource, found, criterion) for criterion in question.criteria)


def says(resource: Resource, criterion: Criterion) -> bool:
    """Whether one of the values stands in the middle of a string (`:contains`), or begins what the resource calls a
    code (`:text`); compared like strings."""
    wanted = [folded(value) for value in criterion.values]
    if criterion.modifier == "contains":
        said = (folded(value) for value in values(resource, criterion.parameter) if isinstance(value, str))
        return any(one in text for text in said for one in wanted)
    said = (folded(text) for value in values(resource, criterion.parameter) for text in _called(value))
    return any(text.startswith(one) for text in said for one in wanted)


def in_order(found: Iterable[T], question: Question) -> list[T]:
    """Resources at hand, in the order that is asked for."""
    ordered = list(found)
    for parameter, is_downwards in reversed(question.sort):
        ordered.sort(key=partial(_order, parameter, is_downwards), reverse=is_downwards)
    return ordered


def _order(parameter: Parameter, is_downwards: bool, one: AtHand) -> tuple[bool, Any]:
    """By what it is sorted: the least (downwards, the greatest) of what the parameter finds in it.

    For `reverse` downwards. A resource in which it finds nothing is last both ways, as in PostgreSQL's NULLS LAST.
    """
    resource = one.resource
    keys = list(_keys(resource, parameter, is_downwards))
    is_missing = not keys
    return is_missing != is_downwards, (max if is_downwards else min)(keys, default="")


def _keys(resource: Resource, parameter: Parameter, is_downwards: bool) -> Iterator[Any]:
    if parameter is ITS_ID:
        yield resource.get("id", "")
        return
    if parameter is LAST_UPDATED:
        updated = moments.stretch(resource.get("meta", {}).get("lastUpdated"))
        yield updated.low if updated else moments.NEVER
        return
    for value in values(resource, parameter):
        match parameter.kind:
            case Kind.DATE:
                found = moments.of_value(value)
                yield from [found.high if is_downwards else found.low] if found else []
            case Kind.QUANTITY | Kind.NUMBER:
                yield from (amount.value for amount in amounts(parameter.name, value) if not amount.unit)
            case Kind.TOKEN:
                yield from (token for token in tokens(value) if "|" not in token)
            case Kind.REFERENCE:
                named = target(value.get("reference")) if isinstance(value, dict) else None
                yield from [str(named)] if named else []
            case _:
                yield from [folded(value)] if isinstance(value, str) else []


def _called(value: Any) -> Iterator[str]:
    """What stands beside a code for people to read: of a concept, of its codings, and of the type of an identifier."""
    if isinstance(value, dict):
        yield from (text for text in (value.get("text"), value.get("display")) if isinstance(text, str))
        yield from (text for coding in value.get("coding", ()) for text in _called(coding))
        yield from _called(value.get("type"))


def _holds(resource: Resource, found: Found, criterion: Criterion) -> bool:
    parameter, resource_type = criterion.parameter, resource["resourceType"]
    if criterion.modifier in SAID:
        return says(resource, criterion)
    if criterion.modifier == "missing":
        is_there = any(word(resource_type, PRESENT, name) in found.words for name in parameter.looked_up)
        return is_there == (criterion.values == ("false",))
    if parameter is ITS_ID:
        return resource.get("id") in criterion.values
    if parameter.kind is Kind.DATE:
        return any(_is_then(resource, found, parameter, value) for value in criterion.values)
    if parameter.kind in {Kind.QUANTITY, Kind.NUMBER}:
        return any(_is_so_much(found, parameter, value) for value in criterion.values)
    wanted = {
        word(resource_type, name, written)
        for value in criterion.values
        for written in words(parameter, criterion.modifier, value)
        for name in parameter.looked_up
    }
    return found.words.isdisjoint(wanted) == (criterion.modifier == "not")


def _is_then(resource: Resource, found: Found, parameter: Parameter, value: str) -> bool:
    how, asked = stretch(parameter, value)
    its: Iterable[Stretch] = (moment for name, moment in found.moments if name in parameter.looked_up)
    if parameter is LAST_UPDATED:
        updated = moments.stretch(resource.get("meta", {}).get("lastUpdated"))
        its = [updated] if updated is not None else []
    return any(COMPARED[how](asked.low, asked.high, one.low, one.high) for one in its)


def _is_so_much(found: Found, parameter: Parameter, value: str) -> bool:
    asked = amount(parameter, value)
    return any(
        COMPARED[asked.how](asked.low, asked.high, one.value, one.value)
        for one in found.amounts
        if one.parameter in parameter.looked_up and one.unit == asked.unit
    )
