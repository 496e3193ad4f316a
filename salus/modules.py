"""Every module of Salus, loaded: what the web server, the worker, the command line and the migrations assemble."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

import salus.exchanges
import salus.shared
from salus.kernel import following, keys, records, tenants  # noqa: F401  (their tables belong to no module)


def names() -> list[str]:
    """`salus.shared.people`, `salus.exchanges.health_data`, …"""
    return [
        f"{floor.__name__}.{module.name}"
        for floor in (salus.shared, salus.exchanges)
        for module in iter_modules(floor.__path__)
    ]


@cache
def load(part: str) -> tuple[ModuleType, ...]:
    """This file of every module that has it (`models`, `actions`, `pages`, …), or the files it was split into."""
    wanted = [f"{name}.{part}" for name in names()]
    return tuple(file for name in wanted if find_spec(name) is not None for file in _files(import_module(name)))


def _files(module: ModuleType) -> list[ModuleType]:
    parts = [import_module(f"{module.__name__}.{part.name}") for part in iter_modules(getattr(module, "__path__", []))]
    return [module, *parts]


def load_all() -> None:
    """Whatever registers itself by being imported: tables, operations, reactions."""
    for part in ("models", "queries", "actions", "reactions"):
        load(part)
