"""Ids that are not one's own, in addresses, forms and questions: what is not yours does not exist.

That a stranger is refused at every door with the ids of the world is tested in `tests/strangers`; this is about ids of
nothing, about telling the two apart, and about ids in other places than addresses.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from uuid import UUID

import pytest
from pydantic import BaseModel

from salus.kernel.actor import Role
from tests.attacks.attacker import Attacker, of_nothing, somewhere
from tests.attacks.conftest import Tell
from tests.attacks.shapes import asked, is_form, models_in, written
from tests.attacks.stages import unhurried
from tests.cast import administrator, buyer, doctor, patient, seller
from tests.exchanges.appointments.scene import Surgery
from tests.strangers.examples import filled
from tests.strangers.knocking import Entrance
from tests.strangers.snapshot import snapshot
from tests.strangers.test_at_doors import MAKES_THEIR_OWN, OPEN_TO_ALL_HERE, is_fhirs_nothing
from tests.world import Sql, Visitor, World, let_overbook, visitor

KNOWN_TO_ALL = {"federation.begin_link"}
"""Providers of sign-ins are shown to everybody."""

OF_ELSEWHERE = ("users", "records", "health_offers", "organisations", "appointments", "visit_types", "resources")
"""Tables whose ids are asked for in every question."""

NEVER_THEIRS = {"clinical.remove": "patients delete nothing at the FHIR door, whatever its id is"}
"""Refused to some who may come to the door, before anything is looked for."""

AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
NO_ID = ("0", "-1", "null", "..%2f..%2fetc%2fpasswd", "%00", "%27%20OR%201=1--", "{id}", "a" * 4000, "😀")


@pytest.fixture(scope="module")
def others(world: World) -> list[Visitor]:
    """People of the same roles in the same tenant, whom nothing of all that belongs to."""
    with unhurried():
        seller(world.tenant, "Paul")
        buyer(world.tenant, "Ben", organisation="Northern Heart Institute")
        patient(world.tenant, "Pekka")
        practising(world.tenant, "Edda", "Hill Clinic")
    return [
        visitor(world.tenant, "another seller", "Paul"),
        visitor(world.tenant, "another buyer", "Ben", has_factor=True),
        visitor(world.tenant, "another patient", "Pekka"),
        visitor(world.tenant, "another doctor who may overbook", "Edda", has_factor=True),
    ]


def practising(tenant: UUID, name: str, organisation: str) -> None:
    """A doctor who can be booked and may overbook, so that nothing of somebody else's is all that is wrong."""
    somebody = doctor(tenant, name, organisation=organisation)
    Surgery(tenant, somebody, name=f"Dr {name}")
    let_overbook(tenant, somebody)


@pytest.fixture(scope="module")
def people_elsewhere(found_tenant: Callable[[str], UUID]) -> list[Visitor]:
    elsewhere = found_tenant("Elsewhere")
    seller(elsewhere, "Sten")
    buyer(elsewhere, "Britt", organisation="Baltic Sleep Clinic")
    patient(elsewhere, "Pekka")
    practising(elsewhere, "Edda", "Hill Clinic")
    administrator(elsewhere)
    return [
        visitor(elsewhere, "a seller elsewhere", "Sten"),
        visitor(elsewhere, "a buyer elsewhere", "Britt", has_factor=True),
        visitor(elsewhere, "a patient elsewhere", "Pekka"),
        visitor(elsewhere, "a doctor elsewhere who may overbook", "Edda", has_factor=True),
        visitor(elsewhere, "an administrator elsewhere", "Ada", has_factor=True),
    ]


def may(visitor: Visitor, entrance: Entrance) -> bool:
    return Role.ANYONE not in entrance.roles and bool(entrance.roles & visitor.actor.roles)


def naming(doors: list[Entrance], visitor: Visitor) -> list[Entrance]:
    return [door for door in doors if door.names_something and may(visitor, door)]


