"""A request at the FHIR door, before anything was checked."""

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from salus.formats.fhir import faithful, parameters, patching
from salus.formats.fhir.faithful import Resource
from salus.formats.fhir.patching import Change
from salus.formats.fhir.search import Question, read
from salus.kernel.errors import NotFound
from salus.kernel.settings import settings
from salus.web.fhir.refusals import FHIR_JSON, BadRequest, NotAcceptable, WrongMediaType
from salus.web.security import SAFE_METHODS

JSON = frozenset({"application/fhir+json", "application/json", "text/json", "json", "application/json+fhir"})
MOST_PAIRS = 200
FORM = "application/x-www-form-urlencoded"
_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')
_PREFERENCE = re.compile(r"(return|handling)\s*=\s*([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class AskedOfUs:
    """What was asked, with everything that FHIR reads of a request."""

    request: Request
    body: bytes

    @property
    def kind(self) -> str:
        found: str = self.request.path_params["kind"]
        return found

    @property
    def resource_id(self) -> str:
        found: str = self.request.path_params["resource_id"]
        return found

    @property
    def version_id(self) -> int:
        """Raises NotFound for what no version is called."""
        written = self.request.path_params["version_id"]
        if not written.isdecimal() or len(written) > 9:
            raise NotFound
        return int(written)

    @property
    def base(self) -> str:
        """The address of this door, as the caller reached it."""
        return f"{urlsplit(settings().url).scheme}://{self.request.url.netloc}/fhir"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What stands in the address, and in the form of a search that was posted. Raises WrongMediaType."""
        found = _pairs(self.request.url.query)
        if self.request.method == "POST" and self.body:
            if self._media_type("content-type") != FORM:
                raise WrongMediaType(f"A search is posted as {FORM}.")
            found += _pairs(self.body.decode(errors="replace"))
        return found

    @property
    def is_strict(self) -> bool:
        return self._preferences.get("handling") == "strict"

    @property
    def wants(self) -> str:
        """What is to come back of something written: `minimal`, `representation` or `OperationOutcome`."""
        return self._preferences.get("return", "representation")

    @property
    def if_version(self) -> int | None:
        """The version that If-Match names. Raises BadRequest for one that no version of ours has."""
        return _version(self.request.headers.get("if-match"))

    @property
    def if_none_match(self) -> int | None:
        return _version(self.request.headers.get("if-none-match"))

    @property
    def unless(self) -> Question | None:
        """The criteria of a conditional create: FHIR's header, or as some clients do it the address itself."""
        written = self.request.headers.get("if-none-exist") or self.request.url.query
        pairs = [pair for pair in _pairs(written) if pair[0] not in {"_format", "_pretty"}]
        return read(self.kind, pairs, strict=True) if pairs else None

    @property
    def criteria(self) -> Question:
        """What the address of a conditional update asks for."""
        return read(self.kind, self.pairs, strict=True)

    def number(self, name: str) -> int | None:
        """A whole number of the address, like `_count`. Raises BadRequest for what is none."""
        written = self.request.query_params.get(name)
        if written is None:
            return None
        if not written.isdecimal() or len(written) > 9:
            raise BadRequest(f"{name} is a whole number.")
        return int(written)

    def row(self, name: str) -> str | None:
        """An id of ours in the address. Raises BadRequest for what is none."""
        written = self.request.query_params.get(name)
        try:
            return str(UUID(written)) if written is not None else None
        except ValueError:
            raise BadRequest(f"{name} is no place that we gave out.") from None

    def about(self, patient: str) -> Question:
        """A search within a patient's compartment. Raises NotFound for a type that has no place in one."""
        if "patient" not in parameters.of(self.kind):
            raise NotFound
        return read(self.kind, [*self.pairs, ("patient", patient)], strict=self.is_strict)

    @property
    def question(self) -> Question:
        return read(self.kind, self.pairs, strict=self.is_strict)

    @property
    def resource(self) -> Resource:
        """The resource that was sent. Raises WrongMediaType, NotJson, or BadRequest for one of another type or id."""
        found = self.json()
        if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
            raise BadRequest("Send a resource: an object with a resourceType.")
        if found["resourceType"] != self.request.path_params.get("kind", found["resourceType"]):
            raise BadRequest("The resource is of another type than the address.")
        if found.get("id") != self.request.path_params.get("resource_id", found.get("id")):
            raise BadRequest("The resource has another id than the address.")
        return found

    @property
    def change(self) -> Change:
        """The patch that was sent: a list of operations, or an object to be merged. Raises NotAPatch."""
        if self._media_type("content-type") == patching.JSON_PATCH:
            return patching.json_patch(faithful.parse(self.body))
        found = self.json(also="application/merge-patch+json")
        return patching.json_patch(found) if isinstance(found, list) else patching.merge_patch(found)

    def json(self, *, also: str = "") -> Any:
        if self._media_type("content-type") not in JSON | {also}:
            raise WrongMediaType
        return faithful.parse(self.body)

    def media_type(self) -> str:
        """What the answer is to be called. Raises NotAcceptable for a caller who takes no JSON."""
        asked = self.request.query_params.get("_format") or self.request.headers.get("accept", "")
        accepted = {part.partition(";")[0].strip().lower() for part in asked.split(",")}
        if not asked or accepted & {"*/*", "application/*", FHIR_JSON, "application/fhir json", "json", "text/html"}:
            return FHIR_JSON
        if accepted & JSON or patching.JSON_PATCH in accepted:
            return "application/json"
        raise NotAcceptable

    def _media_type(self, header: str) -> str:
        return self.request.headers.get(header, "").partition(";")[0].strip().lower()

    @property
    def _preferences(self) -> dict[str, str]:
        return {name.lower(): value for name, value in _PREFERENCE.findall(self.request.headers.get("prefer", ""))}


async def asked_of(request: Request) -> AskedOfUs:
    return AskedOfUs(request, b"" if request.method in SAFE_METHODS else await request.body())


Asked = Annotated[AskedOfUs, Depends(asked_of)]


def _pairs(written: str) -> list[tuple[str, str]]:
    """Raises BadRequest for more than anybody asks at once."""
    try:
        return parse_qsl(written, keep_blank_values=True, max_num_fields=MOST_PAIRS)
    except ValueError:
        raise BadRequest(f"At most {MOST_PAIRS} parameters are taken at once.") from None


def _version(written: str | None) -> int | None:
    if not written or written.strip() == "*":
        return None
    found = _VERSION.fullmatch(written.strip())
    if found is None:
        raise BadRequest('A version is named like W/"3".')
    return int(found[1])
