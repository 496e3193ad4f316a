"""What the law asks for, by when, and who is reminded."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.shared.messages import queries as messages
from salus.shared.security import reactions
from salus.shared.security.actions import clocks, incidents
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Category, Incident, IncidentState
from salus.shared.security.queries import incidents as queries
from salus.shared.security.queries.incidents import RunningClock
from salus.shared.security.rules.clocks import CLOCKS, ClockState, remaining
from salus.shared.security.rules.refusals import ClockSettled, ReasonNeeded
from salus.worker import settle_everything
from tests.shared.security.alarm import declared

HOURS = {
    "associate-24h": 24,
    "gdpr-33": 72,
    "gdpr-34": 72,
    "hipaa-404": 60 * 24,
    "hipaa-408": 60 * 24,
    "ftc-318": 60 * 24,
}
"""GDPR art. 33(1); 45 CFR 164.404(b), 164.408(b), 164.410(b); 16 CFR 318.4."""


def clock_of(tenant: UUID, ada: Actor, incident: Incident, code: str) -> RunningClock:
    with Context(ada, tenant) as ctx:
        return next(clock for clock in queries.story(ctx, incident.id).clocks if clock.code == code)


def reminders(tenant: UUID, ada: Actor) -> list[str]:
    """The beginnings of what Ada was reminded of, oldest first, once the worker looked."""
    reactions.remind(Context(SYSTEM, tenant))
    settle_everything()
    with Context(ada, tenant) as ctx:
        titles = [notice.title for notice in messages.notices(ctx)]
    return [title.split(":")[0] for title in titles[::-1] if "opened" not in title]


def passed(**delta: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(**delta), tick=True)


def settle_all_but(tenant: UUID, ada: Actor, incident: Incident, code: str) -> None:
    with Context(ada, tenant) as ctx:
        for clock in queries.story(ctx, incident.id).clocks:
            if clock.code != code:
                kept = queries.clock(ctx, incident.id, clock.id)
                clocks.excuse_clock(ctx, kept, because="Nobody lives there.")


def test_every_clock_has_the_time_its_law_gives() -> None:
    assert {clock.code: clock.allowed / timedelta(hours=1) for clock in CLOCKS} == HOURS


def test_all_clocks_count_from_when_we_knew(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)

    with Context(ada, tenant) as ctx:
        running = queries.story(ctx, opened.id).clocks
    due = {clock.code: clock.due_at - opened.became_aware_at for clock in running}
    assert due == {code: timedelta(hours=hours) for code, hours in HOURS.items()}
    assert {clock.state for clock in running} == {ClockState.RUNNING}


def test_a_clock_runs_out_to_the_second(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)

    with time_machine.travel(opened.became_aware_at + timedelta(hours=72), tick=False):
        assert clock_of(tenant, ada, opened, "gdpr-33").state == ClockState.RUNNING
    with time_machine.travel(opened.became_aware_at + timedelta(hours=72, seconds=1), tick=False):
        late = clock_of(tenant, ada, opened, "gdpr-33")

    assert (late.state, late.percent) == (ClockState.OVERDUE, 100)


def test_what_was_done_in_time_is_met_and_what_was_done_late_says_so(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    in_time, late = (clock_of(tenant, ada, opened, code).id for code in ("gdpr-33", "associate-24h"))

    with passed(hours=30), Context(ada, tenant) as ctx:
        for clock_id in (in_time, late):
            clocks.meet_clock(ctx, queries.clock(ctx, opened.id, clock_id))

    with passed(hours=500):
        assert clock_of(tenant, ada, opened, "gdpr-33").state == ClockState.MET
        assert clock_of(tenant, ada, opened, "associate-24h").state == ClockState.MET_LATE


def test_a_clock_that_does_not_apply_says_why_and_is_settled(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    clock_id = clock_of(tenant, ada, opened, "ftc-318").id
    with pytest.raises(ReasonNeeded), Context(ada, tenant) as ctx:
        clocks.excuse_clock(ctx, queries.clock(ctx, opened.id, clock_id), because=" ")

    with Context(ada, tenant) as ctx:
        clocks.excuse_clock(ctx, queries.clock(ctx, opened.id, clock_id), because="Nobody lives there.")

    with pytest.raises(ClockSettled), Context(ada, tenant) as ctx:
        clocks.meet_clock(ctx, queries.clock(ctx, opened.id, clock_id))
    with Context(ada, tenant) as ctx:
        settled = next(clock for clock in queries.story(ctx, opened.id).clocks if clock.id == clock_id)
        assert (settled.state, settled.because) == (ClockState.NOT_APPLICABLE, "Nobody lives there.")


def test_an_incident_that_was_none_stops_its_clocks(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    with Context(ada, tenant) as ctx:
        kept = queries.incident(ctx, opened.id)
        incidents.advance(ctx, kept, state=IncidentState.DISMISSED, because="It was a rehearsal.")

    with passed(days=61):
        assert clock_of(tenant, ada, opened, "hipaa-404").state == ClockState.NOT_APPLICABLE
        assert reminders(tenant, ada) == []


def test_whoever_knew_earlier_has_less_time(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    met = clock_of(tenant, ada, opened, "associate-24h")
    with Context(ada, tenant) as ctx:
        clocks.meet_clock(ctx, queries.clock(ctx, opened.id, met.id))
    with Context(ada, tenant) as ctx:
        earlier = opened.became_aware_at - timedelta(hours=10)
        kept = queries.incident(ctx, opened.id)
        incidents.assess(ctx, kept, category=Category.LOSS, severity=Severity.CRITICAL, became_aware_at=earlier)

    assert clock_of(tenant, ada, opened, "gdpr-33").due_at == earlier + timedelta(hours=72)
    assert clock_of(tenant, ada, opened, "associate-24h").due_at == met.due_at


def test_administrators_are_reminded_three_times_and_once_each(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    settle_all_but(tenant, ada, opened, "gdpr-33")
    half, near, overdue = "Half of the time is over", "Little time is left", "Overdue"

    with passed(hours=35):
        assert reminders(tenant, ada) == []
    with passed(hours=36, minutes=1):
        assert reminders(tenant, ada) == [f"{half}"]
        assert reminders(tenant, ada) == [f"{half}"]
    with passed(hours=58):
        assert reminders(tenant, ada) == [half, near]
    with passed(hours=73):
        assert reminders(tenant, ada) == [half, near, overdue]
    with passed(days=30):
        assert reminders(tenant, ada) == [half, near, overdue]


def test_what_was_missed_is_not_made_up_for(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    settle_all_but(tenant, ada, opened, "gdpr-33")

    with passed(hours=73):
        assert reminders(tenant, ada) == ["Overdue"]


def test_what_is_done_is_not_reminded_of(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    settle_all_but(tenant, ada, opened, "none of them")

    with passed(days=61):
        assert reminders(tenant, ada) == []


def test_the_time_that_is_left_is_said_in_words() -> None:
    due = datetime(2026, 11, 24, 12, tzinfo=UTC)

    assert remaining(due, due - timedelta(days=2, hours=4)) == "2 days 4 hours left"
    assert remaining(due, due - timedelta(hours=1, minutes=20)) == "1 hour 20 minutes left"
    assert remaining(due, due - timedelta(seconds=30)) == "less than a minute left"
    assert remaining(due, due + timedelta(days=1)) == "1 day overdue"
