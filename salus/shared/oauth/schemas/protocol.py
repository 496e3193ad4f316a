"""Shapes that OAuth and OpenID Connect prescribe. Parameters that are not known are ignored, as they want it."""

import base64
import binascii
from typing import Annotated, Literal, Self
from urllib.parse import unquote_plus, urlencode

from pydantic import BaseModel, ConfigDict, StringConstraints

from salus.shared.oauth.rules.clients import Credentials
from salus.shared.oauth.rules.refusals import InvalidClient, InvalidRequest

AUTHORIZE = "/oauth/authorize"
Short = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]
Token = Annotated[str, StringConstraints(max_length=8000, pattern=r"^[^\x00]*$")]
Long = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    def words(self, parameter: str) -> frozenset[str]:
        """A parameter that holds several words."""
        return frozenset(str(getattr(self, parameter)).split())


class AuthorizationRequest(Asked):
    """What a program sends a person with. What is missing is empty, so that the answer can be OAuth's own."""

    client_id: Short = ""
    redirect_uri: Long = ""
    response_type: Short = ""
    response_mode: Short = ""
    scope: Long = ""
    state: Long = ""
    nonce: Short = ""
    code_challenge: Short = ""
    code_challenge_method: Short = ""
    prompt: Short = ""
    max_age: Short = ""
    acr_values: Short = ""
    request: Long = ""
    request_uri: Long = ""

    @property
    def address(self) -> str:
        """The page that asks the person, with this request whole."""
        return f"{AUTHORIZE}?{urlencode(self.model_dump(exclude_defaults=True))}"


class Answer(AuthorizationRequest):
    """The same once more, and whether the person allows it."""

    decision: Literal["allow", "deny"]

    @property
    def asked(self) -> AuthorizationRequest:
        return AuthorizationRequest(**self.model_dump(exclude={"decision"}))


class ByClient(Asked):
    """What only a known program may send. Its credentials stand here or in the header, never in both."""

    client_id: Short = ""
    client_secret: Short = ""

    def credentials(self, authorization: str | None) -> Credentials:
        """Who sends it. Raises InvalidClient, or InvalidRequest for one who says it twice (RFC 6749, section 2.3)."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return Credentials(self.client_id, self.client_secret or None)
        if self.client_secret:
            raise InvalidRequest("The program must prove itself in one way only.")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidClient from error
        return Credentials(unquote_plus(name), unquote_plus(secret))


class TokenRequest(ByClient):
    grant_type: Short = ""
    code: Short = ""
    redirect_uri: Long = ""
    code_verifier: Short = ""
    refresh_token: Token = ""
    scope: Long = ""


class AboutToken(ByClient):
    """A token to end, or to be told about. What kind it is shows by itself."""

    token: Token = ""


class Tokens(BaseModel):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    scope: str
    refresh_token: str | None = None
    id_token: str | None = None
    patient: str | None = None
    """Whose record the program was let into (SMART App Launch 2.2, "Launch context arrives with your access_token")."""


class Introspection(BaseModel):
    """RFC 7662, section 2.2. Of a token that is not good, or another program's, nothing is said."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    sub: str | None = None
    aud: str | None = None
    iss: str | None = None
    jti: str | None = None

    @classmethod
    def nothing(cls) -> Self:
        return cls(active=False)


class UserInfo(BaseModel):
    """OpenID Connect Core 1.0, section 5.3: as much of the person as the scopes allow."""

    sub: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None
