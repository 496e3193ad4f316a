"""Types that other modules own: reading them is the store's, writing them is the owner's."""

from collections.abc import Callable
from dataclasses import dataclass

from salus.formats.fhir.faithful import Resource
from salus.kernel.context import Context

Create = Callable[[Context, Resource], Resource]
"""Performs what the resource asks for, and gives back what came of it as it was kept."""
Update = Callable[[Context, str, Resource], Resource]
"""The same for a new version of the resource with this id."""


@dataclass(frozen=True)
class Owner:
    """What the owning module does when a resource of its type is written. None: it is not written at this door."""

    create: Create | None = None
    update: Update | None = None


OWNERS: dict[str, Owner] = {}


def written_by(resource_type: str, *, create: Create | None = None, update: Update | None = None) -> None:
    """Say that a module owns this type. Its `fhir.py` does it once, when it is loaded."""
    if resource_type in OWNERS:
        raise TypeError(f"{resource_type} has two owners")
    OWNERS[resource_type] = Owner(create, update)
