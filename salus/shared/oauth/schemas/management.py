"""Shapes of programs and permissions, for people and for the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from salus.kernel.actor import Role
from salus.shared.oauth.models import ClientKind, GrantType

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Uri = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\r\n\x00]*$")]
Scope = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=100, pattern=r"^[A-Za-z_]+([.:/][A-Za-z_]+|/[A-Za-z*]+\.[a-z*]+)?$"
    ),
]


class ClientWrite(BaseModel):
    """A program to register. What it may ask for stays as it is: for more, another is registered."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    kind: ClientKind
    grant_types: set[GrantType] = Field(min_length=1)
    redirect_uris: list[Uri] = Field(default_factory=list, max_length=10)
    scopes: list[Scope] = Field(min_length=1, max_length=50)


class ClientForm(ClientWrite):
    """The same as it is typed: addresses one a line, scopes with spaces between."""

    @field_validator("redirect_uris", "scopes", mode="before")
    @classmethod
    def one_by_one(cls, typed: object) -> object:
        return " ".join(typed).split() if isinstance(typed, list) else typed


class ClientRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    name: str
    kind: ClientKind
    grant_types: list[GrantType]
    redirect_uris: list[str]
    scopes: list[str]
    role: Role
    organisation_id: UUID | None


class RegisteredRead(BaseModel):
    """A program with its secret, which is shown this once; None for a public one."""

    model_config = ConfigDict(from_attributes=True)

    client: ClientRead
    secret: str | None


class SecretRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class PermissionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    client_id: UUID
    program: str
    scopes: list[str]
    allows: list[str]
    created_at: datetime
    used_at: datetime


class KeyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kid: str
    signs_from: datetime
