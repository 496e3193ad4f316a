"""Texts of an attacker in every field that a person can fill, and what becomes of them: nothing but text, nowhere else.

Markup and scripts would run in the browser of somebody else who sees it (XSS), formulas in their spreadsheet; and words
of a person could leak into logs, addresses, errors, letters or columns that are not under a key (the canary).
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
import structlog

from salus import schema
from salus.formats import csv_table
from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.shared.webhooks.rules.events import Event
from salus.web import render
from salus.worker import settle_everything
from tests.architecture.test_personal_data import REVIEWED
from tests.attacks.attacker import Attacker, somewhere
from tests.attacks.charting import chart
from tests.attacks.conftest import Tell
from tests.attacks.no_words import NO_WORDS
from tests.attacks.onlooking import Onlooker
from tests.attacks.outside import bodies, hear_everything, origin_of, outside
from tests.attacks.planting import MARK, PRODUCT, SHAPES, Place, Planting, places_of, plant, text_of
from tests.attacks.shapes import asked
from tests.attacks.sinks import (
    GIVEN_BACK,
    LETTERS,
    OPEN_WORDS,
    UNDER_A_KEY,
    WHERE_TO_GO,
    listening,
    of_the_database,
    of_the_metrics,
    plain_columns,
    tracing,
    unsealed,
)
from tests.attacks.stages import Stage, unhurried
from tests.exchanges.appointments.scene import Surgery
from tests.exchanges.health_data.scene import HEART, STEPS, Trade, export
from tests.shared.oauth.scene import fresh
from tests.shared.webhooks.scene import rename
from tests.strangers.knocking import Entrance
from tests.world import Sql, Visitor, World

TOKEN = re.compile(r"kanari\d{6}x")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?", re.IGNORECASE)
OPENED_FOR_EACH = 2
"""How many pages the real browser opens for each visitor: those with the most texts."""


@dataclass(frozen=True)
class Planted:
    """The world after the planting, and all that was logged meanwhile and while everybody looked at everything."""

    world: World
    planting: Planting
    visitors: list[Visitor]
    pages: list[tuple[Visitor, str, httpx.Response]]
    logged: str
    traced: str
    told: list[str]
    """The bodies of webhooks, as whoever subscribed to everything got them."""

    @property
    def answers(self) -> list[httpx.Response]:
        """Everything that anybody was shown: also the forms that came back with what was typed."""
        return [*self.planting.answers, *(answer for _, _, answer in self.pages)]


@pytest.fixture(scope="module")
def planted(
    url: str, world: World, every_door: list[Entrance], insiders: list[Visitor], owner_sql: Sql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Planted:  # fmt: skip
    """The buyer first: what is asked for must still be on the market."""
    seller, buyer, administrator, doctor, patient = insiders
    visitors = [buyer, seller, administrator, patient, doctor]
    trade = Trade(world.tenant, seller.actor, buyer.actor, administrator.actor, tmp_path_factory.mktemp("planted"))
    with listening() as heard, tracing() as traced, outside() as receiver, unhurried():
        hear_everything(world.tenant, fresh(administrator.actor), receiver)
        _trade_in(trade)
        surgery = Surgery(world.tenant, doctor.actor)
        stage = Stage(trade, surgery, patient.actor, origin_of(receiver), world.ids["identity_providers"][0])
        planting = plant(url, visitors, every_door, world.ids, stage)
        chart(url, doctor, patient, administrator, stage, planting)
        settle_everything(rounds=5_000)
        told = bodies(world.tenant, receiver)
        ids = {table: [*_newest(owner_sql, table, world), rows[0]] for table, rows in world.ids.items()}
        pages = list(_seen(url, visitors, every_door, ids))
    return Planted(world, planting, visitors, pages, heard.getvalue(), traced.getvalue(), told)


def _trade_in(trade: Trade) -> None:
    """An export whose file and devices have a text for a name, and an offer of it that is asked for with one."""
    name, _ = text_of(SHAPES[0])
    trade.bring_in(export(trade.folder, owner=name), name=f"{name}.zip")
    trade.switch_on(STEPS, HEART)
    offer = trade.offered(title=text_of(SHAPES[0])[1], description=text_of(SHAPES[1])[1])
    trade.asked(offer, purpose_words=text_of(SHAPES[0])[1])


def _newest(owner_sql: Sql, table: str, world: World) -> list[UUID]:
    rows = owner_sql(f"SELECT id FROM {table} WHERE tenant_id = :its ORDER BY id DESC", world.tenant, its=world.tenant)
    return [UUID(str(row)) for (row,) in islice(rows, 1)]


def _seen(
    url: str, visitors: list[Visitor], doors: list[Entrance], ids: dict[str, list[UUID]]
) -> Iterator[tuple[Visitor, str, httpx.Response]]:
    """What each of them sees at each door, of the newest and the oldest things, and with a text in every parameter."""
    for one in visitors:
        with Attacker(url, one) as attacker:
            for entrance in doors:
                if entrance.method != "GET" or not (one.actor.roles | {Role.ANYONE}) & entrance.roles:
                    continue
                for end in (slice(None, 1), slice(-1, None)) if entrance.names_something else (slice(None),):
                    path = somewhere(entrance, {table: rows[end] for table, rows in ids.items()})
                    yield one, path, attacker.knock(entrance, ids, address=path)
                for name in asked(entrance):
                    path = f"{somewhere(entrance, ids)}?{name}={quote(text_of(SHAPES[0])[1], safe='')}"
                    yield one, path, attacker.knock(entrance, ids, address=path)


def test_every_field_took_a_text_or_was_looked_at_and_takes_none(
    planted: Planted, every_door: list[Entrance], tell: Tell
) -> None:
    """Else the tests below would find nothing there. A new field fails here until it is one or the other.

    Seen to fail where a scene left a form refused, and with a field on the list that does take words.
    """
    planting = planted.planting
    tell("planting texts", places=len(planting.planted), requests=len(planting.answers), findings=[])
    fields = {place.field for place in planting.places}
    unplanted = {str(place) for place in planting.places - planting.planted if place.field not in NO_WORDS}
    elsewhere = [door for door in every_door if not {place for place, _ in places_of(door)} <= planting.places]

    assert sorted(unplanted) == []
    assert {str(door.path) for door in elsewhere} == set()
    assert NO_WORDS.keys() - fields == set(), "there is no such field any more"
    assert NO_WORDS.keys() & {place.field for place in planting.planted} == set(), "it takes words"
    assert [answer.request.url.path for answer in planted.answers if answer.status_code == 500] == []


def is_html(answer: httpx.Response) -> bool:
    return "text/html" in answer.headers.get("content-type", "")


@pytest.mark.browser
def test_no_text_of_anybody_becomes_part_of_a_page(planted: Planted, onlooker: Onlooker, tell: Tell) -> None:
    """No element, no handler, no link to a script; and no template is evaluated.

    Seen to fail without escaping: the test after the next does it.
    """
    pages = [answer for answer in planted.answers if is_html(answer)]
    shown = [answer for answer in pages if TOKEN.search(answer.text)]
    found = [
        f"{answer.request.method} {answer.request.url.path}: {what}"
        for answer, what in zip(shown, onlooker.read([answer.text for answer in shown]), strict=True)
        if what or str(PRODUCT) in answer.text
    ]
    tell("markup in pages", places=len(shown), requests=len(pages), findings=found)

    assert {one.who for one, _ in busiest(planted)} == {one.who for one in planted.visitors}
    assert not found, "\n".join(found)


def busiest(planted: Planted) -> list[tuple[Visitor, str]]:
    """For each visitor the pages with the most planted texts."""
    found = []
    for one in planted.visitors:
        texts = {path: len(TOKEN.findall(a.text)) for who, path, a in planted.pages if who is one and is_html(a)}
        most = sorted(texts, key=lambda path: texts[path], reverse=True)[:OPENED_FOR_EACH]
        found += [(one, path) for path in most if texts[path]]
    return found


@pytest.mark.browser
def test_no_script_runs_and_the_policy_has_nothing_to_stop(planted: Planted, onlooker: Onlooker, tell: Tell) -> None:
    """In pages as they are served, scripts of ours and all. Seen to fail in the next test."""
    pages = busiest(planted)
    found = [f"{path} for {one.who}: {what}" for one, path in pages if (what := onlooker.open(one, path))]
    tell("markup in a browser", places=len(pages), requests=len(pages), findings=found)

    assert pages
    assert not found, "\n".join(found)


@pytest.mark.browser
def test_without_escaping_it_is_found_and_the_policy_stops_the_script(
    planted: Planted, onlooker: Onlooker, url: str, every_door: list[Entrance],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """And without the policy, too, it runs: the browser of these tests would notice."""
    careless = render.environment().overlay(autoescape=False)
    monkeypatch.setattr(render, "environment", lambda: careless)
    pia = planted.visitors[1]
    entrance = next(door for door in every_door if door.path == "/offers" and door.method == "GET")
    with Attacker(url, pia) as attacker:
        page = attacker.knock(entrance, planted.world.ids).text

    held, free = onlooker.open(pia, "/offers"), onlooker.open(pia, "/offers", with_policy=False)

    assert any(MARK in what for what in onlooker.read([page])[0])
    assert any(MARK in what for what in held)
    assert any("Content Security" in what for what in held)
    assert "a dialog" not in held
    assert "a dialog" in free


def test_words_of_a_person_are_kept_nowhere_but_under_a_key(planted: Planted, owner_sql: Sql, tell: Tell) -> None:
    """In no plain column: not in records, not in what is owed, not in events, not in deliveries of webhooks."""
    columns = plain_columns(owner_sql, planted.world.tenant, "kanari")
    found = [
        f"{name}: {words[:100]}"
        for name, words in columns.items()
        if not {name, name.split(".")[0]} & (REVIEWED.keys() | OPEN_WORDS.keys())
    ]
    with Context(SYSTEM, planted.world.tenant) as ctx:
        kept = unsealed(ctx)
    sealed = {name for name, text in kept.items() if TOKEN.search(text)}
    tell("words in plain columns", places=len(schema.tables()), requests=len(columns), findings=found)

    assert UNDER_A_KEY - sealed == set()
    assert not found, "\n".join(found)


def test_no_log_no_address_and_no_refusal_repeats_them(planted: Planted, home: Path, tell: Tell) -> None:
    """Nor does any letter or notice, and nothing that is delivered to whoever subscribed to every event.

    Seen to fail with the refusal of a term that the terms do not have, which named what was sent; the tests after this
    let a word through to a log and to a webhook, and find it.
    """
    with Context(SYSTEM, planted.world.tenant) as ctx:
        kept = unsealed(ctx)
    # An address with a text in it may lead to one with it: to the page for signing in, and back.
    sent = [answer for answer in planted.answers if not TOKEN.search(str(answer.request.url))]
    refused = [answer for answer in sent if is_refusal(answer)]
    sinks = {
        "the application's log": planted.logged,
        "traces": planted.traced,
        "metrics": of_the_metrics(),
        "the database's log": of_the_database(home),
        "webhooks": "\n".join(planted.told),
        "addresses people are sent to": "\n".join(answer.headers.get("location", "") for answer in sent),
        "headers": "\n".join(str(answer.headers) for answer in sent),
        "refusals of the API": "\n".join(answer.text for answer in refused),
        **{name: kept[name] for name in LETTERS},
    }
    taken = planted.planting.taken
    found = [
        f"{name}: {one} of {taken.get(one)}"
        for name, text in sinks.items()
        for one in set(TOKEN.findall(text)) - tokens_of(taken, GIVEN_BACK | (WHERE_TO_GO if name in LETTERS else set()))
    ]
    assert "http.route" in planted.traced
    tell("words in logs, letters and refusals", places=len(sinks), requests=len(sent), findings=found)

    assert [name for name, text in sinks.items() if not text] == []
    assert len({json.loads(body)["type"] for body in planted.told}) > 20
    assert not found, "\n".join(found[:20])


def tokens_of(taken: Mapping[str, Place], fields: Set[str]) -> set[str]:
    return {token for token, place in taken.items() if place.field in fields}


def is_refusal(answer: httpx.Response) -> bool:
    """What a program is told that something is wrong with what it sent; also with one entry of many."""
    kind = answer.headers.get("content-type", "")
    if "problem" in kind:
        return True
    told = answer.json() if "fhir+json" in kind and answer.content else {}
    return told.get("resourceType") == "OperationOutcome" or told.get("type") == "batch-response"


def test_a_leaking_line_would_be_heard() -> None:
    with listening() as heard:
        structlog.get_logger().info("request", route="kanari000000x")

    assert TOKEN.search(heard.getvalue())


def test_a_leaking_event_would_be_heard(world: World, insiders: list[Visitor], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a word in the body of a webhook."""
    ada = insiders[2].actor
    monkeypatch.setattr(Event, "body", lambda *_: b'{"name":"kanari000000x"}')
    with outside() as receiver:
        hear_everything(world.tenant, fresh(ada), receiver)
        rename(world.tenant, ada, "Ada")

        assert any(TOKEN.search(body) for body in bodies(world.tenant, receiver))


