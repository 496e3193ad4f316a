"""Whether what came is a resource at all: what FHIR's JSON forbids everywhere, and what a type must have."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from salus.formats.fhir import moments
from salus.formats.fhir.faithful import DEEPEST, Resource
from salus.formats.fhir.references import ID


class Fault(NamedTuple):
    """What is wrong, and where (a FHIRPath of elements). Values are never repeated."""

    where: str
    message: str


MOST_FAULTS = 20
_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_DATES = re.compile(
    r"(^(birthDate|created|issued|recordedDate|authoredOn|authored|start|end|recorded|sent|received)$)|Date(Time)?$"
)
_STATES = {
    "Appointment": "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist",
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "Procedure": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "DiagnosticReport": (
        "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
    ),
    "MedicationRequest": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "Immunization": "completed entered-in-error not-done",
    "CarePlan": "draft active on-hold revoked completed entered-in-error unknown",
    "Coverage": "active cancelled draft entered-in-error",
    "CoverageEligibilityRequest": "active cancelled draft entered-in-error",
    "CoverageEligibilityResponse": "active cancelled draft entered-in-error",
    "Claim": "active cancelled draft entered-in-error",
    "ExplanationOfBenefit": "active cancelled draft entered-in-error",
    "Questionnaire": "draft active retired unknown",
    "QuestionnaireResponse": "in-progress completed amended entered-in-error stopped",
    "Flag": "active inactive entered-in-error",
    "Communication": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
}
MUST_HAVE: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("patient",),
    "Appointment": ("status", "participant"),
    "AppointmentResponse": ("appointment", "participantStatus"),
    "CarePlan": ("status", "intent", "subject"),
    "Claim": ("status", "type", "use", "patient", "created", "provider", "priority", "insurance"),
    "Communication": ("status",),
    "Condition": ("subject",),
    "Coverage": ("status", "beneficiary", "payor"),
    "CoverageEligibilityRequest": ("status", "purpose", "patient", "created", "insurer"),
    "CoverageEligibilityResponse": ("status", "purpose", "patient", "created", "request", "outcome", "insurer"),
    "DiagnosticReport": ("status", "code"),
    "DocumentReference": ("status", "content"),
    "Encounter": ("status", "class"),
    "EpisodeOfCare": ("status", "patient"),
    "Flag": ("status", "code", "subject"),
    "Goal": ("lifecycleStatus", "description", "subject"),
    "Group": ("type", "actual"),
    "ImagingStudy": ("status", "subject"),
    "Immunization": ("status", "vaccineCode", "patient"),
    "List": ("status", "mode"),
    "MedicationRequest": ("status", "intent", "subject"),
    "Observation": ("status", "code"),
    "Procedure": ("status", "subject"),
    "Provenance": ("target", "recorded", "agent"),
    "Questionnaire": ("status",),
    "QuestionnaireResponse": ("status",),
    "Schedule": ("actor",),
    "ServiceRequest": ("status", "intent", "subject"),
    "Task": ("status", "intent"),
}
"""Elements without which a resource of a type is none."""
_CODES: dict[str, dict[str, frozenset[str]]] = {
    **{resource_type: {"status": frozenset(words.split())} for resource_type, words in _STATES.items()},
    "Patient": {"gender": frozenset({"male", "female", "other", "unknown"})},
    "Practitioner": {"gender": frozenset({"male", "female", "other", "unknown"})},
}


def faults(resource: Resource) -> list[Fault]:
    """What is wrong with it, the first ones; nothing if it may be kept."""
    resource_type = resource.get("resourceType")
    if not isinstance(resource_type, str):
        return [Fault("", "A resource says its type in resourceType.")]
    found = [
        Fault(f"{resource_type}.{name}", "This is required.")
        for name in MUST_HAVE.get(resource_type, ())
        if name not in resource
    ]
    for name, codes in _CODES.get(resource_type, {}).items():
        if name in resource and (not isinstance(resource[name], str) or resource[name] not in codes):
            found.append(Fault(f"{resource_type}.{name}", f"Use one of: {', '.join(sorted(codes))}."))
    if "id" in resource and not (isinstance(resource["id"], str) and ID.fullmatch(resource["id"])):
        found.append(Fault(f"{resource_type}.id", "An id has 1 to 64 letters, digits, hyphens and points."))
    if not isinstance(resource.get("meta", {}), dict):
        found.append(Fault(f"{resource_type}.meta", "This is an object."))
    for fault in _walk(resource, resource_type, 0):
        found.append(fault)
        if len(found) >= MOST_FAULTS:
            break
    return found


def _walk(value: Any, where: str, depth: int) -> Iterator[Fault]:
    if depth > DEEPEST:
        yield Fault(where[:200], "This nests too deeply.")
    elif isinstance(value, dict):
        if not value:
            yield Fault(where, "An object must not be empty.")
        for name, inner in value.items():
            if not _NAME.fullmatch(name):
                yield Fault(where, "A property has a name that no element of FHIR has.")
                continue
            yield from _element(name, inner, f"{where}.{name}", depth)
    elif isinstance(value, str):
        if not value.strip() or "\x00" in value:
            yield Fault(where, "A string must hold something that can be seen.")
    elif value is None:
        yield Fault(where, "Leave an element out instead of giving null.")


def _element(name: str, value: Any, where: str, depth: int) -> Iterator[Fault]:
    if isinstance(value, list):
        if not value:
            yield Fault(where, "A list must not be empty.")
        for place, inner in enumerate(value):
            # In the list of a primitive's extensions, null stands for a value without any (FHIR R4, 2.6.2.3).
            if inner is None and _is_beside(name):
                continue
            yield from _walk(inner, f"{where}[{place}]", depth + 1)
        return
    if name == "reference" and not isinstance(value, str | dict):
        yield Fault(where, "A reference is a string.")
    elif isinstance(value, str) and _DATES.search(name) and moments.stretch(value) is None and "T" not in value[:1]:
        yield Fault(where, "This is no date or time.")
    yield from _walk(value, where, depth + 1)


def _is_beside(name: str) -> bool:
    return name.startswith("_") or name in {"given", "line", "prefix", "suffix"}
