"""Whom an incident touched: as the records have it, and as they are told."""

import csv
import dataclasses
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context, nobody
from salus.kernel.errors import FreshFactorNeeded, NotFound
from salus.kernel.ids import new_id
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.people.rules import SignInFailed
from salus.shared.security.actions import affected as actions
from salus.shared.security.models.incidents import Incident, IncidentScope
from salus.shared.security.queries import affected as queries
from salus.shared.security.queries import incidents
from salus.shared.security.rules.refusals import EndsBeforeItBegins, NobodyToTell, NothingAsked
from salus.shared.security.schemas.incidents import Scope
from salus.worker import settle_everything
from tests.cast import BROWSER, email_of, letters, seller
from tests.shared.security.alarm import declared

NAMES = ("Pia", "Paul", "Petra", "Piet")


@pytest.fixture
def sellers(tenant: UUID, ada: Actor) -> list[Actor]:
    return [seller(tenant, name, approved=False) for name in NAMES]


@pytest.fixture
def incident(tenant: UUID, ada: Actor) -> Incident:
    return declared(tenant, ada)


def suspend(tenant: UUID, ada: Actor, person: Actor) -> str:
    """Ada locks an account; the correlation id of that."""
    with Context(ada, tenant) as ctx:
        people.suspend(ctx, people_queries.person(ctx, person.person_id), reason="A test.")
        return ctx.correlation_id


def ask(tenant: UUID, ada: Actor, incident: Incident, **scope: object) -> IncidentScope:
    with Context(ada, tenant) as ctx:
        return actions.list_affected(ctx, incidents.incident(ctx, incident.id), Scope(**scope))


def listed(tenant: UUID, ada: Actor, incident: Incident) -> set[UUID]:
    with Context(ada, tenant) as ctx:
        return {one.person_id for one in queries.affected(ctx, incidents.incident(ctx, incident.id)).shown}


def ids(*people: Actor) -> set[UUID]:
    return {person.person_id for person in people}


def notify(tenant: UUID, ada: Actor, incident: Incident) -> None:
    with Context(ada, tenant) as ctx:
        actions.notify_people(ctx, incidents.incident(ctx, incident.id), told="A list lay open.")
    settle_everything()


def told(tenant: UUID, name: str) -> int:
    return sum("concerns your data" in letter.subject for letter in letters(tenant, name))


def test_the_list_is_whoever_the_records_say(
    tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident
) -> None:
    pia, paul, petra, _ = sellers
    for person in (pia, paul):
        suspend(tenant, ada, person)
    with Context(petra, tenant) as ctx:
        people.rename(ctx, "Petra P.")

    asked = ask(tenant, ada, incident, actor_id=ada.id, operations=["people.suspend"])

    assert (asked.found, asked.added) == (2, 2)
    assert listed(tenant, ada, incident) == ids(pia, paul)


def test_one_request_and_one_span_of_time_are_found_too(
    tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident
) -> None:
    pia, paul, petra, _ = sellers
    suspend(tenant, ada, pia)
    between = datetime.now(UTC)
    request = suspend(tenant, ada, paul)
    suspend(tenant, ada, petra)

    assert ask(tenant, ada, incident, correlation_id=request).found == 1
    assert listed(tenant, ada, incident) == ids(paul)
    assert ask(tenant, ada, incident, operations=["people.suspend"], until=between).found == 1
    assert listed(tenant, ada, incident) == ids(pia, paul)
    assert ask(tenant, ada, incident, operations=["people.suspend"], since=between).added == 1
    assert listed(tenant, ada, incident) == ids(pia, paul, petra)


def test_what_people_did_themselves_counts_only_where_it_is_asked_for(
    tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident
) -> None:
    pia = sellers[0]
    with Context(pia, tenant) as ctx:
        people.rename(ctx, "Pia P.")

    assert ask(tenant, ada, incident, actor_id=pia.id).found == 0
    assert ask(tenant, ada, incident, actor_id=pia.id, own=True).found == 1


def test_the_list_is_kept_as_it_was_asked(tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident) -> None:
    pia, paul, *_ = sellers
    suspend(tenant, ada, pia)
    ask(tenant, ada, incident, operations=["people.suspend"])
    suspend(tenant, ada, paul)
    assert listed(tenant, ada, incident) == ids(pia)

    again = ask(tenant, ada, incident, operations=["people.suspend"])

    assert (again.found, again.added) == (2, 1)
    with Context(ada, tenant) as ctx:
        scopes = incidents.story(ctx, incident.id).scopes
        assert [scope.scope["operations"] for scope in scopes] == [["people.suspend"]] * 2


