"""An incident from the first word of it to the end."""

from datetime import timedelta
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import NotAllowed, NotFound
from salus.shared.messages import queries as messages
from salus.shared.people.limits import TooManyAttempts
from salus.shared.security.actions import clocks, incidents
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Category, Incident, IncidentState
from salus.shared.security.queries import incidents as queries
from salus.shared.security.rules.refusals import ClocksStillRun, NotInTheFuture, NotTheNextStep, ReasonNeeded
from salus.shared.security.schemas.incidents import Declaration, Report
from salus.worker import settle_everything
from tests.cast import at_once
from tests.shared.security.alarm import declared

HOME = Origin(network="198.51.100.0/24", channel="browser")


def reported(tenant: UUID, **told: object) -> Incident:
    with nobody(tenant, origin=HOME) as ctx:
        return incidents.report(ctx, Report(**{"words": "Your door is open.", **told}))


def advance(tenant: UUID, ada: Actor, incident: Incident, state: IncidentState, because: str = "We looked.") -> None:
    with Context(ada, tenant) as ctx:
        incidents.advance(ctx, queries.incident(ctx, incident.id), state=state, because=because)


def settle_clocks(tenant: UUID, ada: Actor, incident: Incident) -> None:
    with Context(ada, tenant) as ctx:
        first, *others = [clock.id for clock in queries.story(ctx, incident.id).clocks]
        clocks.meet_clock(ctx, queries.clock(ctx, incident.id, first))
        for clock_id in others:
            clocks.excuse_clock(ctx, queries.clock(ctx, incident.id, clock_id), because="Nobody lives there.")


def test_each_step_is_kept_with_who_took_it_and_why(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    for state in (IncidentState.CONFIRMED, IncidentState.CONTAINED, IncidentState.RESOLVED):
        advance(tenant, ada, opened, state, f"It is {state}.")
    settle_clocks(tenant, ada, opened)
    advance(tenant, ada, opened, IncidentState.CLOSED)

    with Context(ada, tenant) as ctx:
        story = queries.story(ctx, opened.id)
        assert [step.to_state for step in story.steps] == ["confirmed", "contained", "resolved", "closed"]
        assert story.steps[1].because == "It is contained."
        assert {story.names[step.taken_by] for step in story.steps} == {"Ada"}


def test_no_step_is_left_out(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)

    for state in (IncidentState.CONTAINED, IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.REPORTED):
        with pytest.raises(NotTheNextStep):
            advance(tenant, ada, opened, state)
    with pytest.raises(ReasonNeeded):
        advance(tenant, ada, opened, IncidentState.CONFIRMED, " ")


def test_of_two_who_take_the_same_step_at_once_one_is_told(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)

    came = at_once(lambda: advance(tenant, ada, opened, IncidentState.CONFIRMED), 2)

    assert [type(one) for one in came if one is not None] == [NotTheNextStep]


def test_an_incident_is_not_closed_while_clocks_run(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)
    for state in (IncidentState.CONFIRMED, IncidentState.CONTAINED, IncidentState.RESOLVED):
        advance(tenant, ada, opened, state)

    with pytest.raises(ClocksStillRun):
        advance(tenant, ada, opened, IncidentState.CLOSED)


def test_nobody_is_aware_of_what_is_still_to_come(tenant: UUID, ada: Actor) -> None:
    with pytest.raises(NotInTheFuture), Context(ada, tenant) as ctx:
        tomorrow = ctx.now + timedelta(days=1)
        incidents.declare(
            ctx, Declaration(category=Category.LOSS, severity=Severity.LOW, words="?", became_aware_at=tomorrow)
        )


def test_a_stranger_is_thanked_by_mail_and_nobody_else_learns_the_address(tenant: UUID, ada: Actor, owner_sql) -> None:
    opened = reported(tenant, address="finn@elsewhere.example")
    settle_everything()

    with Context(ada, tenant) as ctx:
        incident = queries.incident(ctx, opened.id)
        assert incident.reporter_address == "finn@elsewhere.example"
        assert incident.opened_by is None
    with nobody(tenant) as ctx:
        letters = [mail for mail in messages.mails(ctx) if mail.address == "finn@elsewhere.example"]
        assert [letter.subject for letter in letters] == [f"Your report arrived: {opened.reference}"]
        assert "door" not in letters[0].body
    (kept,) = owner_sql("SELECT reporter_address_sealed, words_sealed FROM incidents", tenant)
    assert b"finn" not in bytes(kept[0])
    assert b"door" not in bytes(kept[1])


def test_a_stranger_may_stay_unknown(tenant: UUID, ada: Actor) -> None:
    opened = reported(tenant)

    with Context(ada, tenant) as ctx:
        incident = queries.incident(ctx, opened.id)
        assert incident.reporter_id is None
        assert incident.state == "reported"


def test_one_network_cannot_flood_the_administrators(tenant: UUID) -> None:
    for _ in range(4):
        reported(tenant)

    with pytest.raises(TooManyAttempts):
        reported(tenant)


def test_nobody_else_opens_or_reads_incidents(
    tenant: UUID, other_tenant: UUID, ada: Actor, pia: Actor, stranger: Actor
) -> None:
    opened = declared(tenant, ada)

    with pytest.raises(NotAllowed), Context(pia, tenant) as ctx:
        incidents.declare(ctx, Declaration(category=Category.LOSS, severity=Severity.LOW, words="?"))
    with pytest.raises(NotFound), Context(pia, tenant) as ctx:
        queries.what_happened(ctx, opened.id)
    with pytest.raises(NotFound), Context(stranger, other_tenant) as ctx:
        queries.what_happened(ctx, opened.id)
