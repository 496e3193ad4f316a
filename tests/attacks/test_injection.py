"""Somebody asks a question with a piece of SQL in it. (In forms, the texts of `planting.py` hold some.)"""

import re
from itertools import product
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from salus.exchanges.health_data.queries import market
from salus.exchanges.health_data.rules import search
from salus.kernel.actor import Role
from tests.attacks.attacker import Attacker, somewhere
from tests.attacks.conftest import Tell
from tests.attacks.shapes import asked
from tests.strangers.knocking import Entrance
from tests.strangers.snapshot import snapshot
from tests.world import Sql, Visitor, World

NONSENSE = "zzqqxx"
PIECES = ("' OR '1'='1' --", "'; DROP TABLE users; --", "\\' || %s || %(id)s", 'x" : & | !( <->', "\0")
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def questions(doors: list[Entrance], visitor: Visitor) -> list[tuple[Entrance, str]]:
    """Every parameter of every question that this visitor may ask and most others may not."""
    mine = [door for door in doors if door.method == "GET" and Role.ANYONE not in door.roles]
    return [(door, name) for door in mine if door.roles & visitor.actor.roles for name in asked(door)]


def injected(url: str, world: World, visitor: Visitor, doors: list[Entrance]) -> tuple[int, list[str]]:
    """How much was tried, and which questions broke or showed more than nonsense does."""
    found, tried = [], 0
    with Attacker(url, visitor) as attacker:
        for entrance, name in questions(doors, visitor):
            path = somewhere(entrance, world.ids)
            plain = attacker.knock(entrance, world.ids, address=f"{path}?{name}={NONSENSE}")
            for piece in PIECES:
                tried += 1
                answer = attacker.knock(entrance, world.ids, address=f"{path}?{name}={quote(piece, safe='')}")
                more = set(AN_ID.findall(answer.text)) - set(AN_ID.findall(plain.text))
                is_nothing = not piece.strip("\0")  # a question without words is answered with everything
                if answer.status_code >= 500 or (more and plain.status_code == 200 and not is_nothing):
                    found.append(f"{path}?{name}={piece}: {answer.status_code}, shows {len(more)} more")
    return tried, found


def test_no_question_runs_as_sql(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], owner_sql: Sql, tell: Tell
) -> None:
    """It breaks nothing, shows nothing more and changes nothing.

    Seen to fail in the next test, and with the driver's own DataError not caught by the doors, as it was.
    """
    before, tried, found = snapshot(owner_sql, world.tenant), 0, list[str]()
    for one, entrances in product(insiders, [every_door]):
        requests, broken = injected(url, world, one, entrances)
        tried, found = tried + requests, found + broken
    tell("SQL in questions", places=tried // len(PIECES), requests=tried, findings=found)

    assert tried
    assert not found, "\n".join(found)
    after = snapshot(owner_sql, world.tenant)
    assert {table for table in after if after[table] != before[table]} <= {"records", "security_events"}


def test_words_put_into_sql_would_be_found(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that is put between quotes: one with a quote in it then ends it."""

    def careless(wanted: search.Search, tenant_id: UUID) -> tuple[str, dict[str, Any]]:
        statement, values = search.find(wanted, tenant_id)
        words = wanted.words.replace("%", "%%")
        return statement.replace("WHERE tenant_id", f"WHERE '{words}' <> 'nothing' AND tenant_id"), values

    monkeypatch.setattr(market, "find", careless)
    doors = [door for door in every_door if door.path == "/market"]

    _, found = injected(url, world, insiders[1], doors)

    assert found
