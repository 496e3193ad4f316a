"""No operation serves whoever lacks the role, nor anybody at another tenant, even past all doors."""

import dataclasses
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from io import BytesIO
from typing import Any, BinaryIO, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from salus import modules
from salus.kernel.actor import SYSTEM, Role
from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.errors import GuardError, NotAllowed, Refusal, SignInNeeded
from salus.kernel.fields import Money
from salus.kernel.operations import OPERATIONS, WITHIN, Operation, query
from tests.strangers.examples import example
from tests.strangers.knocking import table_of
from tests.strangers.snapshot import snapshot
from tests.world import Sql, Visitor, World

PLAIN: dict[Any, Callable[[], Any]] = {
    str: lambda: "nothing in particular",
    int: lambda: 1,
    bool: lambda: True,
    bytes: lambda: b"",
    date: lambda: datetime.now(UTC).date(),
    datetime: lambda: datetime.now(UTC),
    Money: lambda: Money(1_000, "EUR"),
    BinaryIO: lambda: BytesIO(b""),
}
EMPTY: dict[Any, Callable[[], Any]] = {
    **dict.fromkeys((list, Sequence, Iterable, Iterator), list),
    **dict.fromkeys((dict, Mapping), dict),
    **dict.fromkeys((set, frozenset, tuple), frozenset),
}


class CannotMake(Exception):
    """A parameter of a kind that only a caller inside Salus has."""


@query(roles={Role.SYSTEM})
def anything(ctx: Context, table: type[Table], row_id: UUID) -> Table:
    return ctx.get(table, row_id)


def ours() -> list[Operation]:
    modules.load_all()
    return [operation for operation in OPERATIONS.values() if operation.function.__module__.startswith("salus.")]


def called(operation: Operation) -> Callable[..., Any]:
    """The operation as other code calls it: through its checks."""
    module = inspect.getmodule(operation.function)
    found: Callable[..., Any] = getattr(module, operation.function.__name__)
    return found


def test_whoever_lacks_the_role_is_refused_by_every_operation(world: World, strangers: list[Visitor]) -> None:
    served, tried = [], 0
    for operation in ours():
        refusal = GuardError if operation.roles == WITHIN else (NotAllowed, SignInNeeded)
        for visitor in strangers:
            if Role.ANYONE in operation.roles or operation.roles & visitor.actor.roles:
                continue
            tried += 1
            arguments = inspect.signature(operation.function).parameters
            try:
                with Context(visitor.actor, visitor.tenant) as ctx:
                    called(operation)(ctx, *[None] * (len(arguments) - 1))
            except refusal:
                continue
            except Exception as error:
                served.append(f"{operation.name} for {visitor.who}: {error!r}")
            else:
                served.append(f"{operation.name} for {visitor.who}")

    assert tried > len(ours())
    assert served == []


def test_nothing_of_one_tenant_is_reached_from_another_by_any_operation(
    world: World, strangers: list[Visitor], elsewhere: UUID, owner_sql: Sql, capsys: pytest.CaptureFixture[str]
) -> None:
    """With ids and rows of here in hand, everyone elsewhere tries everything they may; Salus's own worker too."""
    theirs = [visitor for visitor in strangers if visitor.tenant == elsewhere]
    theirs.append(Visitor("the worker elsewhere", elsewhere, SYSTEM))
    before, reached, tried, untried = snapshot(owner_sql, world.tenant), [], 0, set()
    for operation in ours():
        for visitor in theirs:
            if not operation.roles & (visitor.actor.roles | {Role.ANYONE}):
                continue
            try:
                arguments = made_of(operation, world)
            except CannotMake:
                untried.add(operation.name)
                continue
            tried += 1
            shown = attempt(operation, visitor, arguments, world)
            after = snapshot(owner_sql, world.tenant)
            changed = sorted(table for table in after if after[table] != before[table])
            if shown or changed:
                reached.append(f"{operation.name} by {visitor.who}: shows {shown}, changes {changed}")
            before = after

    with capsys.disabled():
        print(f"\n{tried} attempts on {len(ours())} operations from elsewhere; not tried: {sorted(untried)}")  # noqa: T201

    assert reached == []
    assert len(untried) < len(ours()) / 10


def attempt(operation: Operation, visitor: Visitor, arguments: Mapping[str, Any], world: World) -> list[str]:
    """Call it; what of the world the answer holds, beside what was given."""
    try:
        with Context(visitor.actor, visitor.tenant) as ctx:
            answer = called(operation)(ctx, **arguments)
            given = list(arguments.values())
            return [str(row.id) for row in rows_in(answer) if row.tenant_id == world.tenant and row not in given]
    except (Refusal, GuardError, DBAPIError, SQLAlchemyError, ValueError, OSError):
        return []


def rows_in(answer: object, depth: int = 3) -> list[Table]:
    """Rows in an answer, also inside lists and dataclasses."""
    if isinstance(answer, Table):
        return [answer]
    if depth == 0 or isinstance(answer, str | bytes):
        return []
    parts = list(answer) if isinstance(answer, list | tuple) else list(getattr(answer, "__dict__", {}).values())
    return [row for part in parts for row in rows_in(part, depth - 1)]


def made_of(operation: Operation, world: World) -> dict[str, Any]:
    """Arguments that point into the world. Raises CannotMake."""
    hints = get_type_hints(operation.function)
    needed = list(inspect.signature(operation.function).parameters.values())[1:]
    return {
        parameter.name: value(parameter.name, hints[parameter.name], world)
        for parameter in needed
        if parameter.default is inspect.Parameter.empty
    }


def value(name: str, kind: Any, world: World) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return value(name, get_args(kind)[0], world)
    if kind is UUID:
        return an_id(name, world)
    if name == "resource" and origin is dict:
        return {"resourceType": "Observation"}
    if kind in PLAIN:
        return PLAIN[kind]()
    if (origin or kind) in EMPTY:
        return EMPTY[origin or kind]()
    if inspect.isclass(kind):
        return instance(kind, world)
    raise CannotMake(kind)


def an_id(name: str, world: World) -> UUID:
    try:
        return world.ids[table_of(name, world.ids)][0]
    except (StopIteration, IndexError):  # the world has no such thing: then the id of a person
        return world.ids["users"][0]


def instance(kind: type, world: World) -> Any:
    if issubclass(kind, Table):
        return row(kind, world)
    if issubclass(kind, BaseModel):
        return kind.model_validate(example(kind))
    if issubclass(kind, Enum):
        return next(iter(kind))
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        needed = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
        return kind(**{name: value(name, hints[name], world) for name in needed})
    raise CannotMake(kind)


def row(table: type[Table], world: World) -> Table:
    ids = world.ids[table.__tablename__]
    if not ids:
        raise CannotMake(table)
    with Context(SYSTEM, world.tenant) as ctx:
        return anything(ctx, table, ids[0])


@pytest.mark.parametrize("depth", [1])
def test_rows_are_found_wherever_an_answer_holds_them(depth: int) -> None:
    class Mail(Table):
        __tablename__ = f"test_rows_{depth}"

    one = Mail()

    assert rows_in([(one,)]) == [one]
