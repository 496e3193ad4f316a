"""Documents that are made from the code itself, so that they cannot tell anything else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from salus.app import create_app
from salus.kernel.actor import Role
from salus.kernel.operations import OPERATIONS, Operation
from salus.kernel.records import REACTIONS, ROUTINES
from salus.web.audit import doors

HEAD = """\
# Operations

Every action and query of Salus: what it promises, who may do it, where its doors are, and what follows. Made by
`salus operations > docs/operations.md`; do not edit.

A name is at once the permission, the record, the event and the operation id of the API. *Step* means that no actor
may ask for it: other operations use it. *Salus itself* is the worker and the command line. A query marked
*discloses* leaves a record of who looked, as every action does of what was done. What *steps up* asks for a second
factor of the last five minutes.
"""


def operations_page() -> str:
    """`docs/operations.md`, as the code is now."""
    served = _doors()
    modules: dict[str, list[Operation]] = defaultdict(list)
    for operation in sorted(OPERATIONS.values(), key=lambda one: (not one.is_action, one.name)):
        modules[operation.name.split(".")[0]].append(operation)
    sections = [_section(name, modules[name], served) for name in sorted(modules)]
    return "\n".join([HEAD, *sections, _routines()])


def _doors() -> dict[str, list[str]]:
    served: dict[str, list[str]] = defaultdict(list)
    for (method, path), door in sorted(doors(create_app()).items(), key=lambda one: one[0][::-1]):
        if door.operation is not None:
            served[door.operation.name].append(f"`{method} {path}`")
    return served


def _section(module: str, operations: Iterable[Operation], served: dict[str, list[str]]) -> str:
    rows = [
        (f"`{one.name}`", _kind(one), one.promise, _who(one), _list(served[one.name]), _after(one))
        for one in operations
    ]
    return _table(module, ("operation", "kind", "promises", "who", "doors", "then"), rows)


def _kind(operation: Operation) -> str:
    kind = "action" if operation.is_action else "query, discloses" if operation.discloses else "query"
    return f"{kind}, steps up" if operation.step_up else kind


def _who(operation: Operation) -> str:
    names = {Role.SYSTEM: "Salus itself", Role.PERSON: "everyone signed in"}
    return ", ".join(names.get(role, role.value) for role in Role if role in operation.roles) or "*step*"


def _after(operation: Operation) -> str:
    return _list(f"`{reaction.name}`" for reaction in REACTIONS.get(operation.name, []))


def _routines() -> str:
    rows = [
        (f"`{one.name}`", f"{one.interval.total_seconds():g} s", (one.function.__doc__ or "").strip().split("\n")[0])
        for one in sorted(ROUTINES.values(), key=lambda one: one.name)
    ]
    return _table("By itself", ("routine", "every", "does"), rows)


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return f"## {title}\n\n" + "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _list(words: Iterable[str]) -> str:
    return "<br>".join(words)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
