"""Templates in, HTML out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.web import filters

TEMPLATES = Path(__file__).parent / "templates"
SALUS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Form:
    """A form that was sent and not accepted: what was typed, and what is wrong with it (key "" is the whole form)."""

    values: dict[str, str | list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """The answer of a page door: a template and what it shows."""

    template: str
    values: dict[str, Any]
    status: int = 200
    form_leads_to: str | None = None
    """Another origin or scheme that the way of this page's form may end at, beside our own."""

    def __init__(self, template: str, /, status: int = 200, form_leads_to: str | None = None, **values: Any) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "status", status)
        object.__setattr__(self, "form_leads_to", form_leads_to)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class MenuItem:
    """A place in the main navigation, for the roles it concerns. `place` orders them.

    `also` are addresses of pages that belong under it although their own begins differently.
    """

    label: str
    href: str
    roles: frozenset[Role]
    place: int
    also: tuple[str, ...] = ()

    def covers(self, path: str) -> int:
        """How much of the path this place accounts for; nothing if the page is not under it."""
        return max((len(one) for one in (self.href, *self.also) if f"{path}/".startswith(f"{one}/")), default=0)


class NavigationLink(NamedTuple):
    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class Frame:
    """What every page shows around its own content. `salus.app` says where it comes from."""

    viewer: Any
    unread: int


NO_FRAME = Frame(viewer=None, unread=0)
FrameOf = Callable[[Context], Frame]
MENU: list[MenuItem] = []
ACCOUNT: list[MenuItem] = []
"""The tabs over the pages of one's own account."""


def navigation(roles: Iterable[Role], path: str, menu: Iterable[MenuItem]) -> list[NavigationLink]:
    """What `menu` holds for somebody with these roles; what accounts for most of the address is where they are.

    A page that two of their roles have at different places stands at the first of them.
    """
    held = frozenset(roles)
    items: dict[str, MenuItem] = {}
    for item in sorted((item for item in menu if item.roles & held), key=lambda item: item.place):
        items.setdefault(item.href, item)
    here = max(items.values(), key=lambda item: (item.covers(path), path.startswith(item.href)), default=None)
    return [
        NavigationLink(item.label, item.href, current=item is here and item.covers(path) > 0) for item in items.values()
    ]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Jinja with the templates of the frame, and of every module under the module's name."""
    modules = {folder.parent.name: FileSystemLoader(folder) for folder in SALUS.glob("*/*/templates")}
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader(modules)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters.install(made)
    return made


def html(template: str, **values: Any) -> str:
    """A rendered template. Raises UndefinedError for anything the template names and nobody gave."""
    return environment().get_template(template).render(**values)
