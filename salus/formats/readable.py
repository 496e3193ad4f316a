"""A page that explains itself: one HTML file without scripts, pictures or anything loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding-bottom: .25rem; }
th, td { border-top: 1px solid; padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; } .scroll { overflow-x: auto; }
"""


@dataclass(frozen=True)
class Section:
    """A heading, what it means in plain words, and at most one table."""

    title: str
    words: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Iterable[Sequence[object]] = field(default_factory=list)


def page(title: str, lead: str, sections: Iterable[Section]) -> str:
    """The whole file. Everything given is text: nothing in it becomes markup."""
    whole = list(sections)
    contents = "".join(
        f'<li><a href="#part-{place}">{escape(one.title)}</a></li>' for place, one in enumerate(whole, start=1)
    )
    parts = "".join(_section(place, one) for place, one in enumerate(whole, start=1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><main><h1>{escape(title)}</h1><p>{escape(lead)}</p>"
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav>\n{parts}</main></body></html>\n'
    )


def _section(place: int, section: Section) -> str:
    words = "".join(f"<p>{escape(one)}</p>" for one in section.words)
    return f'<section id="part-{place}"><h2>{escape(section.title)}</h2>{words}{_table(section)}</section>\n'


def _table(section: Section) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>\n" for row in section.rows)
    if not section.columns:
        return ""
    if not rows:
        return "<p>Nothing.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in section.columns)
    return (
        f'<div class="scroll"><table><caption>{escape(section.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    return escape("–" if value is None or value == "" else str(value))
