"""The CapabilityStatement: what this server can do, made of the same tables that it works by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salus.formats.fhir import parameters
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.parameters import Kind
from salus.web.fhir.answering import moment

READ = ("read", "search-type")
HISTORY = ("vread", "history-instance", "history-type")
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
EVERY_TYPE = (("_id", "token"), ("_lastUpdated", "date"))


@dataclass(frozen=True)
class Served:
    """What can be done with one type."""

    resource_type: str
    is_kept: bool = True
    """Whether versions of it are kept; else it is made when it is asked for, and can only be read."""
    writing: tuple[str, ...] = ()


def statement(base: str, types: Iterable[Served], *, endpoints: Mapping[str, str], at: datetime) -> Resource:
    """What is understood at `base`. `endpoints` are those of OAuth, where programs are let in."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": moment(at),
        "kind": "instance",
        "software": {"name": "Salus"},
        "implementation": {"description": "Salus", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/json"],
        "patchFormat": ["application/json-patch+json", "application/merge-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(endpoints),
                "resource": [_resource(one) for one in sorted(types, key=lambda one: one.resource_type)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _security(endpoints: Mapping[str, str]) -> dict[str, Any]:
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
        "code": "SMART-on-FHIR",
        "display": "SMART-on-FHIR",
    }
    uris = [{"url": name, "valueUri": address} for name, address in endpoints.items()]
    return {
        "cors": False,
        "service": [{"coding": [coding], "text": "OAuth 2.0 with the scopes of SMART on FHIR"}],
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
    }


def _resource(served: Served) -> dict[str, Any]:
    known = parameters.of(served.resource_type).values()
    references = [f"{served.resource_type}:{one.name}" for one in known if one.kind is Kind.REFERENCE]
    interactions = [*READ, *(HISTORY if served.is_kept else ()), *served.writing]
    told: dict[str, Any] = {
        "type": served.resource_type,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if served.is_kept else "no-version",
        "readHistory": served.is_kept,
        "updateCreate": "update" in served.writing,
        "conditionalCreate": "create" in served.writing,
        "conditionalRead": "not-match",
        "conditionalUpdate": "update" in served.writing,
        "conditionalDelete": "single" if "delete" in served.writing else "not-supported",
        "searchParam": [
            *({"name": name, "type": kind} for name, kind in EVERY_TYPE),
            *({"name": one.name, "type": str(one.kind)} for one in known),
        ],
    }
    if references:
        told["searchInclude"] = references
    return told
