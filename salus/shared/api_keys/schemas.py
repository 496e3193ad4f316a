"""Shapes of keys at the border."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from salus.shared.api_keys.rules import DAYS, MOST_DAYS

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Scope = Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z_]+[.:][a-z_]+$")]
Network = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeyWrite(Write):
    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=200)
    """`module:read`, `module:write`, or the name of one operation."""
    days: Days = DAYS
    """After so many days the key works no more."""
    networks: list[Network] = Field(default_factory=list, max_length=20)
    """Where it may be used from, in CIDR notation; from everywhere if none is named."""


class KeyForm(Write):
    name: Name
    scopes: list[Scope] = Field(default_factory=list, max_length=200)
    days: Days = DAYS
    networks: Annotated[str, StringConstraints(max_length=1100)] = ""
    """One a line."""


class RotationWrite(Write):
    days: Days = DAYS


class KeyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    scopes: list[str]
    networks: list[str]
    created_at: datetime
    rotated_at: datetime
    expires_at: datetime
    former_ends_at: datetime | None
    last_used_at: datetime | None
    last_network: str | None
    revoked_at: datetime | None


class MadeRead(BaseModel):
    """A key with its secret. This answer is the only one that ever holds it."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    about: KeyRead


class HeldKeyRead(BaseModel):
    """A key, and who holds it."""

    model_config = ConfigDict(from_attributes=True)

    key: KeyRead
    owner_id: UUID
    owner: str
