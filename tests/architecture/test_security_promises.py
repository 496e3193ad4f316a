"""What the documents say about security is so: every place they name is there, and nothing is left out."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SECURITY = ROOT / "docs" / "security"
PROMISES = ROOT / "docs" / "security.md"
PAGES = [PROMISES, ROOT / "SECURITY.md", *sorted(SECURITY.glob("*.md"))]
PLACE = re.compile(
    r"`((?:salus|tests|docs|bin|benchmarks|checks|migrations)/[\w./-]*|[\w.]+\.(?:toml|yaml|lock)|Dockerfile)(?:::(\w+))?`"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

REQUIREMENT = re.compile(r"^\| (\d+)\.(\d+\.\d+) \| ([123]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
STATES = ("met", "partly", "not met", "operator's", "not applicable")
LEVEL_1_AND_2 = {
    1: (8, 19), 2: (4, 7), 3: (8, 11), 4: (2, 8), 5: (4, 5), 6: (13, 22), 7: (6, 12), 8: (4, 3), 9: (4, 3),
    10: (5, 24), 11: (3, 11), 12: (3, 6), 13: (1, 12), 14: (2, 7), 15: (3, 10), 16: (0, 16), 17: (0, 7),
}  # fmt: skip
"""How many requirements of each level a chapter of ASVS 5.0.0 has."""
CHOSEN_OF_LEVEL_3 = {(1, "2.10"), (5, "3.3"), (6, "3.8"), (14, "2.7"), (15, "4.2")}


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def places(text: str) -> list[tuple[str, str]]:
    return PLACE.findall(text)


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_and_every_test_that_is_named_is_there(page: Path) -> None:
    named = places(page.read_text(encoding="utf-8"))
    missing = {path for path, _ in named if not (ROOT / path).exists()}
    unknown = {
        f"{path}::{test}"
        for path, test in named
        if test and path not in missing and test not in functions_in(ROOT / path)
    }

    assert missing | unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    broken = set()
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.add(f"{path}#{anchor}")

    assert broken == set()


def test_every_promise_names_a_test_that_proves_it() -> None:
    promised = PROMISES.read_text(encoding="utf-8").split("## What we promise", 1)[1].split("\n## ", 1)[0]
    rows = [row for row in promised.splitlines() if row.startswith("| ")][1:]
    unproven = [row for row in rows if not any(test for _, test in places(row))]

    assert len(rows) >= 20
    assert unproven == []


def test_every_requirement_of_asvs_level_2_is_walked_once() -> None:
    rows = REQUIREMENT.findall((SECURITY / "asvs.md").read_text(encoding="utf-8"))
    counted = Counter((int(chapter), int(level)) for chapter, _, level, *_ in rows)
    chosen = {(int(chapter), place) for chapter, place, level, *_ in rows if level == "3"}

    assert len({(chapter, place) for chapter, place, *_ in rows}) == len(rows)
    assert {chapter: (counted[chapter, 1], counted[chapter, 2]) for chapter in LEVEL_1_AND_2} == LEVEL_1_AND_2
    assert chosen == CHOSEN_OF_LEVEL_3


def test_what_is_met_is_shown_and_what_is_not_says_what_is_missing() -> None:
    rows = REQUIREMENT.findall((SECURITY / "asvs.md").read_text(encoding="utf-8"))
    unshown = {
        f"{chapter}.{place}"
        for chapter, place, _, _, state, where in rows
        if not where.strip()
        or (state == "met" and where != "the same" and not places(where) and not LINK.search(where))
    }

    assert {state for *_, state, _ in rows} <= set(STATES)
    assert unshown == set()


def test_the_sums_over_the_table_are_those_of_the_table() -> None:
    text = (SECURITY / "asvs.md").read_text(encoding="utf-8")
    counted = Counter(state for *_, state, _ in REQUIREMENT.findall(text))
    cells = " | ".join(f"**{number}**" for number in (sum(counted.values()), *(counted[state] for state in STATES)))

    assert f"| **all** | {cells} |" in text
