"""Scopes of SMART on FHIR: which types of resources a program may read or write, and in whose name.

Both ways of writing them are understood: `patient/Observation.read` (SMART App Launch 1.0) and `patient/Observation.rs`
(2.2, "Scopes for requesting FHIR Resources"). Those that narrow a type by a search (`Observation.rs?category=…`) are
not, and no scope of ours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_WRITTEN = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]{2,39})\.(read|write|\*|(?=[cruds])c?r?u?d?s?)")
_VERBS = {"read": "rs", "write": "cud", "*": "cruds"}
ANY = "*"


class Realm(StrEnum):
    """In whose name a program asks."""

    PATIENT = "patient"
    """The patient whose record is open: with us always the person who let the program in."""
    USER = "user"
    """The person who let the program in, whatever they may."""
    SYSTEM = "system"
    """The program itself."""


@dataclass(frozen=True)
class ResourceScope:
    """What one scope allows: of a type, or of `*`, to create, read, update, delete and search (`cruds`)."""

    realm: Realm
    resource_type: str
    verbs: str

    def holds(self, other: "ResourceScope") -> bool:
        """Whether whoever has this one has the other as well."""
        is_wider = self.resource_type in {ANY, other.resource_type}
        return self.realm is other.realm and is_wider and set(other.verbs) <= set(self.verbs)

    def covers(self, resource_type: str, verbs: str) -> bool:
        """Whether it allows one of `verbs` for a type; for `*`, for any type at all."""
        is_of_type = ANY in {resource_type, self.resource_type} or resource_type == self.resource_type
        return is_of_type and not set(verbs).isdisjoint(self.verbs)


@lru_cache(maxsize=1024)
def read(scope: str) -> ResourceScope | None:
    """What a scope allows; None for one that says nothing of resources."""
    found = _WRITTEN.fullmatch(scope)
    return ResourceScope(Realm(found[1]), found[2], _VERBS.get(found[3], found[3])) if found else None


def among(scopes: Iterable[str]) -> list[ResourceScope]:
    """Those of these scopes that speak of resources."""
    return [found for found in map(read, scopes) if found is not None]


def cover(scopes: Iterable[str], resource_type: str, verbs: str) -> bool:
    """Whether one of these scopes allows one of `verbs` for a type."""
    return any(scope.covers(resource_type, verbs) for scope in among(scopes))
