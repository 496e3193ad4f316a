"""Consents as FHIR resources, made of what was agreed whenever somebody asks for their own."""

from typing import Any
from uuid import UUID

from salus.formats.fhir.search import Question
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.shared.consent import queries
from salus.shared.consent.models import Authorisation, ConsentState
from salus.web.fhir.answering import moment
from salus.web.fhir.doors import Fhir
from salus.web.fhir.made import Made

STATUS = {
    ConsentState.ASKED: "proposed",
    ConsentState.GIVEN: "active",
    ConsentState.DECLINED: "rejected",
    ConsentState.WITHDRAWN: "inactive",
    ConsentState.EXPIRED: "inactive",
}
SCOPE = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
CATEGORY = {"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}
RECIPIENT = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}

fhir = Fhir()


def consent(found: Authorisation) -> Made:
    """One authorisation: who may have which types of data, from when to when, and what for."""
    changed_at = found.ended_at or found.given_at or found.created_at
    resource: dict[str, Any] = {
        "resourceType": "Consent",
        "id": str(found.id),
        "meta": {"lastUpdated": moment(changed_at)},
        "status": STATUS[ConsentState(found.state)],
        "scope": {"coding": [SCOPE]},
        "category": [{"coding": [CATEGORY]}],
        "patient": {"reference": f"Patient/{found.person_id}"},
        "dateTime": moment(found.given_at or found.created_at),
        "policyRule": {"text": f"The text with the SHA-256 digest {found.text_sha256}, as it was shown and signed."},
        "provision": {
            "type": "permit",
            "period": {"start": moment(found.given_at or found.created_at), "end": moment(found.expires_at)},
            "actor": [
                {
                    "role": {"coding": [RECIPIENT]},
                    "reference": {"type": "Organization", "display": found.recipient_name}
                    | {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{found.recipient_id}"}},
                }
            ],
            "purpose": [{"system": "urn:salus:purpose", "code": found.purpose}],
            "code": [
                {"coding": [{"system": "urn:salus:type", "code": code}], "text": words}
                for code, words in found.types.items()
            ],
        },
    }
    return Made(resource, changed_at)


def read(ctx: Context, resource_id: str) -> Made:
    """One consent of the actor. Raises NotFound."""
    try:
        return consent(queries.consent(ctx, UUID(resource_id)))
    except ValueError:
        raise NotFound from None


def search(ctx: Context, _: Question) -> list[Made]:
    """All consents of the actor, the newest first."""
    return [consent(found) for found in queries.consents(ctx)]


fhir.made("Consent", read=read, search=search, operations=(queries.consent, queries.consents))
