"""The watch misses nothing, keeps what was tuned, and says when nobody watches."""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, Refusal
from salus.shared.people import actions as people
from salus.shared.records import queries as records
from salus.shared.records.schemas import Export
from salus.shared.security import reactions
from salus.shared.security.actions import events as actions
from salus.shared.security.models.events import Response, Severity
from salus.shared.security.queries import dashboard as dashboards
from salus.shared.security.queries import detection
from salus.shared.security.queries import events as queries
from salus.shared.security.rules.detection import window_start
from salus.shared.security.rules.refusals import AlreadyAcknowledged, GraveIsNeverSilent, UnknownTimeZone
from salus.shared.security.schemas.events import OfficeHoursWrite, Tuning
from tests.shared.security.alarm import refused
from tests.shared.security.watchman import Watchman


def export(tenant: UUID, ada: Actor) -> None:
    with Context(ada, tenant) as ctx:
        records.export(ctx, Export())


def test_a_record_that_is_committed_late_is_seen(tenant: UUID, ada: Actor, watchman: Watchman) -> None:
    watchman.tune("mass-export", threshold=2)
    with Context(ada, tenant) as slow:
        people.rename(slow, "Ada")
        records.export(slow, Export())
        export(tenant, ada)
        assert watchman.watch() == []

    assert watchman.watch() == ["mass-export"]


def test_what_came_in_many_batches_is_counted_together(
    tenant: UUID, pia: Actor, watchman: Watchman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "MOST", 3)
    refused(tenant, pia, 10)

    assert watchman.watch() == ["refusals"]


def test_one_burst_is_one_event_however_long_it_goes_on(tenant: UUID, pia: Actor, watchman: Watchman) -> None:
    refused(tenant, pia, 10)
    assert watchman.watch() == ["refusals"]

    refused(tenant, pia, 25)

    assert watchman.watch() == ["refusals"]


def test_two_people_who_stay_below_are_not_added_up(tenant: UUID, pia: Actor, paul: Actor, watchman: Watchman) -> None:
    refused(tenant, pia, 9)
    refused(tenant, paul, 9)

    assert watchman.watch() == []


def test_a_new_version_of_salus_keeps_what_was_tuned(tenant: UUID, watchman: Watchman, owner_sql) -> None:
    watchman.tune("refusals", threshold=77)
    owner_sql("UPDATE security_rules SET title = 'As it was called once' WHERE code = 'refusals'", tenant)
    owner_sql("DELETE FROM security_rules WHERE code = 'mass-export'", tenant)

    watchman.watch()

    rule = watchman.rule("refusals")
    assert (rule.title, rule.threshold) == ("Refused again and again", 77)
    assert watchman.rule("mass-export").threshold == 5


def test_what_is_grave_is_never_silent(watchman: Watchman) -> None:
    with pytest.raises(GraveIsNeverSilent):
        watchman.tune("refusals", severity=Severity.CRITICAL, response=Response.EVENT)


def test_tuning_asks_for_a_fresh_second_factor(tenant: UUID, ada: Actor, watchman: Watchman) -> None:
    rule = watchman.rule("refusals")
    numbers = Tuning(**{name: getattr(rule, name) for name in Tuning.model_fields})
    stale = dataclasses.replace(ada, factor_at=datetime.now(UTC) - timedelta(minutes=6))

    with pytest.raises(FreshFactorNeeded), Context(stale, tenant) as ctx:
        actions.tune_rule(ctx, detection.rule(ctx, rule.id), numbers)


def test_office_hours_need_a_time_zone_that_exists(tenant: UUID, ada: Actor) -> None:
    with pytest.raises(UnknownTimeZone), Context(ada, tenant) as ctx:
        actions.set_office_hours(ctx, OfficeHoursWrite(time_zone="Atlantis/Capital", work_days=[1]))


