"""What an attacker fills in instead of what people do: in every field of every form, as everybody who may."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, product
from typing import Any, get_args
from uuid import UUID

import httpx
from pydantic import BaseModel, EmailStr, ValidationError

from salus.kernel.actor import Role
from tests.attacks.attacker import Attacker
from tests.attacks.shapes import is_form, written
from tests.strangers.examples import filled
from tests.strangers.knocking import Entrance, table_of
from tests.world import Visitor

Path = tuple[str, ...]
MARK = "data-planted"
"""An attribute that no page of ours has: whatever element bears it was somebody's text."""
PRODUCT = 1337 * 7331
"""What a template would make of the sum in the texts."""
TRIES = 4
"""How many things of a kind are tried, the newest first."""

ENDS_THE_VISIT = (
    *("sign_out", "end_session", "password", "totp", "_key", "recovery", "factors", "erase", "erasure", "suspend"),
)
"""Parts of names of operations after which a visitor, or the one it is about, could do no more."""

_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """One text field of one door."""

    door: str
    path: Path

    def __str__(self) -> str:
        return f"{self.door}: {'.'.join(self.path)}"


@dataclass
class Planting:
    """Which places took a text, by the token in it; which could by no shape; and what was answered."""

    taken: dict[str, Place] = field(default_factory=dict)
    refused_by_shape: set[Place] = field(default_factory=set)
    tried: set[Place] = field(default_factory=set)
    answers: list[httpx.Response] = field(default_factory=list)
    requests: int = 0

    @property
    def places(self) -> set[Place]:
        return set(self.taken.values())


SHAPES = (
    "{0}\"'); DROP TABLE users; --><img src=x onerror=alert(1) {1}>{{{{1337*7331}}}}",
    "=1+1;javascript:alert(1)//<svg onload=alert(1) {1}>{0}",
)
OF_ADDRESSES = "{0}'{{{{1337*7331}}}}@people.example"


def text_of(shape: str) -> tuple[str, str]:
    """A token that is nowhere else, and a text with it, as markup, formulas and templates are written."""
    token = f"kanari{next(_numbers):06}x"
    return token, shape.format(token, MARK)


def string_paths(model: type[BaseModel], above: Path = ()) -> Iterator[tuple[Path, bool]]:
    """The fields that hold text, and whether an e-mail address."""
    for name, info in model.model_fields.items():
        kinds = set(_flat(info.annotation))
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if inner:
            yield from string_paths(inner[0], (*above, name))
        elif str in kinds or EmailStr in kinds:
            yield (*above, name), EmailStr in kinds


def _flat(kind: Any) -> Iterator[Any]:
    yield kind
    for argument in get_args(kind):
        yield from _flat(argument)


def filled_with(model: type[BaseModel], wished: Mapping[Path, str]) -> dict[str, Any]:
    """The model as JSON, with these texts in these fields."""
    made = filled(model)
    for path, text in wished.items():
        inside, kind = made, model
        for name in path[:-1]:
            kind = next(k for k in _flat(kind.model_fields[name].annotation) if isinstance(k, type))
            inside = inside.setdefault(name, filled(kind)) or inside
        is_list = any(
            getattr(part, "__origin__", None) is list for part in _flat(kind.model_fields[path[-1]].annotation)
        )
        inside[path[-1]] = [text] if is_list else text
    return made


def fits(model: type[BaseModel], path: Path, text: str) -> bool:
    """Whether the shape lets this text through in this field, whatever it says of the others."""
    try:
        model.model_validate(filled_with(model, {path: text}))
    except ValidationError as error:
        return not any(one["loc"][: len(path)] == path for one in error.errors())
    return True


def plant(url: str, visitors: list[Visitor], doors: list[Entrance], ids: Mapping[str, list[UUID]]) -> Planting:
    """Send every text to every field that may hold it: all fields of a form at once, then those left over alone."""
    planting = Planting()
    for visitor, entrance in product(visitors, doors):
        model = written(entrance)
        is_avoided = entrance.door.operation is None or any(
            part in entrance.door.operation.name for part in ENDS_THE_VISIT
        )
        if model is None or is_avoided or not entrance.roles & (visitor.actor.roles | {Role.ANYONE}):
            continue
        with Attacker(url, visitor) as attacker:
            _plant_at(attacker, entrance, model, ids, planting)
    return planting


def _plant_at(
    attacker: Attacker,
    entrance: Entrance,
    model: type[BaseModel],
    ids: Mapping[str, list[UUID]],
    planting: Planting,
) -> None:
    for shape in SHAPES:
        wished: dict[Path, tuple[str, str]] = {}
        for path, is_email in string_paths(model):
            token, text = text_of(OF_ADDRESSES if is_email else shape)
            place = Place(f"{entrance.method} {entrance.path}", path)
            if fits(model, path, text):
                planting.tried.add(place)
                wished[path] = token, text
            else:
                planting.refused_by_shape.add(place)
        for part in [wished, *({path: pair} for path, pair in wished.items())]:
            if part and _is_taken(attacker, entrance, model, part, ids, planting) and part is wished:
                break


def _is_taken(
    attacker: Attacker,
    entrance: Entrance,
    model: type[BaseModel],
    part: Mapping[Path, tuple[str, str]],
    ids: Mapping[str, list[UUID]],
    planting: Planting,
) -> bool:
    body = filled_with(model, {path: text for path, (_, text) in part.items()}) | _named(model, entrance, ids)
    for newest in range(TRIES if entrance.names_something else 1):
        some = {table: rows[-1 - newest :] if len(rows) > newest else rows for table, rows in ids.items()}
        answer = attacker.knock(entrance, some, body={"data" if is_form(entrance) else "json": body})
        planting.requests += 1
        planting.answers.append(answer)
        if answer.is_success or (answer.status_code == 303 and _went_well(answer)):
            name = f"{entrance.method} {entrance.path}"
            planting.taken |= {token: Place(name, path) for path, (token, _) in part.items()}
            return True
    return False


def _named(model: type[BaseModel], entrance: Entrance, ids: Mapping[str, list[UUID]]) -> dict[str, str]:
    """What the fields that take ids name: the first of its kind, of which everything that happened is told."""
    found = {}
    for name, info in model.model_fields.items():
        if info.is_required() and UUID in _flat(info.annotation):
            with suppress(StopIteration, IndexError):
                found[name] = str(ids[table_of(name, ids, entrance.path)][0])
    return found


def _went_well(answer: httpx.Response) -> bool:
    return not answer.headers["location"].startswith(("/sign-in?", "/confirm"))
