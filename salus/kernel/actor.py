"""Who acts, and in which roles."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    PATIENT = "patient"
    DOCTOR = "doctor"
    """Whoever gives appointments, for the practice or clinic they work for."""
    OVERBOOKER = "overbooker"
    """A doctor who may give a time that is taken to a second patient, on purpose."""
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    """Salus itself: the worker and the command line."""


FOR_ORGANISATIONS = frozenset({Role.BUYER, Role.DOCTOR})
"""Roles that are held in an organisation."""

FRESH = timedelta(minutes=5)
"""How old a second factor may be for what could do great harm."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who acts: a person, or Salus itself. `organisation_id` is whom a buyer or doctor acts for."""

    id: UUID | None
    roles: frozenset[Role] = field(default_factory=lambda: frozenset({Role.ANYONE}))
    organisation_id: UUID | None = None
    session_id: UUID | None = None
    factor_at: datetime | None = None
    """When they last gave their second factor in this session; None if they did not."""
    scopes: frozenset[str] | None = None
    """What a program may ask for in their name (`Operation.is_within`); None if they act themselves."""
    through: str | None = None
    """The program that acts for them, as records name it: `key/…` or `client/…` with its id."""

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

    def gave_factor_lately(self, now: datetime) -> bool:
        """Whether whoever acts proved in the last minutes that it is still they. Salus itself need not."""
        if Role.SYSTEM in self.roles:
            return True
        return self.factor_at is not None and now - self.factor_at <= FRESH


ANONYMOUS = Actor(id=None)
SYSTEM = Actor(id=None, roles=frozenset({Role.SYSTEM}))