def test_what_is_somebody_elses_looks_like_what_is_not_there(
    every_door: list[Entrance], url: str, world: World, others: list[Visitor], tell: Tell
) -> None:
    """The same status and the same words, so that nobody can find out which ids exist.

    Seen to fail with NotAllowed instead of NotFound in `people.session`; and with 404 for what a doctor may not delete,
    where deleting nothing is 204, as it was.
    """
    found, tried = [], 0
    for one in others:
        with Attacker(url, one) as knocker:
            for entrance in naming(every_door, one):
                assert entrance.door.operation is not None
                if entrance.door.operation.name in OPEN_TO_ALL_HERE.keys() | KNOWN_TO_ALL | MAKES_THEIR_OWN:
                    continue
                tried += 2
                theirs = knocker.knock(entrance, world.ids)
                nothing = knocker.knock(entrance, world.ids, address=of_nothing(entrance))
                if said(theirs.text) != said(nothing.text) or theirs.status_code != nothing.status_code:
                    at = f"{entrance.method} {entrance.path} for {one.who}"
                    found.append(f"{at}: {theirs.status_code} and {nothing.status_code}")
    tell("finding out which ids exist", places=tried // 2, requests=tried, findings=found)

    assert not found, "\n".join(found)


def makes_their_own(entrance: Entrance) -> bool:
    return entrance.door.operation is not None and entrance.door.operation.name in MAKES_THEIR_OWN


def never(entrance: Entrance) -> set[int]:
    assert entrance.door.operation is not None
    return {403} if entrance.door.operation.name in NEVER_THEIRS else set()


def said(text: str) -> str:
    """An answer without what is another in every answer."""
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|value=\"[0-9a-f]{64}\"", "…", text)


def test_an_id_of_nothing_is_not_found_and_breaks_nothing(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], owner_sql: Sql, tell: Tell
) -> None:
    """Seen to fail with `ctx.db.get(…)` instead of `ctx.get(…)` in `people.organisation`."""
    before, found, tried = snapshot(owner_sql, world.tenant), [], 0
    for one in insiders:
        with Attacker(url, one) as knocker:
            for entrance in naming(every_door, one):
                if makes_their_own(entrance):
                    continue
                tried += 1
                answer = knocker.knock(entrance, world.ids, address=of_nothing(entrance))
                if answer.status_code not in {404, 422} | never(entrance) and not is_fhirs_nothing(entrance, answer):
                    found.append(f"{entrance.method} {entrance.path} for {one.who}: {answer.status_code}")
    tell("ids of nothing", places=tried, requests=tried, findings=found)

    assert not found, "\n".join(found)
    assert snapshot(owner_sql, world.tenant) == before


