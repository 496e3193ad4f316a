"""Whose record a resource belongs to: FHIR's patient compartment, and what belongs to no patient."""

from collections.abc import Iterator

from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.references import Target, at, target

SUBJECT, PATIENT = ("subject",), ("patient",)

LEADING: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "CarePlan", "CareTeam", "ClinicalImpression", "Communication", "Condition", "DiagnosticReport",
            "DocumentReference", "Encounter", "Flag", "Goal", "ImagingStudy", "List", "Media",
            "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement", "Observation",
            "Procedure", "QuestionnaireResponse", "RiskAssessment", "ServiceRequest", "Specimen",
        ),
        SUBJECT,
    ),
    **dict.fromkeys(
        (
            "AllergyIntolerance", "Claim", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "Device",
            "EpisodeOfCare", "ExplanationOfBenefit", "FamilyMemberHistory", "Immunization", "RelatedPerson",
            "SupplyDelivery",
        ),
        PATIENT,
    ),
    "Appointment": ("participant.actor",),
    "AppointmentResponse": ("actor",),
    "Coverage": ("beneficiary",),
    "Provenance": ("target",),
    "Task": ("for",),
}  # fmt: skip
"""Types of which a resource belongs to the patient that one of these elements names."""

OPEN = frozenset(
    {
        "ActivityDefinition", "Endpoint", "HealthcareService", "Location", "Medication", "Organization",
        "PlanDefinition", "Practitioner", "PractitionerRole", "Questionnaire", "Schedule", "Substance",
    }
)  # fmt: skip
"""Types that are about no patient, and open to everyone who is signed in."""

TYPES = frozenset({"Patient", "Group", *LEADING, *OPEN})


def patients(resource: Resource) -> Iterator[Target]:
    """The patients in whose compartment the resource is."""
    resource_type = resource["resourceType"]
    if resource_type == "Patient" and "id" in resource:
        yield Target("Patient", resource["id"])
    for path in LEADING.get(resource_type, ()):
        for found in at(resource, path):
            named = target(found.get("reference")) if isinstance(found, dict) else None
            if named is not None and named.resource_type == "Patient":
                yield named
