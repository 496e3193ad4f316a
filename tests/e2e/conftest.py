"""A whole installation as an operator runs it, each part a process of its own, and people with browsers."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from house import House, Part
from persons import Person
from playwright.sync_api import Browser, expect

from salus.formats.apple_health.generate import synthetic_export
from salus.kernel.postgres import Embedded

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Database, gateway, insurer, worker and web server, with one tenant and its administrator."""
    here = House.planned(tmp_path_factory.mktemp("house"))
    server = Embedded(here.home / "postgres")
    with ExitStack() as at_the_end:
        at_the_end.callback(server.stop)
        server.start()
        for words in (["migrate"], ["tenant", "nordic", "Nordic exchange"]):
            subprocess.run(
                [sys.executable, "-m", "salus", *words], env=here.environment, check=True, stdout=subprocess.DEVNULL
            )
        for part in ("gateway", "insurer", "worker", "serve"):
            at_the_end.enter_context(Part(part, here.environment))
        here.wait_until_ready()
        yield here


@pytest.fixture(scope="session")
def meet(browser: Browser, house: House) -> Iterator[Callable[..., Person]]:
    """Gives somebody a browser. At the end nobody's browser may have complained, above all about the policy."""
    met: list[Person] = []

    def meet(name: str, *, by_name: bool = False, **options: object) -> Person:
        url = house.url_by_name if by_name else house.url
        met.append(Person(name, house, browser.new_context(base_url=url, locale="en-GB", **options)))
        return met[-1]

    yield meet
    for person in met:
        person.context.close()
    assert [complaint for person in met for complaint in person.complaints] == []


@pytest.fixture(scope="session")
def ada(meet: Callable[..., Person]) -> Person:
    """The administrator, signed in once: a code of hers is good for one time."""
    ada = meet("Ada Moreau")
    ada.signs_in_with_code()
    return ada


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Health app made on Pia's phone."""
    path = tmp_path_factory.mktemp("phone") / "export.zip"
    synthetic_export(path, seed=7, days=120, owner="Pia")
    return path
