"""Transactions as they came: their entries, in the order they are carried out, and how they refer to each other."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.references import ID, replaced
from salus.formats.fhir.search import Question, read
from salus.shared.clinical.rules.refusals import Dangling, Malformed

MOST_ENTRIES = 2_000
ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 3, "GET": 4, "HEAD": 4}
"""In which order the entries of a transaction are carried out (FHIR R4, 3.1.0.11.2)."""
CHANGES = frozenset({"DELETE", "PUT", "PATCH"})
_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)")


@dataclass(frozen=True)
class Entry:
    """One entry: what is to be done, and to what."""

    place: int
    method: str
    resource_type: str
    fhir_id: str
    query: str
    full_url: str
    resource: Resource | None
    unless: Question | None
    if_version: int | None
    if_none_match: str = ""
    path: tuple[str, ...] = ()
    """What stands in the address after type and id."""

    @property
    def criteria(self) -> Question:
        """What the address asks for after its question mark. Raises NotUnderstood."""
        return read(self.resource_type, pairs(self.query), strict=True)


def entries(bundle: Resource) -> list[Entry]:
    """The entries of a batch or transaction, as they stand there. Raises Malformed."""
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise Malformed("Bundle.entry is a list.")
    if len(listed) > MOST_ENTRIES:
        raise Malformed(f"A bundle has at most {MOST_ENTRIES} entries.")
    return [_entry(place, one) for place, one in enumerate(listed)]


def insist_on_one_each(listed: Sequence[Entry]) -> None:
    """Raises Malformed where two entries of a transaction change the same resource (FHIR R4, 3.1.0.11.2)."""
    changed: set[tuple[str, str]] = set()
    for entry in listed:
        named = entry.resource_type, entry.fhir_id
        if entry.fhir_id and entry.method in CHANGES:
            if named in changed:
                field = f"Bundle.entry[{entry.place}]"
                raise Malformed("Of a transaction, only one entry may change a resource.", field=field)
            changed.add(named)


def turn(entry: Entry) -> tuple[int, bool]:
    """By what entries are ordered: as FHIR has it, and of what is created the patients first, who are written about."""
    return ORDER[entry.method], entry.resource_type != "Patient"


def pairs(query: str) -> list[tuple[str, str]]:
    """What stands after the question mark of an address."""
    return parse_qsl(query, keep_blank_values=True)


def version_of(etag: str) -> int | None:
    """The version that an If-Match names; None where there is no such header. Raises Malformed."""
    if not etag:
        return None
    found = _VERSION.fullmatch(etag.strip())
    if found is None:
        raise Malformed('An If-Match is written like W/"3".')
    return int(found[1])


def linked(listed: Sequence[Entry], named: dict[str, str], look_up: Callable[[Question], str]) -> list[Entry]:
    """The entries with every reference among them led to what it means.

    `named` says what the full URLs became. `look_up` finds the one that a conditional reference means.
    """

    def new(reference: str) -> str:
        if reference in named:
            return named[reference]
        if reference.startswith("urn:"):
            raise Dangling(f"A reference leads to an entry that is not in the bundle: {reference[:60]}")
        conditional = _CONDITIONAL.fullmatch(reference)
        if conditional is None:
            return reference
        return named.setdefault(reference, look_up(read(conditional[1], pairs(conditional[2]), strict=True)))

    return [
        entry if entry.resource is None else replace(entry, resource=replaced(entry.resource, new)) for entry in listed
    ]


def _entry(place: int, one: Any) -> Entry:
    where = f"Bundle.entry[{place}]"
    request = one.get("request") if isinstance(one, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise Malformed(f"{where}.request needs a method and a url.", field=f"{where}.request")
    method, address = request.get("method"), urlsplit(request["url"])
    words = [unquote(word) for word in address.path.strip("/").split("/") if word]
    if method not in ORDER or not words:
        raise Malformed(f"{where}.request needs a method and a url.", field=f"{where}.request")
    resource = one.get("resource")
    if method in {"POST", "PUT"} and (not isinstance(resource, dict) or resource.get("resourceType") != words[0]):
        raise Malformed(f"{where}.resource is not of the type that its url names.", field=f"{where}.resource")
    fhir_id = words[1] if len(words) > 1 else ""
    is_another = method == "PUT" and fhir_id and resource.get("id", fhir_id) != fhir_id
    if is_another or (fhir_id and not ID.fullmatch(fhir_id)):
        raise Malformed(f"{where} has another id than its url, or one that is none.", field=f"{where}.request.url")
    unless = request.get("ifNoneExist")
    return Entry(
        place,
        method,
        words[0],
        fhir_id,
        address.query,
        str(one.get("fullUrl", "")),
        resource,
        read(words[0], pairs(unless), strict=True) if isinstance(unless, str) else None,
        version_of(str(request.get("ifMatch", ""))),
        str(request.get("ifNoneMatch", "")),
        tuple(words[2:]),
    )
