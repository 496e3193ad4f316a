"""The search parameters of each type: what they are called, of what kind they are, and where their values stand.

Written after the definitions of FHIR R4 (search parameter registry). Each line is `name kind path|path`; a kind of `=`
makes the name another word for parameters that are listed above it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TOKEN = "token"  # noqa: S105
    STRING = "string"
    DATE = "date"
    REFERENCE = "reference"
    QUANTITY = "quantity"
    NUMBER = "number"
    URI = "uri"


@dataclass(frozen=True)
class Parameter:
    """One search parameter of a type. `looked_up` are the names under which its values are kept."""

    name: str
    kind: Kind
    paths: tuple[str, ...]
    looked_up: tuple[str, ...]
    targets: tuple[str, ...] = ()
    """Types that a bare id may mean."""


TARGETS: dict[str, tuple[str, ...]] = {
    "patient": ("Patient",), "subject": ("Patient", "Group", "Device", "Location"), "beneficiary": ("Patient",),
    "encounter": ("Encounter",), "organization": ("Organization",), "practitioner": ("Practitioner",),
    "location": ("Location",), "schedule": ("Schedule",), "service": ("HealthcareService",),
    "general-practitioner": ("Practitioner", "Organization", "PractitionerRole"),
    "partof": ("Organization", "Location"),
    "performer": ("Practitioner", "PractitionerRole", "Organization", "Patient"), "requester": ("Practitioner",),
    "actor": ("Patient", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "Device"),
    "participant": ("Practitioner", "PractitionerRole"), "service-provider": ("Organization",),
    "appointment": ("Appointment",), "insurer": ("Organization",), "payor": ("Organization",),
    "provider": ("Practitioner", "Organization"), "request": ("CoverageEligibilityRequest",),
    "result": ("Observation",), "based-on": ("ServiceRequest",), "questionnaire": ("Questionnaire",),
    "role": ("PractitionerRole",), "managing-organization": ("Organization",), "coverage-area": ("Location",),
}  # fmt: skip

NAMED = """
    family string name.family
    given string name.given
    name string name.family|name.given|name.text|name.prefix|name.suffix
    gender token gender
    birthdate date birthDate
    active token active
    telecom token telecom
    phone token telecom[phone]
    email token telecom[email]
"""
ADDRESSED = """
    address string address.line|address.city|address.district|address.state|address.postalCode|address.country
    address-city string address.city
    address-state string address.state
    address-postalcode string address.postalCode
    address-country string address.country
    address-use token address.use
"""
OF_PATIENT = """
    subject reference subject
    patient = subject
    encounter reference encounter
