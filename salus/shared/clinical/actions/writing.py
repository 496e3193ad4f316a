"""Creating, changing and deleting resources: each a new version, with what it is found by, in one statement."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from salus.formats.fhir import faithful, structure
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.search import Question
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound
from salus.kernel.ids import new_id
from salus.kernel.keys import data_key
from salus.kernel.operations import WITHIN, action
from salus.shared.clinical import queries
from salus.shared.clinical.actions.treating import assign
from salus.shared.clinical.models import Clinical
from salus.shared.clinical.queries.reading import Held
from salus.shared.clinical.rules import rows
from salus.shared.clinical.rules.keeping import Kept, digest, stamped, whose
from salus.shared.clinical.rules.owners import OWNERS
from salus.shared.clinical.rules.refusals import (
    KeptElsewhere,
    Moved,
    NotAResource,
    NotOne,
    NotTheirDoctor,
    VersionDiffers,
)
from salus.shared.clinical.rules.sight import READERS, SEES_ALL, WRITERS, insist

_ALONE = "SELECT pg_advisory_xact_lock(number) FROM unnest(%(numbers)s::bigint[]) AS number"


@dataclass(frozen=True)
class Written:
    """What came of writing: the resource as it is kept, and whether it is new or was there as it should be."""

    kept: Kept
    is_new: bool = False
    is_unchanged: bool = False


@action(roles=READERS, told="added to your clinical record", smart="*.c")
def create(ctx: Context, resource: Resource, *, unless: Question | None = None, fhir_id: str | None = None) -> Written:
    """Keep a new resource, unless one answers the criteria: then that one is given back as it is.

    `fhir_id` is a UUID that was promised for it. Of several callers who create under the same criteria at once, one
    creates. A type that another module owns is made by its owner. Raises NotAResource, NotTheirDoctor, KeptElsewhere,
    or NotOne for criteria that several answer.
    """
    resource_type = _check(ctx, resource, "c")
    there = only(ctx, unless) if unless is not None else None
    if there is not None:
        return _told(ctx, Written(there.kept, is_unchanged=True))
    if resource_type in OWNERS:
        make = OWNERS[resource_type].create
        if make is None:
            raise KeptElsewhere
        return _told(ctx, Written(_as_kept(ctx, make(ctx, resource)), is_new=True))
    fhir_id = fhir_id or str(new_id())
    return _told(ctx, _insert(ctx, resource, row_id=UUID(fhir_id), fhir_id=fhir_id))


@action(roles=READERS, told="changed your clinical record", smart="*.cu")
def update(
    ctx: Context, fhir_id: str, resource: Resource, *, if_version: int | None = None, only_new: bool = False
) -> Written:
    """Replace a resource by this one, or keep it under the id that was chosen for it.

    `only_new` leaves what is there as it is, and gives that back. Raises VersionDiffers if it is not at `if_version`
    any more, NotAResource, NotTheirDoctor, KeptElsewhere, and Moved for one that would go to another patient.
    """
    resource_type = _check(ctx, resource, "u")
    there = queries.held(ctx, resource_type, fhir_id)
    if if_version is not None and (there is None or there.kept.version != if_version):
        raise VersionDiffers
    if only_new and there is not None and not there.kept.is_deletion:
        return _told(ctx, Written(there.kept, is_unchanged=True))
    if resource_type in OWNERS:
        change = OWNERS[resource_type].update
        if change is None or there is None:
            raise KeptElsewhere
        return _told(ctx, Written(_as_kept(ctx, change(ctx, fhir_id, resource))))
    if there is None:
        return _told(ctx, _insert(ctx, resource, row_id=_row_id(ctx, resource_type), fhir_id=fhir_id))
    _insist_on_patient(ctx, resource_type, there.kept.person_id, there)
    return _told(ctx, _replace(ctx, there, resource))


@action(roles=READERS, told="changed your clinical record", smart="*.cu")
def update_where(ctx: Context, criteria: Question, resource: Resource, *, fhir_id: str | None = None) -> Written:
    """Replace the one resource that answers the criteria, or create one. Raises NotOne where several do."""
    there = only(ctx, criteria)
    if there is not None:
        return update(ctx, there.kept.fhir_id, resource)
    if isinstance(resource.get("id"), str):
        return update(ctx, resource["id"], resource)
    return create(ctx, resource, fhir_id=fhir_id)


@action(roles=READERS, told="changed your clinical record", smart="*.u")
def patch(
    ctx: Context,
    resource_type: str,
    fhir_id: str,
    change: Callable[[Resource], Resource],
    *,
    if_version: int | None = None,
) -> Written:
    """Change a part of a resource: `change` makes the new one of the old, which nobody else changes meanwhile."""
    there = queries.held(ctx, resource_type, fhir_id)
    if there is None or there.kept.is_deletion:
        raise NotFound
    changed = change(faithful.parse(there.kept.content))
    if not isinstance(changed, dict) or (changed.get("resourceType"), changed.get("id")) != (resource_type, fhir_id):
        raise NotAResource([structure.Fault(f"{resource_type}.id", "A patch changes neither type nor id.")])
    return update(ctx, fhir_id, changed, if_version=if_version)


@action(roles=READERS, told="changed your clinical record", smart="*.u")
def patch_where(ctx: Context, criteria: Question, change: Callable[[Resource], Resource]) -> Written:
    """Change a part of the one resource that answers the criteria.

    Raises NotFound where none does, and NotOne where several do.
    """
    there = only(ctx, criteria)
    if there is None:
        raise NotFound
    return patch(ctx, criteria.resource_type, there.kept.fhir_id, change)


@action(roles=READERS, told="deleted from your clinical record", smart="*.d")
def remove(ctx: Context, resource_type: str, fhir_id: str, *, if_version: int | None = None) -> None:
    """Delete a resource: it is found no more, and its history stays. One that is not there is no reason to refuse.

    Nor is one that the actor may not know of: it is left alone, and the answer is the same.
    """
    insist(ctx, resource_type, "d")
    _insist_on_writer(ctx, resource_type)
    if resource_type in OWNERS:
        raise KeptElsewhere
    try:
        there = queries.held(ctx, resource_type, fhir_id)
    except NotFound:
        return
    if there is None or there.kept.is_deletion:
        return
    if if_version is not None and there.kept.version != if_version:
        raise VersionDiffers
    _insist_on_patient(ctx, resource_type, there.kept.person_id, there)
    _supersede(ctx, there, {"resourceType": resource_type}, is_deletion=True)
    ctx.tell(subject=Clinical(id=there.kept.row_id), person_id=there.kept.person_id, type=resource_type)


@action(roles=READERS, told="deleted from your clinical record", smart="*.d")
def remove_where(ctx: Context, criteria: Question) -> None:
    """Delete the one resource that answers the criteria, if one does. Raises NotOne where several do."""
    insist(ctx, criteria.resource_type, "d")
    _insist_on_writer(ctx, criteria.resource_type)
    if criteria.resource_type in OWNERS:
        raise KeptElsewhere
    there = only(ctx, criteria)
    if there is not None:
        remove(ctx, criteria.resource_type, there.kept.fhir_id)


@action(roles=WITHIN)
def only(ctx: Context, criteria: Question) -> Held | None:
    """The one resource that answers the criteria, or None. Nobody else creates under one of them until the end.

    Raises NotOne where several answer.
    """
    if not criteria.criteria:
        raise NotOne("Criteria are needed that only one resource can answer.")
    asked = {digest(ctx.tenant_id, f"{criteria.resource_type}?{name}={value}") for name, value in criteria.asked}
    # In one order, so that two who name several criteria never wait for each other.
    ctx.rows(_ALONE, {"numbers": sorted(asked)})
    matches = queries.matching(ctx, criteria, most=2)
    if len(matches) > 1:
        raise NotOne
    return queries.held(ctx, criteria.resource_type, matches[0].fhir_id) if matches else None


@action(roles=WITHIN, told="updated your clinical record")
def keep(ctx: Context, resource: Resource, *, about: UUID | None, author_id: UUID | None = None) -> Resource:
    """Write through what another module owns: the resource with this id as it is from now on.

    `about` is the person it is about; it is sealed under their key and goes when they are erased. What did not change
    becomes no new version. Gives back the resource as it is kept.
    """
    faults = structure.faults(resource)
    if faults:
        raise NotAResource(faults)
    there = queries.held(ctx, resource["resourceType"], resource["id"], is_ours=True)
    if there is None:
        written = _insert(ctx, resource, row_id=new_id(), fhir_id=resource["id"], about=about, author_id=author_id)
    else:
        written = _replace(ctx, there, resource, about=about)
    return _told(ctx, written).kept.resource


def _check(ctx: Context, resource: Resource, verbs: str) -> str:
    """The type of what may be kept at all, and by this actor for this patient."""
    resource_type: str = resource.get("resourceType", "")
    if resource_type not in TYPES:
        raise NotFound
    insist(ctx, resource_type, verbs)
    faults = structure.faults(resource)
    if faults:
        raise NotAResource(faults)
    _insist_on_writer(ctx, resource_type)
    if resource_type not in OWNERS:
        _insist_on_patient(ctx, resource_type, whose(ctx.tenant_id, resource))
    return resource_type


def _insist_on_writer(ctx: Context, resource_type: str) -> None:
    # Whether somebody may make what another module owns is for its own action to say.
    if resource_type not in OWNERS and not ctx.actor.roles & WRITERS:
        raise NotAllowed


def _insist_on_patient(ctx: Context, resource_type: str, person_id: UUID | None, there: Held | None = None) -> None:
    """Raises NotTheirDoctor for a doctor who writes about somebody they do not treat, or over what a colleague wrote
    that is about nobody."""
    if ctx.actor.roles & SEES_ALL or (there is not None and there.author_id == ctx.actor.id):
        return
    if person_id is not None:
        is_new_patient = resource_type == "Patient" and there is None
        if not is_new_patient and not queries.treats(ctx, doctor_id=ctx.actor.person_id, patient_id=person_id):
            raise NotTheirDoctor
    elif there is not None:
        raise NotTheirDoctor


def _row_id(ctx: Context, resource_type: str) -> UUID:
    """For a resource whose id the caller chose. Ids of patients are ids of people, and not theirs to choose."""
    if resource_type == "Patient" and not ctx.actor.roles & SEES_ALL:
        raise KeptElsewhere("Patients get their id here. Create one without an id.")
    return new_id()


def _insert(
    ctx: Context,
    resource: Resource,
    *,
    row_id: UUID,
    fhir_id: str,
    about: UUID | None = None,
    author_id: UUID | None = None,
) -> Written:
    stamp = stamped(resource, fhir_id=fhir_id, version=1, at=ctx.now)
    person_id = about or whose(ctx.tenant_id, stamp)
    kept = Kept(row_id, resource["resourceType"], fhir_id, 1, ctx.now, person_id, faithful.text(stamp))
    key = data_key(ctx.db, person_id or ctx.tenant_id)
    ctx.rows(*rows.first(ctx.tenant_id, kept, stamp, key=key, author_id=author_id or ctx.actor.id))
    if kept.resource_type == "Patient" and ctx.actor.has(Role.DOCTOR) and person_id is not None:
        assign(ctx, patient_id=person_id, doctor_id=ctx.actor.person_id)
    return Written(kept, is_new=True)


def _replace(ctx: Context, there: Held, resource: Resource, *, about: UUID | None = None) -> Written:
    old = there.kept
    stamp = stamped(resource, fhir_id=old.fhir_id, version=old.version, at=old.written_at)
    if not old.is_deletion and faithful.text(stamp) == old.content:
        return Written(old, is_unchanged=True)
    if (about or whose(ctx.tenant_id, stamp)) != old.person_id:
        raise Moved
    return Written(_supersede(ctx, there, resource))


def _supersede(ctx: Context, there: Held, resource: Resource, *, is_deletion: bool = False) -> Kept:
    """Put the version that was into the history, and this one in its place."""
    old = there.kept
    stamp = stamped(resource, fhir_id=old.fhir_id, version=old.version + 1, at=ctx.now)
    kept = replace(
        old, version=old.version + 1, written_at=ctx.now, content=faithful.text(stamp), is_deletion=is_deletion
    )
    ctx.rows(*rows.next_one(ctx.tenant_id, old, kept, key=data_key(ctx.db, there.sealed_for)))
    return kept


def _as_kept(ctx: Context, resource: Resource) -> Kept:
    there = queries.held(ctx, resource["resourceType"], resource["id"], is_ours=True)
    if there is None:
        raise NotFound
    return there.kept


def _told(ctx: Context, written: Written) -> Written:
    kept = written.kept
    ctx.tell(subject=Clinical(id=kept.row_id), person_id=kept.person_id, type=kept.resource_type, version=kept.version)
    return written
