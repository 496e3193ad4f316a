"""Who acts, and in which roles."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What an actor may be. Every operation names the roles it serves."""

    ANYONE = "anyone"
    """Also people who are not signed in."""
    PERSON = "person"
    """Everyone who is signed in."""
    SELLER = "seller"
    BUYER = "buyer"
    """Acts for an organisation."""
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    """Salus itself: the worker and the command line."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who acts: a person, or Salus itself. `organisation_id` is whom a buyer acts for."""

    id: UUID | None
    roles: frozenset[Role] = field(default_factory=lambda: frozenset({Role.ANYONE}))
    organisation_id: UUID | None = None
    session_id: UUID | None = None

    def has(self, role: Role) -> bool:
        return role in self.roles

    @property
    def person_id(self) -> UUID:
        """The id of a signed-in actor. Raises ValueError for one who is not: the operation's roles forgot to ask."""
        if self.id is None:
            raise ValueError("this actor is not signed in")
        return self.id

    @property
    def is_signed_in(self) -> bool:
        return self.id is not None


ANONYMOUS = Actor(id=None)
SYSTEM = Actor(id=None, roles=frozenset({Role.SYSTEM}))
