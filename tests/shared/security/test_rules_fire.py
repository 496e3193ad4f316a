"""Each rule that a tenant begins with fires on what really happens, once, and not one below its threshold."""

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from salus import modules
from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.operations import OPERATIONS
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.records import reactions as record_reactions
from salus.shared.security.actions import events as actions
from salus.shared.security.rules.defaults import DEFAULTS
from salus.shared.security.schemas.events import OfficeHoursWrite
from tests.cast import administrator, at_once
from tests.shared.security.deeds import DEEDS, Deeds
from tests.shared.security.watchman import Watchman

FEWER: dict[str, dict[str, Any]] = {
    # A tenant may tune them; two people with health data are quicker brought about than fifty.
    "mass-reading": {"threshold": 2},
    "mass-download": {"threshold": 2},
    # All day is night, whenever this runs.
    "off-hours-opening": {"quiet_from": time(0), "quiet_until": time(7)},
}


@pytest.fixture
def deeds(
    tenant: UUID, watchman: Watchman, tmp_path: Path, owner_sql: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Deeds:
    return Deeds(tenant, watchman, tmp_path, owner_sql, monkeypatch)


@pytest.mark.parametrize("code", [default.code for default in DEFAULTS])
def test_a_rule_fires_once_at_its_threshold_and_not_below(code: str, watchman: Watchman, deeds: Deeds) -> None:
    rule = watchman.tune(code, **FEWER[code]) if code in FEWER else watchman.rule(code)
    for _ in range(rule.threshold - 1):
        DEEDS[code](deeds)
    assert code not in watchman.watch()

    DEEDS[code](deeds)

    assert watchman.watch().count(code) == 1
    assert watchman.watch().count(code) == 1
    event = next(event for event in watchman.events() if event.code == code)
    assert event.counted == rule.threshold


def test_every_operation_that_a_rule_looks_at_exists() -> None:
    modules.load_all()

    assert {operation for default in DEFAULTS for operation in default.operations} <= OPERATIONS.keys()


def test_what_is_done_in_office_hours_is_no_event(tenant: UUID, watchman: Watchman, deeds: Deeds) -> None:
    every_day = OfficeHoursWrite(time_zone="UTC", work_days=[1, 2, 3, 4, 5, 6, 7])
    with Context(watchman.ada, tenant) as ctx:
        actions.set_office_hours(ctx, every_day)
    watchman.tune("off-hours-opening", quiet_from=time(23, 59, 59, 999_999), quiet_until=time(0))

    deeds.open_data_at_night()

    assert "off-hours-opening" not in watchman.watch()


def test_a_log_that_is_whole_and_another_role_are_no_events(tenant: UUID, watchman: Watchman, deeds: Deeds) -> None:
    record_reactions.seal(Context(SYSTEM, tenant))
    record_reactions.verify(Context(SYSTEM, tenant))
    with Context(deeds.fresh_ada, tenant) as ctx:
        people.grant_role(ctx, people_queries.person(ctx, deeds.ada.person_id), Role.SELLER)

    assert watchman.watch() == []


def test_ones_own_data_may_be_read_as_often_as_one_likes(watchman: Watchman, deeds: Deeds) -> None:
    watchman.tune("mass-reading", threshold=1)

    deeds.look_at_ones_own_data()

    assert "mass-reading" not in watchman.watch()


def test_a_rule_that_is_switched_off_finds_nothing(watchman: Watchman, deeds: Deeds) -> None:
    watchman.tune("mass-export", threshold=1, enabled=False)

    deeds.export()

    assert watchman.watch() == []


def test_two_workers_at_once_raise_one_event(tenant: UUID, watchman: Watchman, deeds: Deeds) -> None:
    for _ in range(10):
        deeds.ask_for_what_is_not_theirs()

    at_once(watchman.watch, 4)

    assert [event.code for event in watchman.events()] == ["refusals"]


def test_other_tenants_see_nothing_of_it(other_tenant: UUID, deeds: Deeds, watchman: Watchman) -> None:
    elsewhere = Watchman(other_tenant, administrator(other_tenant))
    for _ in range(10):
        deeds.ask_for_what_is_not_theirs()
    assert watchman.watch() == ["refusals"]

    assert elsewhere.watch() == []
