"""Coverage and eligibility as FHIR R4 writes them (hl7.org/fhir/R4: coverage, coverageeligibilityrequest, …response).

Two audiences: an insurer is asked by what it knows itself, a member number and its own payer code, and by nothing else;
here, resources refer to each other by the ids that they have here.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from salus.shared.insurance.models import Because, Check, CheckState, Coverage, Insurer, Service

Resource = dict[str, Any]

BENEFITS = "http://terminology.hl7.org/CodeSystem/ex-benefitcategory"
IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
URI = "urn:ietf:rfc:3986"
PURPOSES = ["validation", "benefits", "auth-requirements"]


def question_resource(
    *, question_id: UUID, member_number: str, payer_code: str, service: Service, on_day: date, asked_at: datetime
) -> Resource:
    """A CoverageEligibilityRequest for the insurer's eyes. It tells nothing of the person but the member number."""
    member = {"type": _identifier_type("MB"), "value": member_number}
    return {
        "resourceType": "CoverageEligibilityRequest",
        "id": str(question_id),
        "identifier": [{"system": URI, "value": str(question_id)}],
        "status": "active",
        "purpose": PURPOSES,
        "patient": {"type": "Patient", "identifier": member},
        "servicedDate": on_day.isoformat(),
        "created": _moment(asked_at),
        "insurer": {"type": "Organization", "identifier": {"value": payer_code}},
        "insurance": [{"focal": True, "coverage": {"type": "Coverage", "identifier": member}}],
        "item": [{"category": _category(service)}],
    }


def coverage_resource(coverage: Coverage, insurer: Insurer, *, member_number: str, plan: str | None) -> Resource:
    """A Coverage, about a person known here."""
    resource: Resource = {
        "resourceType": "Coverage",
        "id": str(coverage.id),
        "identifier": [{"type": _identifier_type("MB"), "value": member_number}],
        "status": "cancelled" if coverage.removed_at else "active",
        "subscriberId": member_number,
        "beneficiary": _reference("Patient", coverage.person_id),
        "payor": [_insurer(insurer)],
    }
    if coverage.valid_from or coverage.valid_until:
        bounds = {"start": coverage.valid_from, "end": coverage.valid_until}
        resource["period"] = {name: day.isoformat() for name, day in bounds.items() if day}
    if plan:
        resource["class"] = [
            {
                "type": {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "plan"},
                    ]
                },
                "value": plan,
            }
        ]
    return resource


def request_resource(check: Check, insurer: Insurer) -> Resource:
    """A CoverageEligibilityRequest, about a person known here. It has the check's id, and so has the answer to it."""
    return {
        "resourceType": "CoverageEligibilityRequest",
        "id": str(check.id),
        "status": "active",
        "purpose": PURPOSES,
        "patient": _reference("Patient", check.person_id),
        "servicedDate": check.on_day.isoformat(),
        "created": _moment(check.created_at),
        "insurer": _insurer(insurer),
        "insurance": [{"focal": True, "coverage": _reference("Coverage", check.coverage_id)}],
        "item": [{"category": _category(check.service)}],
    }


def response_resource(check: Check, insurer: Insurer, *, disposition: str | None) -> Resource:
    """The CoverageEligibilityResponse to a check as it stands: `queued` while the insurer has not said."""
    resource: Resource = {
        "resourceType": "CoverageEligibilityResponse",
        "id": str(check.id),
        "status": "active",
        "purpose": PURPOSES,
        "patient": _reference("Patient", check.person_id),
        "servicedDate": check.on_day.isoformat(),
        "created": _moment(check.checked_at or check.created_at),
        "request": _reference("CoverageEligibilityRequest", check.id),
        "outcome": OUTCOMES[check.state],
        "insurer": _insurer(insurer),
    }
    if disposition:
        resource["disposition"] = disposition
    if check.state is CheckState.UNKNOWN:
        resource["error"] = [{"code": {"text": check.because.value}}]
    if check.state in {CheckState.ELIGIBLE, CheckState.NOT_ELIGIBLE}:
        resource["insurance"] = [_insurance(check)]
    return resource


OUTCOMES = {
    CheckState.PENDING: "queued",
    CheckState.ELIGIBLE: "complete",
    CheckState.NOT_ELIGIBLE: "complete",
    CheckState.UNKNOWN: "error",
}


def _insurance(check: Check) -> Resource:
    in_force = check.because is not Because.NOT_IN_FORCE
    insurance: Resource = {"coverage": _reference("Coverage", check.coverage_id), "inforce": in_force}
    if in_force:
        insurance["item"] = [
            {
                "category": _category(check.service),
                "excluded": check.because is Because.NOT_COVERED,
                "authorizationRequired": check.needs_authorization,
            }
        ]
    return insurance


def _category(service: Service) -> Resource:
    return {"coding": [{"system": BENEFITS, "code": service.value}]}


def _identifier_type(code: str) -> Resource:
    return {"coding": [{"system": IDENTIFIER_TYPES, "code": code}]}


def _reference(kind: str, its: UUID) -> Resource:
    return {"reference": f"{kind}/{its}"}


def _insurer(insurer: Insurer) -> Resource:
    """Insurers are no resources here: they are named as they are known everywhere."""
    return {"type": "Organization", "identifier": {"value": insurer.payer_code}, "display": insurer.name}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
