"""Every door of the application, what it takes, and somebody who knocks."""

import inspect
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self, get_args, get_origin
from uuid import UUID

import httpx
from fastapi import FastAPI, UploadFile
from fastapi.params import Form
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from salus.kernel.actor import Role
from salus.web import security
from salus.web.answers import answer_page
from salus.web.doors import Door
from tests.strangers.examples import filled
from tests.world import Visitor

# The table whose rows a parameter of an address means, where the name does not say it.
TABLES = {
    "consent_id": "authorisations",
    "person_id": "users",
    "patient_id": "users",
    "file_id": "health_delivery_files",
    "client_id": "oauth_clients",
    "permission_id": "oauth_permissions",
    "provider_id": "identity_providers",
    "link_id": "linked_identities",
    "event_id": "security_events",
    "clock_id": "incident_clocks",
    "subscription_id": "webhook_subscriptions",
    "copy_id": "privacy_copies",
    "erasure_id": "privacy_erasures",
    "hold_id": "legal_holds",
    "calendar_id": "resources",
    "check_id": "eligibility_checks",
    "offered_id": "offered_times",
}
TABLES_BY_PATH = {
    ("kind:consent", "resource_id"): "authorisations",
    ("kind:auditevent", "resource_id"): "records",
    ("fhir", "resource_id"): "clinical_resources",
    ("commission", "rule_id"): "commission_rules",
    ("tax", "rule_id"): "tax_rules",
    ("retention", "rule_id"): "retention_rules",
    ("security", "rule_id"): "security_rules",
    ("sign-up", "attempt_id"): "federated_sign_ins",
    ("webhooks", "delivery_id"): "webhook_deliveries",
}
KINDS = {"stored": "Observation", "consent": "Consent", "auditevent": "AuditEvent", "slot": "Slot"}
"""What stands in the addresses of the FHIR door, by the set of types that may."""
NO_IDS = {
    "at": "1893456000",
    "kind": "Observation",
    "version_id": "1",
    "form": "csv",
    "code": "accounts",
    "token": "made-up",
}
QUESTIONS = {
    "/v1/appointments/visit-types/{visit_type_id}/times": "?since=2027-03-01T00:00Z&until=2027-03-08T00:00Z",
    "/v1/calendar/hours/{hours_id}/outside": "?rule=FREQ%3DDAILY&starts=09:00&ends=17:00&valid_from=2027-03-01"
    f"&location_id={UUID(int=1)}",
}
"""What must be asked for at a door."""
NOTHING: Mapping[str, str | None] = {}
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The application is served without TLS. A client's own context would read all certificates of this machine, which
takes longer than ten requests."""


@dataclass(frozen=True)
class Entrance:
    """A door at its address."""

    method: str
    path: str
    door: Door
    endpoint: Any

    @property
    def roles(self) -> frozenset[Role]:
        assert self.door.operation is not None
        return self.door.operation.roles

    @property
    def is_page(self) -> bool:
        return self.door.answer is answer_page

    @property
    def names_something(self) -> bool:
        return bool(self.ids_needed())

    @property
    def plain_path(self) -> str:
        """The path, with one type of resource where any of several may stand."""
        return re.sub(r"{kind:(\w+)}", lambda match: KINDS[match.group(1)], self.path)

    def ids_needed(self) -> list[str]:
        return [name for name in re.findall(r"{(\w+)", self.path) if name not in NO_IDS]

    def address(self, ids: Mapping[str, list[UUID]], plain: Mapping[str, str] = NO_IDS) -> str:
        """The address with ids of real things, and with `plain` for what is no id.

        Raises KeyError for a parameter the world has nothing for.
        """
        named = {name: str(ids[table_of(name, ids, self.path)][0]) for name in self.ids_needed()}
        address = re.sub(r"{(\w+)[^}]*}", lambda match: (named | plain)[match.group(1)], self.plain_path)
        return address + QUESTIONS.get(self.path, "")

    def body(self) -> dict[str, Any]:
        """What httpx is to send: the form, the JSON or the file that this door asks for."""
        if self.path.startswith("/fhir") and self.method == "PATCH":
            return {"json": {}}
        for parameter in inspect.signature(self.endpoint).parameters.values():
            kind, *marks = get_args(parameter.annotation) if _is_annotated(parameter) else [parameter.annotation]
            if kind is UploadFile:
                return {"files": {parameter.name: ("export.zip", b"PK\x05\x06" + bytes(18), "application/zip")}}
            if inspect.isclass(kind) and issubclass(kind, BaseModel):
                if any(isinstance(mark, Form) for mark in marks):
                    return {"data": filled(kind)}
                if self.method != "GET":
                    return {"json": filled(kind)}
        return {"data": {}} if self.is_page and self.method == "POST" else {}


def entrances(app: FastAPI) -> Iterator[Entrance]:
    """Every door that is for an operation, once."""
    seen = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        door = getattr(getattr(route, "endpoint", None), "__door__", None)
        if isinstance(route, APIRoute) and door is not None and door.operation is not None:
            for method in sorted(route.methods or ()):
                if (method, context.path) not in seen:
                    seen.add((method, context.path))
                    yield Entrance(method, str(context.path), door, route.endpoint)


class Knocker:
    """Sends requests to the running application as one visitor."""

    def __init__(self, url: str, visitor: Visitor) -> None:
        self.visitor = visitor
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=30, verify=UNUSED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def knock(
        self,
        entrance: Entrance,
        ids: Mapping[str, list[UUID]],
        *,
        headers: Mapping[str, str | None] = NOTHING,
        address: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Ask at this door for what `ids` name, with everything right but who asks, and but for what is given.

        Of `headers`, those given count instead of what a browser or a program would send; None leaves one out.
        """
        security._counts.clear()  # a thousand requests a minute are none of a person
        if body is None and entrance.path.startswith("/fhir") and entrance.method == "PUT":
            body = {"json": resource_at(address or entrance.address(ids))}
        self.client.cookies.clear()
        sent = self.headers_for(entrance) | dict(headers)
        return self.client.request(
            entrance.method,
            address or entrance.address(ids),
            headers={name: value for name, value in sent.items() if value is not None},
            **(entrance.body() if body is None else body),
        )

    def headers_for(self, entrance: Entrance) -> dict[str, str | None]:
        """By what somebody is known: cookies and the token of the form, or the token of a program."""
        if entrance.is_page:
            kept = {security.visitor_cookie(): "somebody", security.session_cookie(): self.visitor.browser}
            cookie = "; ".join(f"{name}={value}" for name, value in kept.items() if value)
            return {
                "host": self.visitor.host,
                "cookie": cookie,
                "x-csrf-token": security.csrf_token("somebody", self.visitor.browser),
            }
        return {
            "host": self.visitor.host,
            "authorization": f"Bearer {self.visitor.api}" if self.visitor.api else None,
            "x-purpose": "Looking into a complaint" if entrance.path.startswith("/fhir") else None,
        }


def resource_at(address: str) -> dict[str, Any]:
    """A resource that may be put at an address of the FHIR door."""
    kind, its_id = address.split("?", maxsplit=1)[0].rsplit("/", 2)[-2:]
    return {"resourceType": kind, "id": its_id, "status": "final", "code": {"text": "Nothing in particular"}}


def table_of(parameter: str, ids: Mapping[str, list[UUID]], path: str = "") -> str:
    """The table whose ids a parameter takes. Raises StopIteration for one whose name does not tell."""
    if parameter in TABLES:
        return TABLES[parameter]
    for (word, name), table in TABLES_BY_PATH.items():
        if name == parameter and word in path:
            return table
    noun = parameter.removesuffix("_id")
    plurals = [f"{noun}s", f"{noun[:-1]}ies", noun]
    return next(table for plural in plurals for table in (plural, f"health_{plural}") if table in ids)


def _is_annotated(parameter: inspect.Parameter) -> bool:
    return get_origin(parameter.annotation) is Annotated
