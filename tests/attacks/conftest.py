"""One tenant in which everything has happened, served over HTTP, and the people who may do something there."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from salus.kernel.actor import ANONYMOUS
from salus.sim.running import running
from tests.attacks import figures
from tests.attacks.onlooking import Onlooker
from tests.strangers.knocking import Entrance, entrances
from tests.world import Sql, Visitor, World, build, till_of, visitor

Tell = Callable[..., None]


@pytest.fixture(scope="package")
def url(app: FastAPI) -> Iterator[str]:
    """The application, served on the loopback interface."""
    with running(app) as address:
        yield address


@pytest.fixture(scope="package")
def every_door(app: FastAPI) -> list[Entrance]:
    return list(entrances(app))


@pytest.fixture(scope="package")
def world(
    found_tenant: Callable[[str], UUID], owner_sql: Sql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Built once for all attacks of a process: what they try must change nothing.

    Of tables in which nothing is, there is the id of nothing: a door is attacked with it all the same.
    """
    here = found_tenant("Under attack")
    with till_of(here) as till:
        built = build(here, till, tmp_path_factory.mktemp("exports"), owner_sql)
        yield World(here, {table: rows or [uuid4()] for table, rows in built.ids.items()})


@pytest.fixture(scope="module")
def insiders(world: World) -> list[Visitor]:
    """Whoever may: the attack is then all that is wrong with a request. In sessions of their own for every file."""
    found = [
        visitor(world.tenant, "the seller", "Pia", has_factor=True),
        visitor(world.tenant, "the buyer", "Bruno", has_factor=True),
        visitor(world.tenant, "the administrator", "Ada", has_factor=True),
        visitor(world.tenant, "the doctor who may overbook", "Dora", has_factor=True),
        visitor(world.tenant, "the patient", "Petra"),
    ]
    assert all(one.actor.is_signed_in for one in found), "an attack by somebody who is only half way in shows nothing"
    return found


@pytest.fixture(scope="package")
def nobody_here(world: World) -> Visitor:
    return Visitor("nobody", world.tenant, ANONYMOUS)


@pytest.fixture
def onlooker(browser: Browser, url: str) -> Onlooker:
    return Onlooker(browser, url)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Says what an attack tried and found, and keeps it for the table of `tests.attacks.figures`."""

    def say(attack: str, *, places: int, requests: int, findings: list[str]) -> None:
        figure = figures.Figure(attack, places, requests, len(findings))
        figures.note(figure)
        with capsys.disabled():
            print(f"\n{figure}")  # noqa: T201

    return say
