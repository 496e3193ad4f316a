"""How a resource is kept: its identity, whose it is, and the numbers it is found by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from salus.formats.fhir import faithful
from salus.formats.fhir.compartments import OPEN, patients
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.indexing import WHOSE, Found, index, word
from salus.kernel.keys import blind_numbers, data_key, remember_key, unseal

PLACE = "clinical_resources|content_sealed|{}"
PLACE_OF_VERSION = "clinical_versions|content_sealed|{}"


@dataclass(frozen=True)
class Kept:
    """One version of a resource, as it is kept and sent."""

    row_id: UUID
    resource_type: str
    fhir_id: str
    version: int
    written_at: datetime
    person_id: UUID | None
    content: str
    """Its JSON, with its id and its meta; that of the version before, if this one is a deletion."""
    is_deletion: bool = False

    @cached_property
    def resource(self) -> Resource:
        found: Resource = faithful.parse(self.content)
        return found


@dataclass(frozen=True)
class Numbers:
    """What a resource is found by, as rows hold it."""

    words: frozenset[int]
    moments: frozenset[tuple[int, int, int]]
    amounts: frozenset[tuple[int, float]]


def person_of(tenant_id: UUID, fhir_id: str) -> UUID:
    """The id of the person that `Patient/<fhir_id>` is, by which their key and their rows are found."""
    try:
        return UUID(fhir_id)
    except ValueError:
        return uuid5(tenant_id, fhir_id)


def whose(tenant_id: UUID, resource: Resource) -> UUID | None:
    """The patient whose record it belongs to; None for what is about nobody, or says of nobody that it is."""
    named = next(patients(resource), None)
    return person_of(tenant_id, named.fhir_id) if named is not None else None


def is_open(resource_type: str) -> bool:
    """Whether resources of this type are open to everyone who is signed in."""
    return resource_type in OPEN


def stamped(resource: Resource, *, fhir_id: str, version: int, at: datetime) -> Resource:
    """The resource with its id and the part of its meta that the server sets."""
    meta: dict[str, Any] = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": instant(at)}
    head = {"resourceType": resource["resourceType"], "id": fhir_id, "meta": meta}
    return head | {name: value for name, value in resource.items() if name not in head}


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def digest(tenant_id: UUID, written: str) -> int:
    """The number under which a word is kept. Another tenant's number for the same word is another."""
    return digests(tenant_id, [written])[0]


def digests(tenant_id: UUID, written: Iterable[str]) -> list[int]:
    return blind_numbers(f"{tenant_id.hex}|", written)


def numbers(tenant_id: UUID, resource: Resource, person_id: UUID | None) -> Numbers:
    """What the resource is found by."""
    found: Found = index(resource)
    resource_type = resource["resourceType"]
    if person_id is not None:
        found.words.add(word(resource_type, WHOSE, str(person_id)))
    return Numbers(
        frozenset(digests(tenant_id, found.words)),
        frozenset(
            (digest(tenant_id, f"{resource_type}|{name}"), stretch.low, stretch.high) for name, stretch in found.moments
        ),
        frozenset(
            (digest(tenant_id, f"{resource_type}|{amount.parameter}|{amount.unit}"), amount.value)
            for amount in found.amounts
        ),
    )


def opened(session: Session, row: dict[str, Any]) -> Kept:
    """The resource of a row that was read together with the key it is sealed under. Raises KeyDestroyed."""
    if row["key_id"] is not None:
        remember_key(session, row["sealed_for"], row_id=row["key_id"], wrapped=row["wrapped"])
    content = unseal(data_key(session, row["sealed_for"]), row["content_sealed"], PLACE.format(row["id"])).decode()
    return Kept(
        row["id"],
        row["resource_type"],
        row["fhir_id"],
        row["version"],
        row["written_at"],
        row["person_id"],
        content,
        row["is_deletion"],
    )
