"""Who sees what: patients their own record, doctors those of their patients, administrators all, for a reason."""

from typing import Any

from salus.formats.fhir.compartments import OPEN
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.operations import insist_on_scope
from salus.shared.clinical.rules.refusals import PurposeNeeded

READERS = frozenset({Role.PATIENT, Role.DOCTOR, Role.ADMINISTRATOR, Role.SYSTEM})
WRITERS = frozenset({Role.DOCTOR, Role.ADMINISTRATOR, Role.SYSTEM})
SEES_ALL = frozenset({Role.ADMINISTRATOR, Role.SYSTEM})

ASSIGNED = """
EXISTS (SELECT FROM clinical_assignments AS assigned WHERE assigned.doctor_id = %(actor)s
        AND assigned.patient_id = resource.person_id AND assigned.ended_at IS NULL)
"""


def insist(ctx: Context, resource_type: str, verbs: str) -> None:
    """Whether the actor may do one of `verbs` (SMART's `cruds`) with this type at all, before it is asked with which.

    Raises ScopeMissing for a program whose scopes do not reach that far, and PurposeNeeded for an administrator who
    opens what is somebody's without saying why. Nobody who sees it as a patient or as a doctor needs to: whoever is
    both asks as an administrator.
    """
    insist_on_scope(ctx, resource_type, verbs)
    if ctx.actor.has(Role.ADMINISTRATOR) and resource_type not in OPEN and not ctx.purpose:
        raise PurposeNeeded


def condition(actor: Actor) -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `resource` which are not open and the actor sees, with its parameters."""
    if actor.roles & SEES_ALL:
        return "true", {}
    either = ["resource.author_id = %(actor)s"]
    if actor.has(Role.PATIENT):
        either.append("resource.person_id = %(actor)s")
    if actor.has(Role.DOCTOR):
        either.append(ASSIGNED)
    return f"({' OR '.join(either)})", {"actor": actor.id}
