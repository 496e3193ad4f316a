"""Tokens: how long they last, how they are signed and how they are read.

Access tokens are JWTs after RFC 9068, ID tokens after OpenID Connect Core 1.0. Both are signed with ES256, the one
algorithm that is known here: what a token says of its algorithm decides nothing.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, GuestProtocol
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from salus.kernel.settings import settings
from salus.kernel.tenants import TenantName
from salus.shared.messages.rules import home
from salus.shared.oauth.models import SigningKey

ALGORITHM = "ES256"
ACCESS_TYPE = "at+jwt"
ID_TYPE = "JWT"
NEEDED = ("iss", "aud", "sub", "client_id", "scope", "sid", "jti", "iat", "nbf", "exp")
"""Claims without which a token is none of ours. `sid` is its family."""
LONGEST_TOKEN = 4096
"""Characters. Ours are a few hundred; a longer one is not even decoded."""

ACCESS_LASTS = timedelta(minutes=5)
CODE_LASTS = timedelta(seconds=60)
FAMILY_LASTS = timedelta(days=30)
REFRESH_IDLE = timedelta(days=7)
"""How long a refresh token is good if nobody uses it."""
ANSWER_MAY_BE_LOST = timedelta(seconds=30)
"""How long after its use a refresh token may come again, because the answer never arrived."""

KEY_SIGNS = timedelta(days=90)
KEY_IS_SHOWN_AHEAD = timedelta(hours=1)
"""How long a new key is published before it signs, so that whoever keeps a copy of the keys has it by then."""
JWKS_MAY_BE_KEPT_S = 600

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636, section 4.1."""

ONE_FACTOR = "aal1"
TWO_FACTORS = "aal2"


def issuer_of(tenant: TenantName) -> str:
    """The tenant's own origin, which its tokens name as theirs (`iss`)."""
    return home(settings().url, tenant.hosts)


def audience_of(issuer: str) -> str:
    """For whom access tokens are: the API, and nobody else's."""
    return f"{issuer}/v1"


def new_key() -> tuple[dict[str, Any], str]:
    """A key pair: the public half as JSON Web Key, the private half as PEM."""
    key = ECKey.generate_key("P-256")
    public = key.as_dict(private=False) | {"use": "sig", "alg": ALGORITHM, "kid": key.thumbprint()}
    return public, key.as_pem(private=True).decode()


def signs_at(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The key that signs now: the latest whose time has come."""
    begun = [key for key in keys if key.signs_from <= now]
    return max(begun, key=lambda key: key.signs_from, default=None)


def published_at(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """The keys whose signatures count now: also the ones to come, and the former until its tokens are over."""
    signing = signs_at(keys, now)
    if signing is None:
        return list(keys)
    former = signs_at([key for key in keys if key.signs_from < signing.signs_from], now)
    is_needed = former is not None and now < signing.signs_from + ACCESS_LASTS
    oldest = former if is_needed and former is not None else signing
    return [key for key in keys if key.signs_from >= oldest.signs_from]


def signed(key: SigningKey, claims: Mapping[str, Any], *, of_type: str) -> str:
    header = {"alg": ALGORITHM, "typ": of_type, "kid": key.kid}
    return jwt.encode(header, dict(claims), _private(key.private), algorithms=[ALGORITHM])


@dataclass(frozen=True)
class AccessToken:
    """What a good one says."""

    family_id: UUID
    client_id: str
    scopes: frozenset[str]
    claims: Mapping[str, Any]


def read(token: str, keys: Sequence[SigningKey], *, issuer: str, now: datetime) -> AccessToken | None:
    """An access token of this issuer, or None for anything else: forged, too old, too early, of another kind.

    `keys` are those whose signatures count now.
    """
    if len(token) > LONGEST_TOKEN:
        return None
    known = {key.kid: key for key in keys}

    def named(unproven: GuestProtocol) -> ECKey:
        # A set of keys with one member would take a token that names none (joserfc 1.8), so the key is found by hand.
        key = known.get(str(unproven.headers().get("kid")))
        if key is None:
            raise InvalidKeyIdError
        return _public(json.dumps(key.public))

    try:
        found = jwt.decode(token, named, algorithms=[ALGORITHM])
        if str(found.header.get("typ")).lower().removeprefix("application/") != ACCESS_TYPE:
            return None
        # Decoding checks the signature alone; the times are not looked at before this.
        _expected(issuer, now).validate(found.claims)
        claims = found.claims
        return AccessToken(UUID(claims["sid"]), claims["client_id"], frozenset(claims["scope"].split()), claims)
    except (JoseError, ValueError, TypeError, AttributeError):  # the last two: claims of another type than ours
        return None


def half_hash(token: str) -> str:
    """`at_hash`: the left half of the SHA-256 of an access token (OpenID Connect Core 1.0, section 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def fits(verifier: str, challenge: str) -> bool:
    """Whether a code verifier is the one behind a challenge of S256 (RFC 7636, section 4.6)."""
    if VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return secrets.compare_digest(digest, challenge.encode())


def _expected(issuer: str, now: datetime) -> JWTClaimsRegistry:
    needed: dict[str, ClaimsOption] = {name: {"essential": True} for name in NEEDED}
    needed["iss"]["value"], needed["aud"]["value"] = issuer, audience_of(issuer)
    return JWTClaimsRegistry(int(now.timestamp()), 0, **needed)


@lru_cache(maxsize=100)
def _public(jwk: str) -> ECKey:
    return ECKey.import_key(json.loads(jwk))


@lru_cache(maxsize=100)
def _private(pem: str) -> ECKey:
    return ECKey.import_key(pem)
