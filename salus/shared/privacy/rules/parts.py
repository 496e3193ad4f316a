"""What a module adds to copies and erasures beyond its tables. Exchanges say it here; privacy knows none of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from salus.kernel.context import Context


@dataclass(frozen=True)
class Exported:
    """A file of a copy: where it lies in the archive, and its content in pieces."""

    path: str
    pieces: Iterable[bytes]
    file_id: UUID | None = None
    """The kept file it is, which then does not come a second time among "files"."""


@dataclass(frozen=True)
class Part:
    """How one module takes part. Each function is a step of an operation, for a person it is told."""

    module: str
    words: str
    """What its folder in the archive holds, for the person who opens it."""
    exported: Callable[[Context, UUID], list[Exported]]
    obligations: Callable[[Context, UUID], list[str]]
    """What must be done before the person can be erased, each a sentence that says what to do."""
    let_go: Callable[[Context, UUID], None]
    """Stops what goes on about the person, before their rows are removed. Called again if it was interrupted."""


PARTS: dict[str, Part] = {}


def take_part(part: Part) -> None:
    """Add a module's part. Registered again, it replaces itself."""
    PARTS[part.module] = part