def formulas(table: str) -> tuple[int, list[str]]:
    """How many cells there are, and those that a spreadsheet would take for a formula."""
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    return len(cells), [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA) and not NUMBER.fullmatch(cell)]


def test_no_cell_of_a_table_is_a_formula(planted: Planted, tell: Tell) -> None:
    """In every export. Seen to fail in the next test."""
    tables = [answer for answer in planted.answers if "csv" in answer.headers.get("content-type", "")]
    read = [(answer.request.url.path, *formulas(answer.text)) for answer in tables]
    found = [f"{path}: {cell}" for path, _, cells in read for cell in cells]
    tell("formulas in tables", places=len(tables), requests=sum(count for _, count, _ in read), findings=found)

    assert any(TOKEN.search(answer.text) for answer in tables)
    assert not found, "\n".join(found)


def test_a_formula_would_be_found(
    planted: Planted, url: str, every_door: list[Entrance], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With cells written as they come."""
    monkeypatch.setattr(csv_table, "_harmless", lambda cell: cell)
    entrance = next(door for door in every_door if door.path == "/privacy/register/export")
    with Attacker(url, planted.visitors[2]) as attacker:
        _, found = formulas(attacker.knock(entrance, planted.world.ids).text)

    assert any(TOKEN.search(cell) for cell in found)
