"""Shapes of providers and links at the border."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from salus.shared.federation.rules import SCOPES

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n\x00]*$")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^https?://\S+$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\x21-\x7e ]*$")]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\x21-\x7e]*$")]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProviderWrite(Write):
    name: Line
    issuer: Url
    client_id: Line
    client_secret: Secret = ""
    """Left empty, the one that is known stays."""
    scopes: Words = SCOPES
    is_trusted_with_email: bool = False
    is_trusted_with_factor: bool = False


class ProviderRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    issuer: str
    client_id: str
    scopes: str
    is_trusted_with_email: bool
    is_trusted_with_factor: bool
    retired_at: datetime | None


class LinkRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    provider: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


class Beginning(Write):
    next: str = Field("/", max_length=2000)


class Agreement(Write):
    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n\x00]*$")
    ]


class Return(BaseModel):
    """What a provider sends people back with (RFC 6749, 4.1.2, and RFC 9207). It may send more, which is ignored."""

    state: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=4000)] = ""
    iss: Annotated[str, Field(max_length=500)] | None = None
    error: Annotated[str, Field(max_length=200)] = ""
