"""What holds for every file: the linter sees it, it names things well, and it gives nothing away."""

import ast
import re

import pytest

from tests.architecture.tree import ROOT, SALUS, name, sources, texts, tracked

NAMELESS = re.compile(r"(^|_)(utils?|helpers?|misc|manager|stuff)($|_)")

# Words of other people's machines: none is of use to whoever clones the project.
MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work|opt/wheels)/\w|/tmp/\w+/", re.ASCII)
REGISTRY = re.compile(
    r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|npm\.|artifact|nexus|proxy|mirror)[\w.-]*", re.IGNORECASE
)
LOCKS = {"uv.lock", "salus/web/browser/package-lock.json"}


def test_every_folder_of_code_is_a_package_so_that_the_import_linter_sees_it() -> None:
    folders = {path.parent for path in tracked() if path.suffix == ".py" and SALUS in path.parents}

    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_nothing_is_called_utils() -> None:
    functions = {
        f"{name(path)}: {node.name}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and NAMELESS.search(node.name.lower())
    }
    files = {name(path) for path in tracked() if path.suffix == ".py" and NAMELESS.search(path.stem)}

    assert functions | files == set()


def test_only_the_context_commits() -> None:
    """A transaction that ends half way through a deed would part the deed from its record."""
    commits = {
        f"{name(path)}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
        and SALUS / "sim" not in path.parents  # a service of its own, with a store of its own
    }

    by_the_owner = {"salus/migrate.py"}
    assert {place.split(":")[0] for place in commits} == {"salus/kernel/context.py"} | by_the_owner


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    found = [
        f"{name(path)}: {match.group()}"
        for path, text in texts()
        if name(path) not in LOCKS
        for pattern in (MACHINE, REGISTRY)
        for match in pattern.finditer(text)
    ]

    assert found == []


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_path_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    quoted = re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:md|toml|yaml|lock|py))`", text)
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    drawn = re.findall(r"^ *((?:salus|tests|docs|migrations|bin|benchmarks)/[\w./-]*)", text, re.MULTILINE)
    paths = {path for path in (*quoted, *linked, *drawn) if not path.startswith(("/", "../", ".salus"))}

    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
    assert paths or document != "ARCHITECTURE.md"


def test_every_migration_says_which_step_it_is() -> None:
    migrations = [
        path for path in tracked() if path.parent == ROOT / "migrations" / "versions" and path.suffix == ".py"
    ]
    silent = [
        name(path)
        for path in migrations
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0].endswith(".")
    ]

    assert migrations
    assert silent == []
