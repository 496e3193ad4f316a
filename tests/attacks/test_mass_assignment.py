"""Somebody sends fields that the form does not have: a role, a price, another owner."""

from functools import cache

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from salus import schema
from salus.kernel.actor import Role
from tests.attacks.attacker import Attacker
from tests.attacks.conftest import Tell
from tests.attacks.shapes import is_form, models_in, written
from tests.strangers.examples import filled
from tests.strangers.knocking import Entrance
from tests.strangers.snapshot import difference, snapshot
from tests.world import Sql, Visitor, World

OF_API = {404, 422}
OF_PAGES = {400, 401, 404, 422}
"""How a request is refused: for its fields, or first for what it names or for who sends it."""

OF_PROGRAMS = {"/oauth/token", "/oauth/revoke", "/oauth/introspect"}
"""Doors that ask for a program's own credentials and for nobody's session: 401, whatever is sent beside."""

ALWAYS = {
    *("role", "roles", "is_admin", "admin", "tenant", "owner_id", "user", "actor_id", "price", "state", "status"),
    *("scope", "scopes", "permissions", "__class__", "_sa_instance_state", "$set"),
}


IGNORING = {"Asked": "RFC 6749, 3.1 and 3.2: a parameter that the server does not know is ignored"}
"""Shapes, with all that are made of them, that must take what they do not know and do nothing with it."""


@cache
def wished_for() -> frozenset[str]:
    """Every column of every table, and every attribute over one, as an attacker who read the source would name them."""
    names = set(ALWAYS)
    for table in schema.tables():
        names |= {column.name for column in table.__table__.columns}
        names |= set(table.__dict__.get("__encrypted__", {}))
    return frozenset(names)


def taken_by(model: type[BaseModel]) -> set[str]:
    """Which of the wished-for fields it takes although it does not have them."""
    more = wished_for() - set(model.model_fields)
    refused: set[object] = set()
    try:
        model.model_validate(filled(model) | dict.fromkeys(more, "1"))
    except ValidationError as error:
        refused = {one["loc"][0] for one in error.errors() if one["type"] == "extra_forbidden" and len(one["loc"]) == 1}
    return more - refused


def writing(doors: list[Entrance]) -> list[tuple[Entrance, type[BaseModel]]]:
    return [(door, model) for door in doors if (model := written(door)) is not None]


def test_no_shape_takes_a_field_that_it_does_not_have(every_door: list[Entrance], tell: Tell) -> None:
    """Seen to fail with `extra="forbid"` taken out of `Write` of people; the next test plants such a shape."""
    known = {inner for _, model in writing(every_door) for inner in models_in(model)}
    models = {model for model in known if not {base.__name__ for base in model.__mro__} & IGNORING.keys()}
    tried = sum(len(wished_for() - set(model.model_fields)) for model in models)
    taken = [f"{model.__name__}: {sorted(found)}" for model in models if (found := taken_by(model))]
    tell("mass assignment, by shape", places=len(models), requests=tried, findings=taken)

    assert models
    assert not taken, "\n".join(taken)


def test_a_shape_that_does_is_found() -> None:
    class Generous(BaseModel):
        name: str

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        name: str

    assert taken_by(Generous) == taken_by(Open) == wished_for() - {"name"}


def test_no_door_takes_one_from_whoever_may_send_the_rest(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], owner_sql: Sql, tell: Tell
) -> None:
    """All wished-for fields in one request, beside everything that is right: refused, and nothing has changed.

    A doctor whose form about a visit is refused is shown the visit once more with what is wrong, and like every look at
    it that is on record: of all rows, only such records may be new.
    """
    before, found, requests, places = snapshot(owner_sql, world.tenant, with_looks=False), [], 0, 0
    for visitor in insiders:
        with Attacker(url, visitor) as knocker:
            for entrance, model in writing(every_door):
                if not entrance.roles & (visitor.actor.roles | {Role.ANYONE}):
                    continue
                more = dict.fromkeys(sorted(wished_for() - set(model.model_fields)), "1")
                sent = filled(model) | more
                answer = knocker.knock(entrance, world.ids, body={"data" if is_form(entrance) else "json": sent})
                requests, places = requests + 1, places + len(more)
                refused = OF_PAGES if entrance.is_page or entrance.path in OF_PROGRAMS else OF_API
                if answer.status_code not in refused:
                    found.append(f"{entrance.path} for {visitor.who}: {answer.status_code}")
                elif not entrance.is_page and answer.status_code == 422:
                    named = {one["field"] for one in answer.json()["errors"]}
                    found += [f"{entrance.path}: {name} is not refused" for name in more.keys() - named]
    tell("mass assignment, at doors", places=places, requests=requests, findings=found)

    assert not found, "\n".join(found)
    after = snapshot(owner_sql, world.tenant, with_looks=False)
    assert after == before, difference(owner_sql, world.tenant, before, after)


@pytest.mark.parametrize("name", ["organisation.review", "organisation.tenant_id"])
def test_nor_does_what_lies_within_another(
    name: str, url: str, every_door: list[Entrance], nobody_here: Visitor
) -> None:
    """An account with an organisation that calls itself approved. Seen to fail as the first."""
    entrance = next(door for door in every_door if door.path == "/v1/sign-ups")
    outer, inner = name.split(".")
    founded = {"name": "N", "kind": "company", "country": "FI", "registration_number": "1", inner: "approved"}
    model = written(entrance)
    assert model is not None
    with Attacker(url, nobody_here) as knocker:
        answer = knocker.knock(entrance, {}, body={"json": filled(model) | {outer: founded}})

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [name]
