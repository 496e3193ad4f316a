"""Whatever is sent to the API, it answers as its document says, and never breaks."""

import re
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

from salus.web import security
from tests.strangers.knocking import NO_IDS, table_of
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
    return [one for one in found if one.definition.raw.get("operationId") not in ENDS_THE_CALL]


def aim(case: Case, world: World) -> None:
    """Half of the calls are about something that is there: of ids made up at random, none ever is."""
    for name in re.findall(r"{(\w+)", case.operation.path):
        if name in NO_IDS or str(case.path_parameters[name])[-1] in "01234567":
            continue
        ids = world.ids[table_of(name, world.ids, case.operation.path)]
        case.path_parameters[name] = str(ids[0])


@pytest.mark.parametrize("role", ["seller", "buyer", "patient", "administrator"])
def test_the_api_keeps_its_word_to_the(role: str, callers: dict[str, Visitor], world: World, url: str) -> None:
    caller, broken = callers[role], []
    for operation in operations(url, caller.host):

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
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

    assert broken == []
