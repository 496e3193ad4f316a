"""Providers as they are met over HTTP: OpenID Connect Core 1.0 by authorization code, from the client's side."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from salus.kernel import addresses, outbound
from salus.kernel.addresses import AddressRefused
from salus.kernel.breaker import Busy, CircuitOpen, breaker
from salus.kernel.outbound import Answer, Unreachable
from salus.shared.federation.rules import NotAProvider, ProofNotGood, ProviderTrouble

ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"]
"""With which an ID token may be signed. Never by a shared secret, never by none (RFC 8725, 3.1)."""
KEY_TYPES = {"RSA", "EC", "OKP"}
LEEWAY_S = 60
"""By how much the clocks of two houses may differ."""
SESSION_S = 12 * 60 * 60
"""How old a sign-in at the provider may be whose second factor counts here."""
FRESH_S, KEYS_AGAIN_S = 60 * 60, 60
"""How long a document is used before it is asked for again, and the least time between two questions for new keys."""
MOST_KEPT, MOST_BYTES = 200, 256 * 1024
AT_ONCE, PATIENCE_S = 8, 2.0
PATIENCE_WITH_PROVIDERS_S = 4.0

MULTI_FACTOR = {"mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}
"""How providers say that they asked for more than one factor (RFC 8176, section 2, and PAPE 1.0)."""


@dataclass(frozen=True)
class Client:
    """Salus, as one provider knows it."""

    provider_id: UUID
    issuer: str
    client_id: str
    scopes: str
    redirect_uri: str
    is_trusted_with_factor: bool
    client_secret: str | None = field(repr=False)


@dataclass(frozen=True)
class Proofs:
    """What one attempt is recognised by when it comes back."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Claims:
    """Who somebody is at a provider, as its signed answer says."""

    subject: str
    email: str | None
    is_email_verified: bool
    name: str
    factor_at: datetime | None
    """When they gave a second factor there, if the provider says so."""


@dataclass(frozen=True)
class Metadata:
    """What a provider tells of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    auth_methods: tuple[str, ...]
    says_who_answers: bool
    """Whether its answers name it (RFC 9207)."""


def discovered(issuer: str) -> Metadata:
    """What the provider tells of itself. Raises NotAProvider, AddressRefused or ProviderTrouble."""
    document = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document.get("issuer") != issuer:
        raise NotAProvider
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint", issuer),
        token_endpoint=_address(document, "token_endpoint", issuer),
        jwks_uri=_address(document, "jwks_uri", issuer),
        userinfo_endpoint=document.get("userinfo_endpoint") and _address(document, "userinfo_endpoint", issuer),
        auth_methods=tuple(document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])),
        says_who_answers=document.get("authorization_response_iss_parameter_supported") is True,
    )


def authorization_url(client: Client, proofs: Proofs) -> str:
    """Where to send somebody who wants to sign in. Raises as `discovered` does."""
    # With `max_age` the provider must say when they signed in there (OpenID Connect Core 1.0, 3.1.2.1).
    max_age = SESSION_S if client.is_trusted_with_factor else None
    url: str = prepare_grant_uri(
        discovered(client.issuer).authorization_endpoint,
        client.client_id,
        "code",
        redirect_uri=client.redirect_uri,
        scope=client.scopes,
        state=proofs.state,
        nonce=proofs.nonce,
        code_challenge=create_s256_code_challenge(proofs.verifier),
        code_challenge_method="S256",
        max_age=max_age,
    )
    return url


def claims(client: Client, proofs: Proofs, *, code: str, answered_by: str | None) -> Claims:
    """Who came back with this code. `answered_by` is the `iss` that the answer carried.

    Raises ProofNotGood where anything is not as it must be, and ProviderTrouble.
    """
    metadata = discovered(client.issuer)
    # Another provider's code must not be given to this one, nor this one's be taken for another's (RFC 9207, 2.4).
    if answered_by != metadata.issuer and (answered_by is not None or metadata.says_who_answers):
        raise ProofNotGood
    tokens = _exchange(client, metadata, code, proofs.verifier)
    signed = _verified(client, metadata, tokens, proofs.nonce)
    told = signed if "email" in signed else signed | _userinfo(metadata, tokens, signed["sub"])
    email, name = told.get("email"), told.get("name")
    return Claims(
        subject=signed["sub"],
        email=email if isinstance(email, str) else None,
        is_email_verified=told.get("email_verified") is True,
        name=name if isinstance(name, str) else "",
        factor_at=_factor_at(signed),
    )


def _address(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address that the provider tells: no less safe than its own, which people are sent to and secrets go to."""
    address = document.get(name)
    if not isinstance(address, str) or not address.startswith(f"{urlsplit(issuer).scheme}://"):
        raise NotAProvider
    return address


