"""Words from templates: which file, and how values enter it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from salus.formats.icalendar import Method

SALUS = Path(__file__).parents[2]


@dataclass(frozen=True)
class CalendarPart:
    """A calendar file that goes with a letter, and what the reader's program shall do with it."""

    method: Method
    file: str


@dataclass(frozen=True)
class Letter:
    """A rendered template. One without `body` is a notice only."""

    title: str
    body: str
    calendar: CalendarPart | None = None


def write(template: str, *, calendar: CalendarPart | None = None, **values: object) -> Letter:
    """The letter of the module's template `module/name`. Raises UndefinedError for a value that nobody gave.

    Values are put on one line each: a name with line breaks could otherwise write lines of its own into somebody's
    letter.
    """
    on_one_line = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}
    text = _environment().get_template(f"{template}.txt").render(on_one_line)
    title, _, body = text.strip().partition("\n")
    return Letter(title.strip(), body.strip(), calendar)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    modules = {folder.parents[1].name: FileSystemLoader(folder) for folder in SALUS.glob("*/*/templates/mail")}
    # What it makes is plain text, in which HTML's escapes would be read as they stand.
    return Environment(
        loader=PrefixLoader(modules),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
