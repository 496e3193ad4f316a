"""What an attacker fills in instead of what people do: in every field of every form, as everybody who may."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, product
from typing import Any, get_args
from uuid import UUID

import httpx
from pydantic import BaseModel, EmailStr

from salus.kernel.actor import Role
from tests.attacks.attacker import Attacker, somewhere
from tests.attacks.no_words import NO_WORDS, ONE_WORD, SHORT
from tests.attacks.scenes import SCENES, set_for
from tests.attacks.shapes import is_form, written
from tests.attacks.stages import Set, Stage, name_of
from tests.strangers.examples import filled
from tests.strangers.knocking import NO_IDS, Entrance, table_of
from tests.world import Visitor

Path = tuple[str, ...]
MARK = "data-planted"
"""An attribute that no page of ours has: whatever element bears it was somebody's text."""
PRODUCT = 1337 * 7331
"""What a template would make of the sum in the texts."""
TRIES = 4
"""How many things of a kind are tried, the newest first, where no scene is set."""

_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """One text field of one door."""

    door: str
    operation: str
    path: Path

    def __str__(self) -> str:
        return f"{self.door}: {'.'.join(self.path)}"

    @property
    def field(self) -> str:
        """As the list of fields without words names it."""
        return f"{self.operation}: {'.'.join(self.path)}"


@dataclass
class Planting:
    """Which places the visitors may come to, which of them took a text, by the token in it, and what was answered."""

    places: set[Place] = field(default_factory=set)
    tried: set[Place] = field(default_factory=set)
    taken: dict[str, Place] = field(default_factory=dict)
    answers: list[httpx.Response] = field(default_factory=list)

    @property
    def planted(self) -> set[Place]:
        return set(self.taken.values())


SHAPES = (
    "{0}\"'); DROP TABLE users; --><img src=x onerror=alert(1) {1}>{{{{1337*7331}}}}",
    "=1+1;javascript:alert(1)//<svg onload=alert(1) {1}>{0}",
)
OF_ADDRESSES = "{0}'{{{{1337*7331}}}}@people.example"
OF_FEW_LETTERS = '{0}"><b {1}>'
OF_SERVERS = "/{0}'-alert(1)-'"
"""What may follow the name of a server."""
SERVERS = frozenset({"url", "issuer", "redirect_uris", "endpoint"})
"""Fields for addresses of other machines."""


def text_of(shape: str) -> tuple[str, str]:
    """A token that is nowhere else, and a text with it, as markup, formulas and templates are written."""
    token = f"kanari{next(_numbers):06}x"
    return token, shape.format(token, MARK)


def text_paths(model: type[BaseModel], above: Path = ()) -> Iterator[tuple[Path, bool]]:
    """The fields that hold text, and whether an e-mail address."""
    for name, info in model.model_fields.items():
        kinds = set(_flat(info.annotation))
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if inner:
            yield from text_paths(inner[0], (*above, name))
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


def places_of(entrance: Entrance) -> Iterator[tuple[Place, bool]]:
    """The text fields of a door, and whether they hold an e-mail address."""
    model = written(entrance)
    for path, is_email in text_paths(model) if model else ():
        yield Place(f"{entrance.method} {entrance.path}", name_of(entrance), path), is_email


def plant(
    url: str, visitors: list[Visitor], doors: list[Entrance], ids: Mapping[str, list[UUID]], stage: Stage
) -> Planting:
    """Send texts to every field of every form, by everybody who may send it."""
    planting = Planting()
    for visitor, entrance in product(visitors, doors):
        if entrance.roles & (visitor.actor.roles | {Role.ANYONE}):
            planting.places |= dict(places_of(entrance)).keys()
            Gardener(url, visitor, entrance, ids, stage, planting).plant()
    return planting


@dataclass(frozen=True)
class Gardener:
    """One visitor at one door."""

    url: str
    visitor: Visitor
    entrance: Entrance
    ids: Mapping[str, list[UUID]]
    stage: Stage
    planting: Planting

    def plant(self) -> None:
        """Fill in all fields that take words at once, and one by one where that was refused.

        Those that take none are tried one by one, by the first who may.
        """
        places = dict(places_of(self.entrance))
        words = [place for place in places if place.field not in NO_WORDS]
        is_done = set(words) <= self.planting.planted and places.keys() <= self.planting.tried
        if is_done and name_of(self.entrance) in SCENES:
            return  # whoever the scene is for has been here
        for shape in SHAPES if words else ():
            texts = {place: self._text(place, shape, is_email=places[place]) for place in words}
            if not self._is_taken(texts) and len(texts) > 1:
                for place in words:
                    self._is_taken({place: texts[place]})
        for place in places.keys() - self.planting.tried:
            self._is_taken({place: self._text(place, SHAPES[0], is_email=places[place])})

    def _text(self, place: Place, shape: str, *, is_email: bool) -> tuple[str, str]:
        if place.path[-1] in SERVERS:
            return text_of(self.stage.server + OF_SERVERS)
        if place.field in ONE_WORD:
            return text_of("{0}")
        if place.field in SHORT:
            return text_of(OF_FEW_LETTERS)
        return text_of(OF_ADDRESSES if is_email else shape)

    def _is_taken(self, texts: Mapping[Place, tuple[str, str]]) -> bool:
        """Whether the form was taken with these texts in it, about one of the newest things that it may be about."""
        self.planting.tried |= texts.keys()
        about = set_for(self.entrance, self.stage)
        for ids in [{table: [one] for table, one in about.ids.items()}] if about.ids else self._newest():
            answer = self._send(texts, self.ids | ids, about)
            self.planting.answers.append(answer)
            if answer.is_success or (answer.status_code == 303 and _went_well(answer)):
                self.planting.taken |= {token: place for place, (token, _) in texts.items()}
                return True
        return False

    def _newest(self) -> Iterator[Mapping[str, list[UUID]]]:
        for newest in range(TRIES if self.entrance.names_something else 1):
            yield {table: rows[-1 - newest :] if len(rows) > newest else rows for table, rows in self.ids.items()}

    def _send(
        self, texts: Mapping[Place, tuple[str, str]], ids: Mapping[str, list[UUID]], about: Set
    ) -> httpx.Response:
        model = written(self.entrance)
        assert model is not None
        needed = _named(model, self.entrance, self.ids) | {
            name: value for name, value in about.fields.items() if name in model.model_fields
        }
        wished = filled_with(model, {place.path: text for place, (_, text) in texts.items()})
        body = wished | {name: value for name, value in needed.items() if (name,) not in {p.path for p in texts}}
        with Attacker(self.url, about.by or self.visitor) as attacker:
            address = somewhere(self.entrance, ids, NO_IDS | about.plain)
            sent = {"data" if is_form(self.entrance) else "json": body}
            return attacker.knock(self.entrance, ids, address=address, body=sent)


def _named(model: type[BaseModel], entrance: Entrance, ids: Mapping[str, list[UUID]]) -> dict[str, str]:
    """What the fields that take ids name: the first of its kind, of which everything that happened is told."""
    found = {}
    for name, info in model.model_fields.items():
        if info.is_required() and UUID in _flat(info.annotation):
            with suppress(StopIteration, IndexError):
                found[name] = str(ids[table_of(name, ids, entrance.path)][0])
    return found


def _went_well(answer: httpx.Response) -> bool:
    """Not sent to prove who they are, nor back to a program with an error (RFC 6749, 4.1.2.1)."""
    location = answer.headers["location"]
    return not location.startswith(("/sign-in?", "/confirm")) and "error=" not in location
