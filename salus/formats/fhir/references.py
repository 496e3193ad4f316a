"""References between resources: found, read and replaced."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from salus.formats.fhir.faithful import Resource

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")


class Target(NamedTuple):
    """What a reference names."""

    resource_type: str
    fhir_id: str

    def __str__(self) -> str:
        return f"{self.resource_type}/{self.fhir_id}"


def target(reference: object) -> Target | None:
    """The resource that a literal reference names, relative or absolute; None for any other (`#id`, `urn:…`)."""
    found = _LITERAL.search(reference) if isinstance(reference, str) and "?" not in reference else None
    return Target(found[1], found[2]) if found else None


def replaced(value: Any, new: Callable[[str], str]) -> Any:
    """A copy in which every reference is what `new` makes of it."""
    if isinstance(value, dict):
        return {
            key: new(inner) if key == "reference" and isinstance(inner, str) else replaced(inner, new)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [replaced(inner, new) for inner in value]
    return value


def references(value: Any) -> Iterator[str]:
    """Every reference in it, also those of contained resources."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                yield inner
            elif isinstance(inner, dict | list):
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def at(resource: Resource, path: str) -> Iterator[Any]:
    """Every value at a dotted path, through lists: `name.given` of a patient."""
    found: list[Any] = [resource]
    for word in path.split("."):
        deeper: list[Any] = []
        for value in found:
            inner = value.get(word) if isinstance(value, dict) else None
            if isinstance(inner, list):
                deeper += inner
            elif inner is not None:
                deeper.append(inner)
        found = deeper
    return iter(found)
