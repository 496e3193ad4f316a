"""Nothing is public in a module's actions and queries but operations, and each says what it promises."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages
from types import ModuleType

import pytest

from salus import modules
from salus.kernel.operations import OPERATIONS, WITHIN
from salus.kernel.records import REACTIONS


@pytest.fixture(scope="module", autouse=True)
def everything() -> None:
    modules.load_all()


def ours(name: str) -> bool:
    """Whether an operation is Salus's: tests define some of their own."""
    return OPERATIONS[name].function.__module__.startswith("salus.")


def parts() -> Iterator[ModuleType]:
    """`actions` and `queries` of every module, with the files they were split into."""
    for module in modules.names():
        for part in ("actions", "queries"):
            if find_spec(f"{module}.{part}") is None:
                continue
            found = import_module(f"{module}.{part}")
            yield found
            for inner in walk_packages(getattr(found, "__path__", []), f"{found.__name__}."):
                yield import_module(inner.name)


def test_every_public_function_of_actions_and_queries_is_an_operation() -> None:
    unguarded = [
        f"{part.__name__}.{name}"
        for part in parts()
        for name, value in vars(part).items()
        if inspect.isfunction(value) and value.__module__ == part.__name__ and not name.startswith("_")
        if not hasattr(value, "__operation__")
    ]

    assert unguarded == []


def test_an_action_stands_among_actions_and_a_query_among_queries() -> None:
    misplaced = [
        name
        for name, operation in OPERATIONS.items()
        if ours(name) and ("actions" if operation.is_action else "queries") not in operation.function.__module__
    ]

    assert misplaced == []


def test_every_operation_says_in_one_sentence_what_it_promises() -> None:
    silent = [name for name, operation in OPERATIONS.items() if ours(name) and not operation.promise.endswith(".")]

    assert silent == []


def test_every_reaction_follows_an_action_that_exists() -> None:
    followed = {name for name in REACTIONS if REACTIONS[name][0].function.__module__.startswith("salus.")}

    assert {name for name in followed if name not in OPERATIONS or not OPERATIONS[name].is_action} == set()


def test_every_operation_that_nobody_may_ask_for_is_used_by_another() -> None:
    """A step (`WITHIN`) that no code calls is dead."""
    from tests.architecture.tree import SALUS, tracked

    code = [path.read_text() for path in tracked() if path.suffix == ".py" and SALUS in path.parents]
    steps = [operation for name, operation in OPERATIONS.items() if ours(name) and operation.roles == WITHIN]
    unused = [step.name for step in steps if sum(text.count(f"{step.function.__name__}(") for text in code) < 2]

    assert unused == []