def test_an_event_is_acknowledged_once(tenant: UUID, ada: Actor, pia: Actor, watchman: Watchman) -> None:
    refused(tenant, pia, 10)
    watchman.watch()
    (event,) = watchman.events(is_open=True)
    with Context(ada, tenant) as ctx:
        actions.acknowledge(ctx, queries.event(ctx, event.id), note="A mistake of a program.")

    with pytest.raises(AlreadyAcknowledged), Context(ada, tenant) as ctx:
        actions.acknowledge(ctx, queries.event(ctx, event.id), note="Me too.")

    assert watchman.events(is_open=True) == []
    with Context(ada, tenant) as ctx:
        assert queries.finding(ctx, event.id).note == "A mistake of a program."


def test_the_dashboard_says_that_nobody_watches(
    tenant: UUID, ada: Actor, watchman: Watchman, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_late() -> bool:
        with Context(ada, tenant) as ctx:
            return dashboards.dashboard(ctx).is_watch_late

    export(tenant, ada)
    watchman.watch()
    assert not is_late()

    monkeypatch.setattr(dashboards, "ALARMING_LAG_S", 0.0)
    export(tenant, ada)

    assert is_late()


def test_the_dashboard_counts_what_happened(tenant: UUID, ada: Actor, pia: Actor) -> None:
    refused(tenant, pia, 3)

    with Context(ada, tenant) as ctx:
        shown = dashboards.dashboard(ctx)

    assert sum(hour.refused for hour in shown.hours) == 3
    assert sum(hour.signed_in for hour in shown.hours) >= 2
    assert len(shown.hours) == 24
    assert len(shown.days) == 7
    assert [shown.names[desk.person_id] for desk in shown.administrators] == ["Ada"]


def test_the_dashboard_shows_the_same_when_the_hours_were_counted(
    tenant: UUID, ada: Actor, pia: Actor, owner_sql
) -> None:
    refused(tenant, pia, 3)
    owner_sql("UPDATE records SET created_at = created_at - interval '3 hours' WHERE outcome = 'refused'", tenant)
    with Context(ada, tenant) as ctx:
        before = dashboards.dashboard(ctx)

    reactions.keep_counts(Context(SYSTEM, tenant))
    reactions.keep_counts(Context(SYSTEM, tenant))

    with Context(ada, tenant) as ctx:
        after = dashboards.dashboard(ctx)
    assert sum(hour.refused for hour in before.hours) == 3
    assert (after.hours, after.days) == (before.hours, before.days)
    ((kept,),) = owner_sql("SELECT sum(refused) FROM security_hours", tenant)
    assert kept == 3


def test_an_hour_is_counted_when_its_late_records_are_in(tenant: UUID, owner_sql) -> None:
    reactions.keep_counts(Context(SYSTEM, tenant))

    ((newest,),) = owner_sql("SELECT max(hour) FROM security_hours", tenant)
    assert newest + timedelta(hours=1, minutes=10) <= datetime.now(UTC)


def test_whoever_lacks_a_second_factor_is_named(tenant: UUID, ada: Actor, bruno: Actor, owner_sql) -> None:
    def bare() -> list[UUID]:
        with Context(ada, tenant) as ctx:
            return [one.person_id for one in dashboards.dashboard(ctx).without_factor]

    assert bare() == []

    owner_sql("DELETE FROM totps WHERE user_id = :id", tenant, id=bruno.id)

    assert bare() == [bruno.id]


def test_sealing_that_is_in_time_leaves_no_record(tenant: UUID, watchman: Watchman, owner_sql) -> None:
    reactions.watch_sealing(Context(SYSTEM, tenant))

    assert owner_sql("SELECT 1 FROM records WHERE operation = 'security.note_sealing_lag'", tenant) == []


def test_nobody_but_administrators_sees_events(tenant: UUID, pia: Actor, watchman: Watchman) -> None:
    for question in (dashboards.dashboard, detection.rules):
        with pytest.raises(Refusal), Context(pia, tenant) as ctx:
            question(ctx)


@given(st.integers(0, 4_000_000_000), st.integers(60, 86_400))
def test_every_moment_lies_in_the_window_that_is_named_for_it(timestamp: int, seconds: int) -> None:
    at, window = datetime.fromtimestamp(timestamp, UTC), timedelta(seconds=seconds)

    assert window_start(at, window) <= at < window_start(at, window) + window
