"""Scopes: what a program may ask for, and what people are told it is."""

from collections.abc import Iterable

from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.scopes import ANY, Realm, ResourceScope, among, read
from salus.kernel.actor import Role
from salus.kernel.operations import EVERYTHING, OPERATIONS

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
OFFLINE = "offline_access"
FHIR_USER = "fhirUser"
LAUNCH = "launch/patient"

WORDS = {
    OPENID: "Know that it is you.",
    PROFILE: "Read your name.",
    EMAIL: "Read your e-mail address.",
    OFFLINE: "Stay connected while you are away, for at most 30 days.",
    EVERYTHING: "Do everything that you may do here yourself.",
    FHIR_USER: "Know which entry among patients or practitioners is yours.",
    LAUNCH: "Know which medical record is yours.",
}
OF_PEOPLE = frozenset({OPENID, PROFILE, EMAIL, OFFLINE, FHIR_USER, LAUNCH})
"""Scopes that say something of the person who lets a program in. A program that acts alone has no use for them."""
USUAL = tuple(f"{realm}/{ANY}.{verbs}" for realm in Realm for verbs in ("rs", "cruds"))
"""Those for resources that are offered; whoever wants less names the type or fewer verbs."""
SERVED = TYPES | {"AuditEvent", "Consent", "Slot"}
VERBS = {"c": "add", "r": "read", "u": "change", "d": "delete", "s": "find"}
RECORDS = {
    ANY: "everything",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "AuditEvent": "entries about who did what",
    "Condition": "diagnoses",
    "Consent": "consents",
    "Coverage": "insurance",
    "DiagnosticReport": "reports",
    "Encounter": "visits",
    "Immunization": "vaccinations",
    "MedicationRequest": "prescriptions",
    "Observation": "measurements and findings",
    "Patient": "names, birth dates and addresses of patients",
    "Practitioner": "doctors",
    "Procedure": "treatments",
    "Slot": "free times",
}
"""What is kept as some types of resources, in words. Others are called by their name."""
WHERE = {
    Realm.PATIENT: "in your medical record",
    Realm.USER: "that you may see yourself",
    Realm.SYSTEM: "that it may see by itself",
}


def known() -> frozenset[str]:
    """Every scope there is. Beside those of OpenID, each covers at least one operation that somebody may ask for."""
    asked_for = (operation for operation in OPERATIONS.values() if operation.roles - {Role.SYSTEM})
    return frozenset({*WORDS, *USUAL}).union(*(operation.scopes for operation in asked_for))


def is_scope(scope: str) -> bool:
    """Whether there is such a scope: one of those, or one for a type of resources that is served here."""
    found = read(scope)
    return scope in known() if found is None else found.resource_type in {ANY, *SERVED}


def are_within(asked: Iterable[str], given: Iterable[str]) -> bool:
    """Whether whoever was given these scopes may ask for those: each is one of them, or narrower than one."""
    held = frozenset(given)
    return all(scope in held or (is_scope(scope) and _is_narrower(scope, held)) for scope in asked)


def _is_narrower(scope: str, held: frozenset[str]) -> bool:
    found = read(scope)
    return found is not None and any(wider.holds(found) for wider in among(held))


def fit(asked: Iterable[str], *, alone: bool) -> bool:
    """Whether a program that acts for a person, or `alone`, can be given all of these at once."""
    wrong = {Realm.PATIENT, Realm.USER} if alone else {Realm.SYSTEM}
    return wrong.isdisjoint(found.realm for found in among(asked))


def speaks_of_patient(scopes: Iterable[str]) -> bool:
    """Whether a program is let into one record alone, as its patient and in no other role."""
    return any(found.realm is Realm.PATIENT for found in among(scopes))


def words(scope: str) -> str:
    """What a scope lets a program do, as a sentence."""
    if scope in WORDS:
        return WORDS[scope]
    if scope in OPERATIONS:
        return f"Only this: {OPERATIONS[scope].promise}"
    found = read(scope)
    if found is not None:
        return _of_resources(found)
    module, _, kind = scope.partition(":")
    verb = "Read everything that you may read" if kind == "read" else "Do everything that you may do"
    return f"{verb} in {module.replace('_', ' ')}."


def in_words(scopes: Iterable[str]) -> list[str]:
    """One sentence a scope, the widest first; what another says already is left out."""
    given = set(scopes)
    if EVERYTHING in given:
        given &= {EVERYTHING, OFFLINE}
    last = [LAUNCH, FHIR_USER, OPENID, PROFILE, EMAIL, OFFLINE]
    order = [EVERYTHING, *(scope for scope in sorted(given) if scope not in WORDS), *last]
    return list(dict.fromkeys(words(scope) for scope in order if scope in given))


def _of_resources(scope: ResourceScope) -> str:
    verbs = [VERBS[each] for each in scope.verbs]
    done = f"{', '.join(verbs[:-1])} and {verbs[-1]}" if len(verbs) > 1 else verbs[0]
    what = RECORDS.get(scope.resource_type) or f"what is kept as {scope.resource_type}"
    return f"{done.capitalize()} {what} {WHERE[scope.realm]}."
