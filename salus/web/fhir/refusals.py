"""How the FHIR door says no: an OperationOutcome, whatever went wrong and wherever."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.responses import Response

from salus.formats.fhir import faithful
from salus.formats.fhir.faithful import NotJson
from salus.formats.fhir.patching import NotAPatch
from salus.formats.fhir.search import NotUnderstood
from salus.kernel.errors import FreshFactorNeeded, Refusal, ScopeMissing
from salus.web.refusals import retry_headers

FHIR_JSON = "application/fhir+json"
CODES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    408: "timeout", 409: "conflict", 410: "deleted", 412: "conflict", 413: "too-long", 415: "not-supported",
    422: "processing", 429: "throttled", 500: "exception", 503: "transient",
}  # fmt: skip
"""The issue type (FHIR's required value set) that says the same as an HTTP status."""


class BadRequest(Refusal):
    status = 400
    message = "This request is not what FHIR asks for."


class NotAcceptable(BadRequest):
    status = 406
    message = "Only JSON is spoken here: ask for application/fhir+json."


class WrongMediaType(BadRequest):
    status = 415
    message = "Send JSON: application/fhir+json, or for a patch application/json-patch+json."


@contextmanager
def understood() -> Iterator[None]:
    """What cannot be read as FHIR is the caller's mistake, and refused as that."""
    try:
        yield
    except NotUnderstood as error:
        raise BadRequest(f"{error.parameter}: {error}" if error.parameter else str(error)) from None
    except NotJson as error:
        raise BadRequest(str(error)) from None
    except RecursionError:
        raise BadRequest("The body nests too deeply.") from None
    except NotAPatch as error:
        refusal = BadRequest(str(error))
        refusal.status = 422
        raise refusal from None


def outcome_of(refusal: Refusal, correlation_id: str, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The OperationOutcome that says it. Values of what was sent are never repeated."""
    code = (
        "security" if isinstance(refusal, ScopeMissing | FreshFactorNeeded) else CODES.get(refusal.status, "processing")
    )
    told = [(refusal.field, refusal.message)]
    faults = getattr(refusal, "faults", ())
    if faults:
        told = list(faults)
        code = "invariant" if refusal.status == 422 else code
    told += list((errors or {}).items())
    issues = [
        {
            "severity": "fatal" if refusal.status >= 500 else "error",
            "code": code,
            "details": {"coding": [{"system": "urn:salus:refusal", "code": refusal.code}], "text": message},
            "diagnostics": f"{message} (correlation id {correlation_id})",
            **({"expression": [where]} if where else {}),
        }
        for where, message in told
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def refuse(refusal: Refusal, correlation_id: str, errors: Mapping[str, str] | None = None) -> Response:
    body = faithful.text(outcome_of(refusal, correlation_id, errors))
    return Response(body, refusal.status, retry_headers(refusal), FHIR_JSON)
