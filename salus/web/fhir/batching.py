"""Bundles of requests, and of the answers to them."""

import json
from collections.abc import Iterable
from http import HTTPStatus

from starlette.responses import Response

from salus.formats.fhir import faithful
from salus.formats.fhir.faithful import Resource
from salus.kernel.errors import Refusal
from salus.web.fhir.answering import Version, bundle, moment
from salus.web.fhir.asking import AskedOfUs
from salus.web.fhir.refusals import BadRequest, outcome_of

ANSWERED = {"transaction": "transaction-response", "batch": "batch-response"}


def bundle_of(asked: AskedOfUs) -> Resource:
    """The batch or transaction that was sent. Raises BadRequest for anything else."""
    found = asked.resource
    if found["resourceType"] != "Bundle" or found.get("type") not in ANSWERED:
        raise BadRequest("Send a Bundle of type transaction or batch.")
    return found


def answered(asked: AskedOfUs, kind: str, entries: Iterable[str]) -> Response:
    return Response(bundle(ANSWERED[kind], list(entries)), media_type=asked.media_type())


def of_version(asked: AskedOfUs, version: Version, *, status: int) -> str:
    """The answer to an entry that wrote or read a resource, with it unless the caller wants less."""
    response = {
        "status": _status(status),
        "location": f"{asked.base}/{version.resource_type}/{version.fhir_id}/_history/{version.version}",
        "etag": f'W/"{version.version}"',
        "lastModified": moment(version.written_at),
    }
    content = "" if asked.wants == "minimal" else f'"resource":{version.content},'
    return f'{{{content}"response":{json.dumps(response)}}}'


def of_bundle(found: str) -> str:
    """The answer to an entry that searched."""
    return f'{{"resource":{found},"response":{{"status":"{_status(200)}"}}}}'


def of_deletion() -> str:
    return f'{{"response":{{"status":"{_status(204)}"}}}}'


def of_refusal(refusal: Refusal, correlation_id: str) -> str:
    """The answer to an entry of a batch that was refused."""
    outcome = outcome_of(refusal, correlation_id)
    return faithful.text({"response": {"status": _status(refusal.status), "outcome": outcome}})


def _status(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
