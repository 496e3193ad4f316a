"""What can be done here, for programs that ask before they do anything."""

from typing import Any, NamedTuple

from salus.formats.fhir.compartments import TYPES
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.clinical.rules.owners import OWNERS
from salus.shared.oauth import queries as oauth

ALL_VERBS = ("create", "update", "patch", "delete")


class Capabilities(NamedTuple):
    """The verbs by which each type is written, and where OAuth lets programs in."""

    writing: dict[str, tuple[str, ...]]
    endpoints: dict[str, str]


@query(roles={Role.ANYONE}, smart="*.cruds")
def capabilities(ctx: Context) -> Capabilities:
    """Which types are kept here, and how they are written."""
    return Capabilities({name: _verbs(name) for name in TYPES}, _endpoints(oauth.discovery(ctx)))


def _verbs(resource_type: str) -> tuple[str, ...]:
    owner = OWNERS.get(resource_type)
    if owner is None:
        return ALL_VERBS
    return (*(["create"] if owner.create else ()), *(["update", "patch"] if owner.update else ()))


def _endpoints(discovery: dict[str, Any]) -> dict[str, str]:
    named = {"authorize": "authorization", "token": "token", "revoke": "revocation", "introspect": "introspection"}
    return {name: discovery[f"{its}_endpoint"] for name, its in named.items()}
