"""Whatever is sent to the API, it answers as its document says, and never breaks."""

from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from salus.kernel.actor import Role
from salus.kernel.operations import OPERATIONS
from salus.web import security
from tests.strangers.knocking import table_of
from tests.world import Visitor, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12
"""Of each operation and caller. The same ones in every run, so that a failure can be repeated."""

ENDS_THE_CALL = {"people.sign_out", "people.sign_out_everywhere", "people.end_session", "people.change_password"}
"""Operations after which the caller would not be signed in any more."""


def operations(url: str, host: str) -> list[Any]:
    security._counts.clear()
    schema = schemathesis.openapi.from_url(f"{url}/v1/openapi.json", headers={"host": host})
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if id_of(one) not in ENDS_THE_CALL]


def id_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


def examples(operation: Any, caller: Visitor) -> int:
    """One is enough of what is refused at the door, whatever is sent."""
    roles = OPERATIONS[id_of(operation)].roles
    return EXAMPLES if roles & (caller.actor.roles | {Role.ANYONE}) else 1


def aim(case: Case, world: World) -> None:
    """Half of the ids in a call are of something that is there: of those made up at random, none ever is."""
    for part, name in ids_in(case):
        if str(part[name])[-1] not in "01234567":
            with suppress(StopIteration):
                part[name] = str(world.ids[table_of(name, world.ids, case.operation.path)][0])


def ids_in(case: Case) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    for part in case.path_parameters, case.query, case.body:
        if isinstance(part, MutableMapping):
            yield from ((part, name) for name in part if name.endswith("_id") and isinstance(part[name], str))


@pytest.mark.parametrize("role", ["seller", "buyer", "doctor", "patient", "administrator"])
def test_the_api_keeps_its_word_to_the(role: str, callers: dict[str, Visitor], world: World, url: str) -> None:
    caller, broken = callers[role], []
    for operation in operations(url, caller.host):

        @settings(
            max_examples=examples(operation, caller),
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Case) -> None:
            security._counts.clear()
            aim(case, world)
            case.call_and_validate(
                base_url=url,
                headers={"host": caller.host, "authorization": f"Bearer {caller.api}"},
                checks=CHECKS,
                timeout=30,
            )

        try:
            holds()
        except (Exception, FailureGroup) as error:
            broken.append(f"{operation.label}: {error}")

    assert not broken, "\n".join(broken)
