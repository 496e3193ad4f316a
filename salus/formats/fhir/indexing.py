"""What a resource can be found by: words, moments and quantities, taken from it by its type's search parameters."""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from salus.formats.fhir import moments, parameters
from salus.formats.fhir.faithful import Decimal, Resource
from salus.formats.fhir.moments import Stretch
from salus.formats.fhir.parameters import Kind, Parameter
from salus.formats.fhir.references import at, target

LONGEST_PREFIX = 24
"""Letters of a string that a search may begin with. Longer ones must be the whole of it."""
ANY = "any"
"""The word of every resource of a type."""
WHOSE = "whose"
"""The word of every resource in somebody's compartment."""
PRESENT = "present"
_FILTERED = re.compile(r"(.+)\[(\w+)\]$")


class Amount(NamedTuple):
    """A number with the code of its unit; the empty string for none."""

    parameter: str
    value: float
    unit: str


@dataclass
class Found:
    """What one resource is found by. Words are plain here: whoever keeps them keeps keyed digests only."""

    words: set[str] = field(default_factory=set)
    moments: set[tuple[str, Stretch]] = field(default_factory=set)
    amounts: set[Amount] = field(default_factory=set)


def index(resource: Resource) -> Found:
    """Everything by which the resource can be found."""
    resource_type = resource["resourceType"]
    found = Found()
    found.words.add(word(resource_type, ANY, ""))
    for parameter in parameters.of(resource_type).values():
        before = len(found.words) + len(found.moments) + len(found.amounts)
        for path in parameter.paths:
            for value in _values(resource, path):
                _add(found, resource_type, parameter, value)
        if parameter.paths and len(found.words) + len(found.moments) + len(found.amounts) > before:
            found.words.add(word(resource_type, PRESENT, parameter.name))
    return found


def word(resource_type: str, name: str, value: str) -> str:
    return f"{resource_type}|{name}|{value}"


def values(resource: Resource, parameter: Parameter) -> Iterator[Any]:
    """What stands in the resource where the parameter looks, as it is there."""
    known = parameters.of(resource["resourceType"])
    for name in parameter.looked_up:
        for path in known[name].paths:
            yield from _values(resource, path)


def folded(text: str) -> str:
    """How strings are compared: without case, accents and runs of spaces (FHIR R4, 3.1.1.4.8)."""
    plain = (
        text
        if text.isascii()
        else "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    )
    return " ".join(plain.casefold().split())


def _values(resource: Resource, path: str) -> Iterator[Any]:
    filtered = _FILTERED.match(path)
    if filtered is None:
        return at(resource, path)
    return (
        value for value in at(resource, filtered[1]) if isinstance(value, dict) and value.get("system") == filtered[2]
    )


def _add(found: Found, resource_type: str, parameter: Parameter, value: Any) -> None:
    name = parameter.name
    if parameter.kind is Kind.TOKEN:
        found.words.update([word(resource_type, name, token) for token in tokens(value)])
    elif parameter.kind is Kind.STRING:
        found.words.update(_beginnings(word(resource_type, name, ""), value))
    elif parameter.kind is Kind.REFERENCE:
        found.words.update([word(resource_type, name, reference) for reference in _named(value)])
    elif parameter.kind is Kind.URI:
        found.words.add(word(resource_type, name, str(value)))
    elif parameter.kind is Kind.DATE:
        stretch = moments.of_value(value)
        if stretch is not None:
            found.moments.add((name, stretch))
    else:
        found.amounts.update(amounts(name, value))


def tokens(value: Any) -> Iterator[str]:
    """`code`, `system|code`, `system|` and, where there is no system, `|code`: every way a token may be asked for."""
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield from _token("", value)
    elif isinstance(value, dict):
        for coding in value.get("coding", ()):
            yield from tokens(coding)
        code = value.get("code", value.get("value"))
        if isinstance(code, str):
            yield from _token(value.get("system", ""), code)


def _token(system: Any, code: str) -> Iterator[str]:
    yield code
    yield f"{system}|{code}"
    if system:
        yield f"{system}|"


def _beginnings(named: str, value: Any) -> list[str]:
    """The words of a string: as it is, the whole of it folded, and everything that a search may begin with."""
    if not isinstance(value, str):
        return []
    plain = named + folded(value)
    first, last = len(named) + 1, min(len(plain), len(named) + LONGEST_PREFIX)
    return [f"{named}={value}", plain, *[plain[:length] for length in range(first, last + 1)]]


def _named(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    named = target(value.get("reference"))
    if named is not None:
        yield str(named)
    identifier = value.get("identifier")
    if isinstance(identifier, dict):
        yield from (f"identifier|{token}" for token in tokens(identifier))


def _float(number: Decimal | int) -> float:
    """Near enough to be compared: what no float reaches is infinite."""
    try:
        return float(number)
    except OverflowError:
        return -math.inf if str(number).startswith("-") else math.inf


def amounts(name: str, value: Any) -> Iterator[Amount]:
    """A number under its parameter, once for every way to write its unit and once without."""
    number = value.get("value") if isinstance(value, dict) else value
    if isinstance(number, Decimal | int) and not isinstance(number, bool):
        amount = _float(number)
        units = {
            "",
            *((str(value[key]) for key in ("code", "unit") if key in value) if isinstance(value, dict) else ()),
        }
        if isinstance(value, dict) and "system" in value and "code" in value:
            units.add(f"{value['system']}|{value['code']}")
        yield from (Amount(name, amount, unit) for unit in units)