"""

_WRITTEN: dict[str, str] = {
    "Patient": NAMED + ADDRESSED + """
        deceased token deceasedBoolean
        death-date date deceasedDateTime
        language token communication.language
        general-practitioner reference generalPractitioner
        organization reference managingOrganization
        link reference link.other
    """,
    "Practitioner": NAMED + ADDRESSED + "communication token communication",
    "RelatedPerson": NAMED + ADDRESSED + "patient reference patient\nrelationship token relationship",
    "PractitionerRole": """
        active token active
        practitioner reference practitioner
        organization reference organization
        location reference location
        service reference healthcareService
        role token code
        specialty token specialty
        telecom token telecom
        date date period
    """,
    "Organization": ADDRESSED + """
        active token active
        name string name|alias
        type token type
        partof reference partOf
    """,
    "Location": ADDRESSED + """
        status token status
        name string name|alias
        type token type
        organization reference managingOrganization
        partof reference partOf
    """,
    "HealthcareService": """
        active token active
        name string name
        service-type token type
        service-category token category
        specialty token specialty
        organization reference providedBy
        location reference location
        coverage-area reference coverageArea
    """,
    "Schedule": """
        active token active
        actor reference actor
        date date planningHorizon
        service-type token serviceType
        service-category token serviceCategory
        specialty token specialty
    """,
    "Appointment": """
        status token status
        date date start
        actor reference participant.actor
        patient = actor
        practitioner = actor
        location = actor
        part-status token participant.status
        appointment-type token appointmentType
        service-type token serviceType
        service-category token serviceCategory
        specialty token specialty
        reason-code token reasonCode
        slot reference slot
        based-on reference basedOn
    """,
    "AppointmentResponse": """
        appointment reference appointment
        actor reference actor
        patient = actor
        practitioner = actor
        part-status token participantStatus
    """,
    "Encounter": """
        status token status
        class token class
        type token type
        date date period
        subject reference subject
        patient = subject
        participant reference participant.individual
        practitioner = participant
        participant-type token participant.type
        service-provider reference serviceProvider
        location reference location.location
        reason-code token reasonCode
        appointment reference appointment
        episode-of-care reference episodeOfCare
        part-of reference partOf
    """,
    "EpisodeOfCare": """
        status token status
        type token type
        date date period
        patient reference patient
        organization reference managingOrganization
        care-manager reference careManager
    """,
    "Observation": OF_PATIENT + """
        status token status
        category token category
        code token code
        component-code token component.code
        combo-code = code|component-code
        date date effectiveDateTime|effectivePeriod|effectiveInstant
        value-quantity quantity valueQuantity
        component-value-quantity quantity component.valueQuantity
        combo-value-quantity = value-quantity|component-value-quantity
        value-concept token valueCodeableConcept
        value-string string valueString
        value-date date valueDateTime|valuePeriod
        performer reference performer
        based-on reference basedOn
        has-member reference hasMember
        derived-from reference derivedFrom
        device reference device
        specimen reference specimen
    """,
    "Condition": OF_PATIENT + """
        clinical-status token clinicalStatus
        verification-status token verificationStatus
        category token category
        severity token severity
        code token code
        body-site token bodySite
        onset-date date onsetDateTime|onsetPeriod
        abatement-date date abatementDateTime|abatementPeriod
        recorded-date date recordedDate
        asserter reference asserter
    """,
    "Procedure": OF_PATIENT + """
        status token status
        category token category
        code token code
        date date performedDateTime|performedPeriod
        performer reference performer.actor
        reason-code token reasonCode
        reason-reference reference reasonReference
        based-on reference basedOn
        part-of reference partOf
        location reference location
    """,
    "MedicationRequest": OF_PATIENT + """
        status token status
        intent token intent
        category token category
        priority token priority
        code token medicationCodeableConcept
        medication reference medicationReference
        authoredon date authoredOn
        requester reference requester
    """,
    "MedicationStatement": """
        status token status
        category token category
        code token medicationCodeableConcept
        medication reference medicationReference
        effective date effectiveDateTime|effectivePeriod
        subject reference subject
        patient = subject
    """,
    "MedicationAdministration": """
        status token status
        code token medicationCodeableConcept
        effective-time date effectiveDateTime|effectivePeriod
        subject reference subject
        patient = subject
        request reference request
    """,
    "MedicationDispense": """
        status token status
        code token medicationCodeableConcept
        whenhandedover date whenHandedOver
        whenprepared date whenPrepared
        subject reference subject
        patient = subject
        prescription reference authorizingPrescription
    """,
    "Medication": """
        status token status
        code token code
        form token form
    """,
    "AllergyIntolerance": """
        clinical-status token clinicalStatus
        verification-status token verificationStatus
        type token type
        category token category
        criticality token criticality
        code token code|reaction.substance
        date date recordedDate
        onset date reaction.onset
        patient reference patient
        recorder reference recorder
    """,
    "Immunization": """
        status token status
        vaccine-code token vaccineCode
        date date occurrenceDateTime
        lot-number string lotNumber
        patient reference patient
        performer reference performer.actor
        location reference location
        encounter reference encounter
    """,
    "CarePlan": OF_PATIENT + """
        status token status
        intent token intent
        category token category
        date date period
        activity-code token activity.detail.code
        condition reference addresses
        goal reference goal
        care-team reference careTeam
        based-on reference basedOn
    """,
    "CareTeam": OF_PATIENT + """
        status token status
        category token category
        date date period
        participant reference participant.member
    """,
    "Goal": """
        lifecycle-status token lifecycleStatus
        achievement-status token achievementStatus
        category token category
        start-date date startDate
        target-date date target.dueDate
        subject reference subject
        patient = subject
    """,
    "DiagnosticReport": OF_PATIENT + """
        status token status
        category token category
        code token code
        date date effectiveDateTime|effectivePeriod
        issued date issued
        result reference result
        performer reference performer
        based-on reference basedOn
        conclusion token conclusionCode
    """,
    "DocumentReference": """
        status token status
        type token type
        category token category
        date date date
        period date context.period
        subject reference subject
        patient = subject
        encounter reference context.encounter
        author reference author
        custodian reference custodian
        contenttype token content.attachment.contentType
    """,
    "ImagingStudy": OF_PATIENT + """
        status token status
        started date started
        modality token series.modality
        bodysite token series.bodySite
    """,
    "ServiceRequest": OF_PATIENT + """
        status token status
        intent token intent
        priority token priority
        category token category
        code token code
        authored date authoredOn
        occurrence date occurrenceDateTime|occurrencePeriod
        requester reference requester
        performer reference performer
    """,
    "Specimen": """
        status token status
        type token type
        collected date collection.collectedDateTime|collection.collectedPeriod
        subject reference subject
        patient = subject
    """,
    "Claim": """
        status token status
        use token use
        priority token priority
        created date created
        patient reference patient
        provider reference provider
        insurer reference insurer
        encounter reference item.encounter
    """,
    "ExplanationOfBenefit": """
        status token status
        created date created
        patient reference patient
        provider reference provider
        claim reference claim
        coverage reference insurance.coverage
        encounter reference item.encounter
    """,
    "Coverage": """
        status token status
        type token type
        beneficiary reference beneficiary
        patient = beneficiary
        payor reference payor
        subscriber reference subscriber
        policy-holder reference policyHolder
        class-type token class.type
        class-value string class.value
    """,
    "CoverageEligibilityRequest": """
        status token status
        created date created
        patient reference patient
        provider reference provider
        enterer reference enterer
        facility reference facility
    """,
    "CoverageEligibilityResponse": """
        status token status
        outcome token outcome
        disposition string disposition
        created date created
        patient reference patient
        insurer reference insurer
        request reference request
        requestor reference requestor
    """,
    "Questionnaire": """
        status token status
        name string name
        title string title
        url uri url
        version token version
        date date date
        code token code
        publisher string publisher
    """,
    "QuestionnaireResponse": OF_PATIENT + """
        status token status
        authored date authored
        author reference author
        source reference source
        questionnaire uri questionnaire
    """,
    "PlanDefinition": """
        status token status
        name string name
        title string title
        url uri url
        version token version
        date date date
    """,
    "Task": """
        status token status
        business-status token businessStatus
        intent token intent
        priority token priority
        code token code
        authored-on date authoredOn
        modified date lastModified
        period date executionPeriod
        subject reference for
        patient = subject
        owner reference owner
        requester reference requester
        focus reference focus
        encounter reference encounter
        part-of reference partOf
        based-on reference basedOn
    """,
    "Communication": OF_PATIENT + """
        status token status
        category token category
        medium token medium
        sent date sent
        received date received
        sender reference sender
        recipient reference recipient
        based-on reference basedOn
        part-of reference partOf
    """,
    "Flag": OF_PATIENT + """
        status token status
        category token category
        code token code
        date date period
        author reference author
    """,
    "Group": """
        type token type
        actual token actual
        code token code
        member reference member.entity
        managing-entity reference managingEntity
    """,
    "Device": """
        status token status
        type token type
        device-name string deviceName.name|type.text
        manufacturer string manufacturer
        model string modelNumber
        patient reference patient
        organization reference owner
        location reference location
    """,
    "List": OF_PATIENT + """
        status token status
        code token code
        title string title
        date date date
        item reference entry.item
        source reference source
    """,
    "RiskAssessment": OF_PATIENT + """
        status token status
        date date occurrenceDateTime|occurrencePeriod
        condition reference condition
        performer reference performer
        method token method
    """,
    "Slot": """
        schedule reference schedule
        start date start
        status token status
        service-type token serviceType
        service-category token serviceCategory
        specialty token specialty
        appointment-type token appointmentType
    """,
    "Consent": """
        status token status
        scope token scope
        category token category
        date date dateTime
        period date provision.period
        patient reference patient
        actor reference provision.actor.reference
        purpose token provision.purpose
        organization reference organization
    """,
    "AuditEvent": """
        action token action
        type token type
        subtype token subtype
        outcome token outcome
        date date recorded
        agent reference agent.who
        agent-role token agent.role
        entity reference entity.what
        patient = agent|entity
        source reference source.observer
    """,
    "Provenance": """
        target reference target
        patient = target
        recorded date recorded
        agent reference agent.who
        entity reference entity.what
    """,
}  # fmt: skip

COMMON = """
    identifier token identifier
    _tag token meta.tag
    _security token meta.security
    _profile uri meta.profile
    _source uri meta.source
"""


def of(resource_type: str) -> dict[str, Parameter]:
    """The parameters of a type by name, without `_id` and `_lastUpdated`, which every type has."""
    return _PARAMETERS.get(resource_type, _OF_OTHERS)


def _read(written: str) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for line in (COMMON + written).strip().splitlines():
        if not line.strip():
            continue
        name, kind, where = line.split(maxsplit=2)
        paths, targets = tuple(where.split("|")), TARGETS.get(name, ())
        if kind == "=":
            found[name] = Parameter(name, found[paths[0]].kind, (), paths, targets)
        else:
            found[name] = Parameter(name, Kind(kind), paths, (name,), targets)
    return found


_PARAMETERS = {resource_type: _read(written) for resource_type, written in _WRITTEN.items()}
_OF_OTHERS = _read("")
