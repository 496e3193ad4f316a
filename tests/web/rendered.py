"""The pages under test, rendered by Jinja alone: no application, no database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from salus.web import filters

TEMPLATES = Path(filters.__file__).parent / "templates"
NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Money:
    amount: int
    currency: str = "EUR"


@dataclass(frozen=True)
class Form:
    values: dict[str, str | list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Viewer:
    name: str
    initials: str
    roles: frozenset[str]


ADA = Viewer("Ada Nowak", "AN", frozenset({"seller"}))
USES = '{% import "components.html" as ui with context %}'
SELLER_LINKS = [
    Link("Overview", "/overview", current=True),
    Link("My data", "/data"),
    Link("Offers", "/offers"),
    Link("Requests", "/requests"),
    Link("Earnings", "/earnings"),
    Link("Who looked", "/looked"),
]


@cache
def environment() -> Environment:
    """Templates as the application renders them: strict, escaped, with the lines of blocks trimmed."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, Path(__file__).parent]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters.install(made)
    return made


def frame(viewer: Viewer | None) -> dict[str, Any]:
    """What the application promises to every page."""
    return {
        "viewer": viewer,
        "navigation": SELLER_LINKS if viewer else [],
        "account_tabs": [],
        "tenant_name": "Demo clinic",
        "csrf_token": "token-of-this-session",
        "correlation_id": "0193a1c27b4e7d10a9a5f2d3c4b5a697",
        "unread": 3 if viewer else 0,
        "said": "Saved." if viewer else "",
        "form": Form(),
    }


def render(template: str, viewer: Viewer | None = None, **context: Any) -> str:
    """One page for a viewer."""
    return environment().get_template(template).render(frame(viewer) | context)


def render_text(text: str) -> str:
    """A page written in the test itself, for a seller."""
    return environment().from_string(text).render(frame(ADA))


def landing() -> str:
    """The start page as a stranger sees it."""
    return render("landing.html")


def refusal(title: str = "This data set was just sold") -> str:
    """A refusal as a stranger sees it."""
    return render(
        "refusal.html",
        status=409,
        title=title,
        message="It was offered to one buyer only, and someone else was a moment earlier.",
        advice="You were not charged. Similar data sets are on the market.",
    )


def specimen(form: Form | None = None) -> str:
    """Every component once, for a seller; with a rejected form where one is given."""
    line = Markup(render_text(USES + '{{ ui.sparkline([61, 63, 62, 66, 65, 70], "Rising") }}'))  # noqa: S704
    paid = Markup(render_text(USES + '{{ ui.badge("paid") }}'))  # noqa: S704
    sale = ["Nordlys Cardiology Institute", "Resting heart rate, two years", paid, line, "€42.00", "€36.12"]
    weeks = [(NOW.date() - timedelta(weeks=60 - i), 58 + (i * 7) % 5 + i / 20, 61 + (i * 3) % 4 / 2) for i in range(60)]
    return render(
        "specimen.html",
        ADA,
        form=form or Form(),
        now=NOW,
        balance=Money(4200),
        share=Money(3580),
        fee=Money(504),
        tax=Money(116),
        rows=[sale, sale, sale],
        weeks=weeks,
    )
