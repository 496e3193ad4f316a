"""Whoever has no business with something learns nothing of it and changes nothing, at any door."""

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from salus.kernel.actor import Role
from tests.strangers.knocking import Entrance, Knocker, entrances
from tests.strangers.snapshot import difference, snapshot
from tests.world import Sql, Visitor, World

REFUSED = {401, 403, 404}

OPEN_TO_ALL_HERE = {
    "appointments.book": "any patient may book what a doctor offers",
    "appointments.book_series": "any patient may book what a doctor offers",
    "appointments.wait": "any patient may wait for what a doctor offers",
    "appointments.later_appointments": "any patient may wait for what a doctor offers",
    "health_data.market_offer": "the market is for everyone who is signed in",
    "health_data.synthetic_preview": "the market is for everyone who is signed in",
    "health_data.ask": "any approved buyer may ask",
    "federation.begin_link": "everybody may link their own account at any provider",
    "insurance.insured": "any patient may look at what it takes to book a series of what a doctor offers",
    "people.organisation": "who trades here is known to everyone who is signed in",
}
"""Doors that everybody of the right role may go through, whoever's the thing is. Reviewed one by one."""

MAKES_THEIR_OWN = {"clinical.update"}
"""Where the same id elsewhere is something new: FHIR lets whoever writes a record choose its id."""


def must_be_refused(entrance: Entrance, visitor: Visitor, *, is_here: bool) -> bool:
    """Whether this visitor has no business at this door with something of Pia's or Bruno's."""
    if Role.ANYONE in entrance.roles:
        return entrance.names_something and not is_here
    if not entrance.roles & visitor.actor.roles:
        return True
    if not entrance.names_something:
        return False
    assert entrance.door.operation is not None
    if not is_here:
        return entrance.door.operation.name not in MAKES_THEIR_OWN
    is_their_office = Role.ADMINISTRATOR in entrance.roles and visitor.actor.has(Role.ADMINISTRATOR)
    return not is_their_office and entrance.door.operation.name not in OPEN_TO_ALL_HERE


def was_refused(entrance: Entrance, answer: httpx.Response) -> bool:
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    return answer.status_code in REFUSED or (entrance.is_page and to_sign_in) or is_fhirs_nothing(entrance, answer)


def is_fhirs_nothing(entrance: Entrance, answer: httpx.Response) -> bool:
    """How FHIR speaks of what is not there: a search finds nothing, and it can be deleted again and again."""
    if not entrance.path.startswith("/fhir"):
        return False
    if entrance.method == "DELETE":
        return answer.status_code == 204
    return answer.status_code == 200 and answer.json().get("total") == 0 and "entry" not in answer.json()


def knocks(app: FastAPI, url: str, strangers: list[Visitor]) -> Iterator[tuple[Entrance, Knocker]]:
    for visitor in strangers:
        with Knocker(url, visitor) as knocker:
            for entrance in entrances(app):
                yield entrance, knocker


def test_a_stranger_at_any_door_gets_nothing_and_changes_nothing(
    app: FastAPI, url: str, world: World, strangers: list[Visitor], owner_sql: Sql, capsys: pytest.CaptureFixture[str]
) -> None:
    found, tried = [], Counter[str]()
    before = snapshot(owner_sql, world.tenant)
    for entrance, knocker in knocks(app, url, strangers):
        visitor = knocker.visitor
        if not must_be_refused(entrance, visitor, is_here=visitor.tenant == world.tenant):
            continue
        answer = knocker.knock(entrance, world.ids)
        tried[visitor.who] += 1
        # A snapshot takes longer than a request, so questions are looked at together with the next deed.
        after = before if entrance.method == "GET" else snapshot(owner_sql, world.tenant)
        at = f"{entrance.method} {entrance.path} by {visitor.who}"
        if not was_refused(entrance, answer):
            found.append(f"{at}: {answer.status_code} {answer.text[:200] if not entrance.is_page else ''}")
        if after != before:
            found.append(f"{at}: {difference(owner_sql, world.tenant, before, after)}")
        before = after
    assert snapshot(owner_sql, world.tenant) == before
    with capsys.disabled():
        doors = len(list(entrances(app)))
        print(f"\n{sum(tried.values())} refusals at {doors} doors: {dict(tried)}")  # noqa: T201

    assert found == []


def test_what_people_elsewhere_see_of_their_own_shows_nothing_of_here(
    app: FastAPI, url: str, world: World, strangers: list[Visitor]
) -> None:
    everything = {str(row_id) for rows in world.ids.values() for row_id in rows}
    found = []
    for entrance, knocker in knocks(app, url, strangers):
        visitor = knocker.visitor
        is_theirs = bool(entrance.roles & (visitor.actor.roles | {Role.ANYONE})) and not entrance.names_something
        if visitor.tenant == world.tenant or entrance.method != "GET" or not is_theirs:
            continue
        answer = knocker.knock(entrance, world.ids)
        shown = sorted(row_id for row_id in everything if row_id in answer.text)
        if shown or answer.status_code >= 500:
            found.append(f"{entrance.path} for {visitor.who}: {answer.status_code} {shown[:3]}")

    assert found == []