def _exchange(client: Client, metadata: Metadata, code: str, verifier: str) -> Mapping[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if client.client_secret is None:
        form["client_id"] = client.client_id
    elif "client_secret_basic" in metadata.auth_methods:
        # Both parts are encoded like a form before they are joined (RFC 6749, 2.3.1).
        pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    answer = _asked("POST", metadata.token_endpoint, headers=headers, content=urlencode(form).encode())
    if not answer.is_success:
        raise ProofNotGood
    return _mapping(answer)


def _verified(client: Client, metadata: Metadata, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
    """The claims of the ID token, checked as OpenID Connect Core 1.0, 3.1.3.7 says."""
    text = tokens.get("id_token")
    if not isinstance(text, str):
        raise ProofNotGood
    try:
        token = _decoded(text, metadata.jwks_uri)
        told = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": client.client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": client.client_id, "access_token": tokens.get("access_token")},
        )
        told.validate(leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError) as error:
        raise ProofNotGood from error
    return dict(told)


def _decoded(text: str, jwks_uri: str) -> jwt.Token:
    """The token, proven by a key of the provider. Keys are asked for anew when it has one that we do not know."""
    try:
        return jwt.decode(text, _keys(jwks_uri), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        _known.forget(jwks_uri, older_than_s=KEYS_AGAIN_S)
        return jwt.decode(text, _keys(jwks_uri), algorithms=ALGORITHMS)


def _keys(jwks_uri: str) -> KeySet:
    published = _document(jwks_uri).get("keys")
    # Providers also publish keys of kinds that we do not know, or for encryption.
    usable = [key for key in published or [] if key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"]
    return KeySet.import_key_set({"keys": usable})


def _userinfo(metadata: Metadata, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """What else the provider tells of them. It must be about the same person (OpenID Connect Core 1.0, 5.3.2)."""
    if metadata.userinfo_endpoint is None or not isinstance(tokens.get("access_token"), str):
        return {}
    headers = {"authorization": f"Bearer {tokens['access_token']}", "accept": "application/json"}
    answer = _asked("GET", metadata.userinfo_endpoint, headers=headers)
    if not answer.is_success:
        return {}
    told = _mapping(answer)
    if told.get("sub") != subject:
        raise ProofNotGood
    return {name: told[name] for name in ("email", "email_verified", "name") if name in told}


def _factor_at(signed: Mapping[str, Any]) -> datetime | None:
    methods = signed.get("amr")
    said = {signed.get("acr"), *(methods if isinstance(methods, list) else [])}
    at = signed.get("auth_time")
    if said.isdisjoint(MULTI_FACTOR) or not isinstance(at, int):
        return None
    return min(datetime.fromtimestamp(at, UTC), datetime.now(UTC))


def _document(url: str) -> Mapping[str, Any]:
    known = _known.get(url)
    if known is None:
        answer = _asked("GET", url, headers={"accept": "application/json"})
        if not answer.is_success:
            raise NotAProvider if answer.status == 404 else ProviderTrouble
        known = _known.keep(url, _mapping(answer))
    return known


def _asked(method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> Answer:
    try:
        with _turn(), breaker(f"sign-in:{addresses.read(url).authority}").call():
            answer = outbound.request(
                method, url, headers=headers, content=content, max_bytes=MOST_BYTES, total_s=PATIENCE_WITH_PROVIDERS_S
            )
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise ProviderTrouble
            return answer
    except (Unreachable, CircuitOpen, Busy) as error:
        raise ProviderTrouble from error
    except AddressRefused as error:
        raise NotAProvider(error.message) from error


def _mapping(answer: Answer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except Unreachable as error:
        raise ProviderTrouble from error
    if not isinstance(found, dict):
        raise ProviderTrouble
    return found


@contextmanager
def _turn() -> Iterator[None]:
    """A place among the few who wait for a provider at once: a slow one must not take every thread of the house."""
    if not _waiting.acquire(timeout=PATIENCE_S):
        raise ProviderTrouble
    try:
        yield
    finally:
        _waiting.release()


class _Known:
    """Documents of providers, for an hour and no more than so many: each process asks for itself."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._lock = Lock()

    def get(self, url: str) -> Mapping[str, Any] | None:
        with self._lock:
            since, document = self._documents.get(url, (0.0, None))
        return document if document is not None and monotonic() - since < FRESH_S else None

    def keep(self, url: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._lock:
            self._documents.pop(url, None)
            if len(self._documents) >= MOST_KEPT:
                del self._documents[next(iter(self._documents))]
            self._documents[url] = (monotonic(), document)
        return document

    def forget(self, url: str, *, older_than_s: float) -> None:
        with self._lock:
            since, _ = self._documents.get(url, (monotonic(), None))
            if monotonic() - since >= older_than_s:
                del self._documents[url]


_known = _Known()
_waiting = BoundedSemaphore(AT_ONCE)
