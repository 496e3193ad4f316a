"""Who is meant by an id, for those who may know."""

from collections.abc import Iterable
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.shared.people import queries as people

ERASED = "An erased account"
ROLE_WORDS = {
    Role.ADMINISTRATOR: "administrator",
    Role.BUYER: "buyer",
    Role.SELLER: "seller",
    Role.SYSTEM: "Salus itself",
    Role.PERSON: "a signed-in person",
}
"""The roles in plain words, the one that opens most doors first."""


def role_words(roles: Iterable[str]) -> str:
    """In which role somebody acted."""
    held = set(roles)
    return next((words for role, words in ROLE_WORDS.items() if role in held), "not signed in")


def people_named(ctx: Context, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of people. Somebody whose key was destroyed has none any more, but what they did stays."""
    return {person_id: _name(ctx, person_id) for person_id in set(ids) if person_id is not None}


def _name(ctx: Context, person_id: UUID) -> str:
    try:
        return people.name(ctx, person_id)
    except Refusal:
        return ERASED


def actor_name(names: dict[UUID, str], actor_id: UUID | None, roles: Iterable[str]) -> str:
    """Who acted: a person by name, else Salus itself or somebody who was not signed in."""
    if actor_id is not None:
        return names[actor_id]
    return "Salus" if Role.SYSTEM in set(roles) else "Somebody not signed in"
