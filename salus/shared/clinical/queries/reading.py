"""Reading one resource, as it is and as it was. Plain SQL, in one round trip with its access and its key."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import data_key, unseal
from salus.kernel.operations import WITHIN, query
from salus.shared.clinical.models import Clinical
from salus.shared.clinical.rules.keeping import PLACE_OF_VERSION, Kept, is_open, opened
from salus.shared.clinical.rules.refusals import Gone
from salus.shared.clinical.rules.sight import READERS, condition, insist

CURRENT = """
SELECT resource.id, resource.resource_type, resource.fhir_id, resource.version, resource.person_id, resource.sealed_for,
       resource.written_at, resource.content_sealed, resource.deleted_at IS NOT NULL AS is_deletion,
       resource.author_id, key.id AS key_id, key.wrapped
"""
_ONE = (
    CURRENT
    + """, {sight} AS is_seen
FROM clinical_resources AS resource LEFT JOIN person_keys AS key ON key.person_id = resource.sealed_for
WHERE resource.resource_type = %(resource_type)s AND resource.fhir_id = %(fhir_id)s"""
)
_EARLIER = """
SELECT id, version, written_at, is_deletion, sealed_for, content_sealed FROM clinical_versions
WHERE resource_id = %(row_id)s AND version < %(before)s ORDER BY version DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Held:
    """A resource as it is now, also one that was deleted, for what is about to change it."""

    kept: Kept
    sealed_for: UUID
    author_id: UUID | None


class Past(NamedTuple):
    """Versions of one resource, the newest first, and whether there are earlier ones."""

    versions: list[Kept]
    has_more: bool


@query(roles=READERS, discloses=True, told="read a clinical record of yours", smart="*.r")
def read(ctx: Context, resource_type: str, fhir_id: str) -> Kept:
    """One resource as it is now, if the actor may see it. Raises Gone if it was deleted."""
    kept = _seen(ctx, resource_type, fhir_id).kept
    _tell(ctx, kept)
    if kept.is_deletion:
        raise Gone
    return kept


@query(roles=READERS, discloses=True, told="read an earlier version of a clinical record of yours", smart="*.r")
def version(ctx: Context, resource_type: str, fhir_id: str, number: int) -> Kept:
    """One version of a resource, if the actor may see the resource. Raises Gone for the one that deleted it."""
    kept = _seen(ctx, resource_type, fhir_id).kept
    _tell(ctx, kept)
    if number < kept.version:
        kept = next((one for one in _past(ctx, kept, before=number + 1, most=1) if one.version == number), kept)
    if kept.version != number:
        raise NotFound
    if kept.is_deletion:
        raise Gone
    return kept


@query(roles=READERS, discloses=True, told="read the history of a clinical record of yours", smart="*.r")
def history(ctx: Context, resource_type: str, fhir_id: str, *, most: int, before: int | None = None) -> Past:
    """The versions of a resource, the newest first, those that deleted it among them."""
    now = _seen(ctx, resource_type, fhir_id).kept
    _tell(ctx, now)
    newest = [now] if before is None or now.version < before else []
    past = _past(ctx, now, before=min(before or now.version, now.version), most=most + 1 - len(newest))
    found = newest + past
    return Past(found[:most], len(found) > most)


@query(roles=WITHIN)
def held(ctx: Context, resource_type: str, fhir_id: str, *, is_ours: bool = False) -> Held | None:
    """A resource that nobody else may change until the end; None if there is none.

    Raises NotFound where there is one that is not the actor's to know of, unless `is_ours`: Salus itself looks, to keep
    up what another module wrote.
    """
    if not is_ours:
        insist(ctx, resource_type, "cud")
    return _found(ctx, resource_type, fhir_id, lock=" FOR UPDATE OF resource", is_ours=is_ours)


def _seen(ctx: Context, resource_type: str, fhir_id: str) -> Held:
    """Raises NotFound for what is not there, or not the actor's to know of."""
    insist(ctx, resource_type, "r")
    found = _found(ctx, resource_type, fhir_id)
    if found is None:
        raise NotFound
    return found


def _found(ctx: Context, resource_type: str, fhir_id: str, *, lock: str = "", is_ours: bool = False) -> Held | None:
    sight, parameters = ("true", {}) if is_ours or is_open(resource_type) else condition(ctx.actor)
    asked = {"resource_type": resource_type, "fhir_id": fhir_id, **parameters}
    for row in ctx.rows(_ONE.format(sight=sight) + lock, asked):
        if not row["is_seen"]:
            raise NotFound
        return Held(opened(ctx.db, row), row["sealed_for"], row["author_id"])
    return None


def _past(ctx: Context, now: Kept, *, before: int, most: int) -> list[Kept]:
    rows = ctx.rows(_EARLIER, {"row_id": now.row_id, "before": before, "most": most})
    return [
        Kept(
            now.row_id, now.resource_type, now.fhir_id, row["version"], row["written_at"], now.person_id,
            unseal(
                data_key(ctx.db, row["sealed_for"]), row["content_sealed"], PLACE_OF_VERSION.format(row["id"])
            ).decode(),
            row["is_deletion"],
        )
        for row in rows
    ]  # fmt: skip


def _tell(ctx: Context, kept: Kept) -> None:
    ctx.tell(subject=Clinical(id=kept.row_id), person_id=kept.person_id, type=kept.resource_type)
