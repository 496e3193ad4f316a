"""What every door takes: the models of its body and its query, and the fields in them, however deep."""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from fastapi.params import Depends, Form, Param
from pydantic import BaseModel

from tests.strangers.knocking import Entrance


def written(entrance: Entrance) -> type[BaseModel] | None:
    """The model of what is sent to this door in its body; None for doors that take none."""
    for kind, marks in _parameters(entrance):
        is_model = inspect.isclass(kind) and issubclass(kind, BaseModel)
        is_query = any(isinstance(mark, Param) and not isinstance(mark, Form) for mark in marks)
        if is_model and not is_query and entrance.method != "GET":
            return kind  # type: ignore[no-any-return]
    return None


def is_form(entrance: Entrance) -> bool:
    return any(isinstance(mark, Form) for _, marks in _parameters(entrance) for mark in marks)


def asked(entrance: Entrance) -> list[str]:
    """The names of the parameters that its query takes, as they stand in an address."""
    names = []
    for name, parameter in _signature(entrance):
        kind, marks = _kind(parameter)
        if any(isinstance(mark, Depends | Form) for mark in marks) or f"{{{name}" in entrance.path:
            continue
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            if any(isinstance(mark, Param) for mark in marks):
                names += [field.alias or key for key, field in kind.model_fields.items()]
        elif entrance.method == "GET":
            aliases = [mark.alias for mark in marks if isinstance(mark, Param) and mark.alias]
            names.append(aliases[0] if aliases else name)
    return names


def models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and every model within it."""
    yield model
    for field in model.model_fields.values():
        for inner in _models_of(field.annotation):
            yield from models_in(inner)


def _models_of(kind: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        yield kind
    for argument in get_args(kind):
        yield from _models_of(argument)


def _parameters(entrance: Entrance) -> Iterator[tuple[Any, list[Any]]]:
    for _, parameter in _signature(entrance):
        yield _kind(parameter)


def _signature(entrance: Entrance) -> list[tuple[str, inspect.Parameter]]:
    return list(inspect.signature(entrance.endpoint).parameters.items())[1:]


def _kind(parameter: inspect.Parameter) -> tuple[Any, list[Any]]:
    if get_origin(parameter.annotation) is Annotated:
        kind, *marks = get_args(parameter.annotation)
        return kind, marks
    return parameter.annotation, []
