"""Records as FHIR's AuditEvents: what was done, by whom, to whose data, and whether it was refused."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from salus.formats.fhir.criteria import words
from salus.formats.fhir.references import target
from salus.formats.fhir.search import Question
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import OPERATIONS
from salus.shared.records import queries
from salus.web.fhir.answering import moment
from salus.web.fhir.doors import Fhir
from salus.web.fhir.made import Made

REST = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
PATIENT = {"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient"}
OUTCOMES = {"done": "0", "read": "0", "refused": "4"}
"""Success, and a minor failure: somebody was told no."""
URI = "urn:ietf:rfc:3986"

fhir = Fhir()


def event(record: dict[str, Any]) -> Made:
    """One record. It holds ids and codes, as the record does, and nobody's name."""
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(record["id"]),
        "meta": {"lastUpdated": moment(record["created_at"])},
        "type": REST,
        "subtype": [{"system": "urn:salus:operation", "code": record["operation"]}],
        "action": _action(record),
        "recorded": moment(record["created_at"]),
        "outcome": OUTCOMES.get(record["outcome"], "8"),
        "agent": [_agent(record)],
        "source": {"observer": {"display": "Salus"}, "site": record["channel"]},
    }
    if record["purpose"]:
        resource["purposeOfEvent"] = [{"text": record["purpose"]}]
    if entities := list(_entities(record)):
        resource["entity"] = entities
    return Made(resource, record["created_at"])


def _action(record: dict[str, Any]) -> str:
    operation = OPERATIONS.get(record["operation"])
    return "R" if operation is not None and not operation.is_action else "E"


def _agent(record: dict[str, Any]) -> dict[str, Any]:
    roles = record["actor_roles"]
    agent: dict[str, Any] = {"requestor": True}
    if roles:
        agent["role"] = [{"coding": [{"system": "urn:salus:role", "code": role}]} for role in roles]
    agent["who"] = {"display": "Salus" if "system" in roles else "Nobody signed in"}
    if record["actor_id"] is not None:
        kind = "Patient" if "patient" in roles else "Practitioner" if "doctor" in roles else None
        # Whoever is neither has no resource of a type that FHIR lets an agent be.
        agent["who"] = {"identifier": {"system": URI, "value": f"urn:uuid:{record['actor_id']}"}}
        if kind is not None:
            agent["who"] = {"reference": f"{kind}/{record['actor_id']}"}
    if record["network"]:
        agent["network"] = {"address": record["network"], "type": "2"}
    return agent


def _entities(record: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    if record["person_id"] is not None:
        found.append({"what": {"reference": f"Patient/{record['person_id']}"}, "role": PATIENT})
    if record["subject_id"] is not None:
        kind = record["facts"].get("type")
        what: dict[str, Any] = {"identifier": {"system": URI, "value": f"urn:uuid:{record['subject_id']}"}}
        if record["subject_type"] == "clinical_resources" and kind:
            what = {"reference": f"{kind}/{record['subject_id']}"}
        found.append({"what": what, "name": record["subject_type"]})
    return found


def read(ctx: Context, resource_id: str) -> Made:
    """One record that the actor may see. Raises NotFound."""
    try:
        return event(queries.audited_once(ctx, UUID(resource_id)))
    except ValueError:
        raise NotFound from None


def search(ctx: Context, question: Question) -> list[Made]:
    """The newest records that the actor may see, and those about the patients who are asked for."""
    return [event(record) for record in queries.audited(ctx, list(_patients(question)))]


def _patients(question: Question) -> Iterator[UUID]:
    for criterion in question.criteria:
        if criterion.parameter.name == "patient" and not criterion.modifier:
            named = [target(word) for value in criterion.values for word in words(criterion.parameter, "", value)]
            for patient in filter(None, named):
                # Whoever's id none of ours can have is nobody whom a record is about.
                with suppress(ValueError):
                    yield UUID(patient.fhir_id)


fhir.made("AuditEvent", read=read, search=search, operations=(queries.audited_once, queries.audited))
