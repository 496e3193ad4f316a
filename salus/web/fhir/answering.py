"""How resources and bundles leave. Their JSON is put together as text: what is kept is sent as it is kept."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlencode

from starlette.responses import Response

from salus.formats.fhir import faithful
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.search import Question
from salus.formats.fhir.structure import MUST_HAVE
from salus.web.fhir.asking import AskedOfUs

SUMMARIES = {"text": frozenset({"text"}), "data": frozenset[str]()}
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ALWAYS = frozenset({"resourceType", "id", "meta"})


class Version(Protocol):
    """A version of a resource, as some module keeps it."""

    @property
    def resource_type(self) -> str: ...
    @property
    def fhir_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def written_at(self) -> datetime: ...
    @property
    def content(self) -> str: ...
    @property
    def is_deletion(self) -> bool: ...


class Page(Protocol):
    """What a search found, of which this is a part."""

    @property
    def question(self) -> Question: ...
    @property
    def matches(self) -> Sequence[Version]: ...
    @property
    def included(self) -> Sequence[Version]: ...
    @property
    def cursor(self) -> str | None: ...
    @property
    def total(self) -> int | None: ...


def resource(asked: AskedOfUs, version: Version, *, status: int = 200) -> Response:
    """A resource with its ETag; 304 without it for a caller who has this version."""
    headers = marks(version)
    if asked.request.method == "GET" and asked.if_none_match == version.version:
        return Response(status_code=304, headers=headers)
    content = trimmed(version.content, asked.request.query_params.get("_elements", ""), "")
    return Response(content, status, headers, asked.media_type())


def written(asked: AskedOfUs, version: Version, *, is_new: bool) -> Response:
    """What was written, in the form the caller prefers, with the address of its version."""
    status = 201 if is_new else 200
    headers = marks(version) | {
        "location": f"{asked.base}/{version.resource_type}/{version.fhir_id}/_history/{version.version}"
    }
    match asked.wants:
        case "minimal":
            return Response(None, status, headers, asked.media_type())
        case "OperationOutcome":
            return Response(faithful.text(well_done("It was kept.")), status, headers, asked.media_type())
    return Response(version.content, status, headers, asked.media_type())


def deleted() -> Response:
    return Response(status_code=204)


def marks(version: Version) -> dict[str, str]:
    return {
        "etag": f'W/"{version.version}"',
        "last-modified": format_datetime(version.written_at, usegmt=True),
    }


def well_done(message: str) -> Resource:
    """An OperationOutcome that says that nothing is wrong."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational", "diagnostics": message}],
    }


def searchset(asked: AskedOfUs, page: Page) -> str:
    """What a search found, with the links to itself and to the next page; what was not understood is said in it."""
    question = page.question
    here = f"{asked.base}/{question.resource_type}"
    links = [{"relation": "self", "url": _address(here, question.asked)}]
    if page.cursor is not None:
        links.append({"relation": "next", "url": _address(here, [*question.asked, ("_cursor", page.cursor)])})
    entries = [
        *(
            _entry(asked, one, "match", trimmed(one.content, ",".join(question.elements), question.summary))
            for one in page.matches
        ),
        *(_entry(asked, one, "include", one.content) for one in page.included),
    ]
    if question.ignored:
        entries.append(f'{{"resource":{_ignored(question)},"search":{{"mode":"outcome"}}}}')
    return bundle("searchset", entries, links=links, total=page.total)


def history(asked: AskedOfUs, versions: Iterable[Version], *, links: list[dict[str, str]], total: int | None) -> str:
    """Versions of resources, the newest first; a deletion is an entry without a resource."""
    entries = []
    for one in versions:
        address = f"{one.resource_type}/{one.fhir_id}"
        method = "DELETE" if one.is_deletion else "POST" if one.version == 1 else "PUT"
        request = json.dumps({"method": method, "url": address if method != "POST" else one.resource_type})
        status = {"DELETE": "204", "POST": "201", "PUT": "200"}[method]
        response = json.dumps({"status": status, "etag": f'W/"{one.version}"', "lastModified": moment(one.written_at)})
        content = "" if one.is_deletion else f'"resource":{one.content},'
        entries.append(f'{{"fullUrl":"{asked.base}/{address}",{content}"request":{request},"response":{response}}}')
    return bundle("history", entries, links=links, total=total)


def collected(asked: AskedOfUs, versions: Iterable[Version], *, links: list[dict[str, str]]) -> str:
    """Resources that were asked for together, as a searchset."""
    return bundle("searchset", [_entry(asked, one, "match", one.content) for one in versions], links=links)


def bundle(
    kind: str, entries: Sequence[str], *, links: Sequence[Mapping[str, str]] = (), total: int | None = None
) -> str:
    """A Bundle of entries that are JSON already."""
    head = f'"resourceType":"Bundle","type":"{kind}"'
    counted = f',"total":{total}' if total is not None else ""
    linked = f',"link":{json.dumps(links, ensure_ascii=False)}' if links else ""
    listed = f',"entry":[{",".join(entries)}]' if entries else ""
    return f"{{{head}{counted}{linked}{listed}}}"


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def trimmed(content: str, elements: str, summary: str) -> str:
    """Only what was asked for of a resource and what it cannot be without, marked as not the whole of it."""
    wanted = {part.partition(".")[0] for part in elements.split(",") if part}
    if not wanted and summary in {"", "true", "count"}:
        return content
    found: Resource = faithful.parse(content)
    if summary == "data":
        found.pop("text", None)
    else:
        kept = ALWAYS | wanted | SUMMARIES.get(summary, frozenset()) | {*MUST_HAVE.get(found["resourceType"], ())}
        found = {name: value for name, value in found.items() if name.removeprefix("_") in kept}
    found["meta"] = found.get("meta", {}) | {"tag": [*found.get("meta", {}).get("tag", []), SUBSETTED]}
    return faithful.text(found)


def _entry(asked: AskedOfUs, one: Version, mode: str, content: str) -> str:
    address = f"{asked.base}/{one.resource_type}/{one.fhir_id}"
    return f'{{"fullUrl":"{address}","resource":{content},"search":{{"mode":"{mode}"}}}}'


def _ignored(question: Question) -> str:
    told: list[dict[str, str]] = [
        {"severity": "warning", "code": "not-supported", "diagnostics": f"Not understood, and left out: {name[:100]}"}
        for name in question.ignored
    ]
    return faithful.text({"resourceType": "OperationOutcome", "issue": told})


def _address(here: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{here}?{query}" if query else here