def test_what_is_no_id_at_all_breaks_nothing(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], tell: Tell
) -> None:
    """It is refused as an address that leads nowhere, or as something that is no id."""
    found, tried = [], 0
    for one in insiders:
        with Attacker(url, one) as knocker:
            for entrance, wrong in product(naming(every_door, one), NO_ID):
                if makes_their_own(entrance):
                    continue
                tried += 1
                answer = knocker.knock(entrance, world.ids, address=re.sub(r"{[^}]*}", wrong, entrance.plain_path))
                expected = {400, 404, 405, 422} | never(entrance)
                if answer.status_code not in expected and not is_fhirs_nothing(entrance, answer):
                    found.append(f"{entrance.method} {entrance.path} with {wrong[:20]}: {answer.status_code}")
    tell("what is no id", places=tried // len(NO_ID), requests=tried, findings=found)

    assert not found, "\n".join(found)


def of_here(world: World) -> frozenset[str]:
    """The ids of everything in the world."""
    return frozenset(str(row) for rows in world.ids.values() for row in rows)


def id_fields(model: type[BaseModel]) -> Iterator[str]:
    for inner in models_in(model):
        for name, field in inner.model_fields.items():
            if "UUID" in str(field.annotation):
                yield name


def test_ids_of_another_tenant_in_a_form_reach_nothing(
    every_door: list[Entrance], url: str, world: World, people_elsewhere: list[Visitor], owner_sql: Sql, tell: Tell
) -> None:
    """Ids of every table, in every field that takes one.

    Dropping the policy of one table alone did not make it fail: `tests/architecture/test_tenancy.py` sees such leaks.
    """
    before, found, tried = snapshot(owner_sql, world.tenant), [], 0
    doors = [(door, model) for door in every_door if (model := written(door)) is not None and list(id_fields(model))]
    tables, here = [ids for ids in world.ids.values() if ids], of_here(world)
    for one, (entrance, model) in product(people_elsewhere, doors):
        if not may(one, entrance):
            continue
        with Attacker(url, one) as knocker:
            for name, ids in product(id_fields(model), tables):
                tried += 1
                given = str(ids[0])
                sent = filled(model) | {name: given}
                answer = knocker.knock(entrance, world.ids, body={"data" if is_form(entrance) else "json": sent})
                if answer.status_code >= 500 or here.intersection(AN_ID.findall(answer.text)) - {given}:
                    found.append(f"{entrance.path}: {name} of {one.who}: {answer.status_code}")
    tell("ids of elsewhere in forms", places=len(doors), requests=tried, findings=found)

    assert tried
    assert not found, "\n".join(found)
    assert snapshot(owner_sql, world.tenant) == before


def test_questions_about_ids_of_another_tenant_are_answered_with_nothing(
    every_door: list[Entrance], url: str, world: World, people_elsewhere: list[Visitor], tell: Tell
) -> None:
    """In every parameter of every question, not only in those that take ids."""
    found, tried, here = [], 0, of_here(world)
    doors = [door for door in every_door if door.method == "GET" and not door.names_something and asked(door)]
    for one, entrance in product(people_elsewhere, doors):
        if not may(one, entrance):
            continue
        with Attacker(url, one) as knocker:
            for name, table in product(asked(entrance), OF_ELSEWHERE):
                tried += 1
                given = str(world.ids[table][0])
                path = somewhere(entrance, world.ids)
                shown = knocker.knock(entrance, world.ids, address=f"{path}?{name}={given}").text
                if here.intersection(AN_ID.findall(shown)) - {given}:
                    found.append(f"{path}: {name} for {one.who}")
    tell("questions about ids of elsewhere", places=len(doors), requests=tried, findings=found)

    assert not found, "\n".join(found)


def test_what_was_taken_off_the_market_is_there_for_nobody(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor]
) -> None:
    """Seen to fail with the row left in the market when an offer is taken back."""
    by_path = {(door.method, door.path): door for door in every_door}
    offer = "/v1/health-data/market/{offer_id}"
    pia, bruno, *_ = insiders
    on_market = [i for i in world.ids["health_offers"] if _is_there(url, bruno, by_path["GET", offer], i)]
    assert on_market
    with Attacker(url, pia) as knocker:
        back = by_path["DELETE", "/v1/health-data/offers/{offer_id}/submission"]
        assert knocker.knock(back, {"health_offers": on_market}).status_code == 200

    for path in offer, f"{offer}/synthetic", "/market/{offer_id}", "/market/{offer_id}/ask":
        assert not _is_there(url, bruno, by_path["GET", path], on_market[0])
    with Attacker(url, bruno) as knocker:
        asked_for = knocker.knock(by_path["POST", f"{offer}/requests"], {"health_offers": on_market})
    assert asked_for.status_code in {404, 409}


def _is_there(url: str, who: Visitor, entrance: Entrance, offer_id: UUID) -> bool:
    with Attacker(url, who) as knocker:
        return knocker.knock(entrance, {"health_offers": [offer_id]}).status_code != 404


def test_administrators_may_in_this_world(insiders: list[Visitor]) -> None:
    """Else the tests above would find nothing for them."""
    assert insiders[2].actor.has(Role.ADMINISTRATOR)
