"""Everything about a patient, everything that changed within a type, and whether a resource may be kept."""

from typing import Any, NamedTuple

from salus.formats.fhir import structure
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.structure import Fault
from salus.kernel.context import Context
from salus.kernel.keys import data_key, unseal
from salus.kernel.operations import query, reaches
from salus.shared.clinical.queries.reading import CURRENT, read
from salus.shared.clinical.queries.searching import seen
from salus.shared.clinical.rules.keeping import PLACE, PLACE_OF_VERSION, Kept, is_open, opened
from salus.shared.clinical.rules.sight import READERS, condition, insist

_EVERYTHING = (
    CURRENT
    + """
FROM clinical_resources AS resource LEFT JOIN person_keys AS key ON key.person_id = resource.sealed_for
WHERE resource.person_id = %(person)s AND resource.deleted_at IS NULL AND {sight} AND resource.id > %(after)s
  AND resource.resource_type = ANY (%(types)s)
ORDER BY resource.id LIMIT %(most)s"""
)
_CHANGES = """
SELECT * FROM (
    SELECT resource.id, resource.id AS row_id, true AS is_current, resource.fhir_id, resource.version,
           resource.written_at, resource.deleted_at IS NOT NULL AS is_deletion, resource.person_id, resource.sealed_for,
           resource.content_sealed
    FROM clinical_resources AS resource WHERE resource.resource_type = %(resource_type)s AND {sight}
    UNION ALL
    SELECT past.id, resource.id, false, resource.fhir_id, past.version, past.written_at, past.is_deletion,
           past.person_id, past.sealed_for, past.content_sealed
    FROM clinical_versions AS past JOIN clinical_resources AS resource ON resource.id = past.resource_id
    WHERE resource.resource_type = %(resource_type)s AND {sight}
) AS changed ORDER BY written_at DESC, id DESC OFFSET %(skipped)s LIMIT %(most)s
"""
NIL = "00000000-0000-0000-0000-000000000000"


class Some(NamedTuple):
    """A page of resources, and whether there are more."""

    found: list[Kept]
    has_more: bool


@query(roles=READERS, discloses=True, told="read your whole clinical record", smart="*.r")
def everything(ctx: Context, fhir_id: str, *, most: int, after: str = NIL) -> Some:
    """Everything in a patient's record that the actor may see, in the order in which it was written.

    Types that the scopes of a program do not reach are left out.
    """
    patient = read(ctx, "Patient", fhir_id)
    sight, parameters = condition(ctx.actor)
    types = [resource_type for resource_type in TYPES if reaches(ctx, resource_type, "r")]
    asked = {"person": patient.person_id, "types": types, "after": after, "most": most + 1, **parameters}
    found = [opened(ctx.db, row) for row in ctx.rows(_EVERYTHING.format(sight=sight), asked)]
    ctx.tell(person_id=patient.person_id)
    return Some(found[:most], len(found) > most)


@query(roles=READERS, discloses=True, told="read what changed in clinical records, yours among them", smart="*.s")
def changes(ctx: Context, resource_type: str, *, most: int, skipped: int = 0) -> Some:
    """Every version of every resource of a type that the actor may see, the newest first."""
    insist(ctx, resource_type, "s")
    sight, parameters = ("true", {}) if is_open(resource_type) else condition(ctx.actor)
    asked = {"resource_type": resource_type, "most": most + 1, "skipped": skipped, **parameters}
    found = [_version(ctx, resource_type, row) for row in ctx.rows(_CHANGES.format(sight=sight), asked)]
    for person_id in sorted({kept.person_id for kept in found[:most] if kept.person_id is not None}):
        seen(ctx, person_id, resource_type=resource_type)
    return Some(found[:most], len(found) > most)


@query(roles=READERS, smart="*.cruds")
def validate(ctx: Context, resource: Resource) -> list[Fault]:
    """What is wrong with a resource, without keeping it."""
    return structure.faults(resource)


def _version(ctx: Context, resource_type: str, row: dict[str, Any]) -> Kept:
    place = (PLACE if row["is_current"] else PLACE_OF_VERSION).format(row["id"])
    content = unseal(data_key(ctx.db, row["sealed_for"]), row["content_sealed"], place).decode()
    return Kept(
        row["row_id"],
        resource_type,
        row["fhir_id"],
        row["version"],
        row["written_at"],
        row["person_id"],
        content,
        row["is_deletion"],
    )