def test_a_question_must_ask_for_something(tenant: UUID, ada: Actor, incident: Incident) -> None:
    now = datetime.now(UTC)
    with pytest.raises(NothingAsked):
        ask(tenant, ada, incident, since=now)
    with pytest.raises(EndsBeforeItBegins):
        ask(tenant, ada, incident, actor_id=new_id(), since=now, until=now - timedelta(hours=1))


def test_the_export_names_everybody_with_role_and_country(
    tenant: UUID, ada: Actor, bruno: Actor, sellers: list[Actor], incident: Incident
) -> None:
    for person in (sellers[0], bruno):
        suspend(tenant, ada, person)
    ask(tenant, ada, incident, operations=["people.suspend"])

    with Context(ada, tenant) as ctx:
        table = queries.export_people(ctx, incidents.incident(ctx, incident.id))
        kinds = queries.affected(ctx, incidents.incident(ctx, incident.id)).kinds

    rows = {row["name"]: (row["roles"], row["country"]) for row in csv.DictReader(StringIO(table))}
    assert rows == {"Pia": ("seller", ""), "Bruno": ("buyer", "FI")}
    assert {(kind.role, kind.country, kind.people) for kind in kinds} == {("seller", None, 1), ("buyer", "FI", 1)}


def test_the_export_asks_for_a_fresh_second_factor(tenant: UUID, ada: Actor, incident: Incident) -> None:
    stale = dataclasses.replace(ada, factor_at=datetime.now(UTC) - timedelta(minutes=6))

    with pytest.raises(FreshFactorNeeded), Context(stale, tenant) as ctx:
        queries.export_people(ctx, incidents.incident(ctx, incident.id))


def test_everybody_on_the_list_is_told_once(tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident) -> None:
    pia, paul, petra, _ = sellers
    for person in (pia, paul):
        suspend(tenant, ada, person)
    ask(tenant, ada, incident, operations=["people.suspend"])
    notify(tenant, ada, incident)
    with pytest.raises(NobodyToTell):
        notify(tenant, ada, incident)
    suspend(tenant, ada, petra)
    ask(tenant, ada, incident, operations=["people.suspend"])
    notify(tenant, ada, incident)

    assert [told(tenant, name) for name in NAMES] == [1, 1, 1, 0]
    with Context(ada, tenant) as ctx:
        story = incidents.story(ctx, incident.id)
        assert (story.affected, story.notified) == (3, 3)
    with Context(pia, tenant) as ctx:
        assert incidents.what_happened(ctx, incident.id).told == "A list lay open."
    with pytest.raises(NotFound), Context(sellers[3], tenant) as ctx:
        incidents.what_happened(ctx, incident.id)


def test_the_letter_says_nothing_of_what_happened(
    tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident
) -> None:
    suspend(tenant, ada, sellers[0])
    ask(tenant, ada, incident, operations=["people.suspend"])
    notify(tenant, ada, incident)

    letter = letters(tenant, "Pia")[0]
    assert f"/what-happened/{incident.id}" in letter.body
    assert "list" not in letter.body


def test_whoever_was_erased_is_not_told_and_the_others_are(
    tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident, owner_sql
) -> None:
    pia, paul, *_ = sellers
    for person in (pia, paul):
        suspend(tenant, ada, person)
    ask(tenant, ada, incident, operations=["people.suspend"])
    owner_sql("UPDATE person_keys SET wrapped = NULL WHERE person_id = :id", tenant, id=pia.id)

    notify(tenant, ada, incident)

    with Context(ada, tenant) as ctx:
        shown = queries.affected(ctx, incidents.incident(ctx, incident.id)).shown
        assert {one.person_id: (one.unreachable, one.notified_at is not None) for one in shown} == {
            pia.id: (True, False),
            paul.id: (False, True),
        }


def test_what_was_refused_touched_nobody(tenant: UUID, ada: Actor, sellers: list[Actor], incident: Incident) -> None:
    with pytest.raises(SignInFailed), nobody(tenant, origin=BROWSER) as ctx:
        people.sign_in(ctx, email=email_of("Pia"), password="not the password at all")

    asked = ask(tenant, ada, incident, network="192.0.2.0/24", operations=["people.sign_in"], since=incident.created_at)

    assert asked.found == 0
